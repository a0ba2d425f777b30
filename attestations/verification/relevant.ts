import type { VerifiedArtifact } from './artifact.ts'
import type { Attestation, Reading } from './read.ts'
import { signedBy } from './signed.ts'
import { readStatement } from './statement.ts'

/** Below this many all are verified, so that it is said of each what is wrong with it. */
const few = 16

/**
 * Of a long list the attestations that name this file by one of its digests, where there are any: of a thousand files and a
 * list with a thousand attestations each needs one of them. The others are counted; they neither help nor harm.
 */
export function relevantTo({ digests }: VerifiedArtifact, reading: Reading, subjects: SubjectsOf): Reading {
  const { attestations, ignored } = reading
  if (attestations.length <= few) return reading
  const own = Object.entries(digests).map(([algorithm, value]) => `${algorithm}:${value}`)
  const about = attestations.filter((one) => own.some((digest) => subjects(one).has(digest)))
  if (about.length === 0) return reading
  const reason = 'It is about other files.'
  return {
    attestations: about,
    ignored: [...ignored, ...new Array(attestations.length - about.length).fill({ reason })],
  }
}

export type SubjectsOf = (attestation: Attestation) => ReadonlySet<string>

/** Reads what each attestation is about, once. */
export function rememberedSubjects(): SubjectsOf {
  const known = new WeakMap<Attestation, ReadonlySet<string>>()
  return (attestation) => {
    const found = known.get(attestation) ?? new Set(subjectsIn(attestation))
    known.set(attestation, found)
    return found
  }
}

function subjectsIn(attestation: Attestation): string[] {
  if ('fault' in attestation) return []
  const signed = signedBy(attestation.content)
  if (signed.kind === 'file') return [`${signed.algorithm}:${signed.digest.toString('hex')}`]
  const read = readStatement(signed.payload)
  if ('fault' in read) return []
  return read.view.subjects.flatMap(({ digest }) =>
    Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`),
  )
}
