import type { VerifiedArtifact } from '../verification/artifact.ts'
import type { Attestation } from '../verification/read.ts'
import { signedBy } from '../verification/signed.ts'
import { readStatement } from '../verification/statement.ts'
import { type StatementResult, type VerifyOptions, verifyArtifact } from '../verification/verify.ts'

export type Trust = Pick<VerifyOptions, 'expectations' | 'trustRoots' | 'keys' | 'now' | 'signal'>

/**
 * Each attestation against the subject that it names itself: whether somebody trusted said it, and nothing about a file that
 * anybody has. In the order of the attestations.
 *
 * @throws {Problem} SIGNER_NOT_NAMED; USAGE
 */
export async function verifyAboutOwnSubject(attestations: Attestation[], trust: Trust): Promise<StatementResult[]> {
  const bySubject = new Map<string, { artifact: VerifiedArtifact; places: number[] }>()
  attestations.forEach((attestation, place) => {
    const artifact = ownSubject(attestation)
    const key = JSON.stringify(artifact)
    const group = bySubject.get(key) ?? { artifact, places: [] }
    group.places.push(place)
    bySubject.set(key, group)
  })
  const results: (StatementResult | undefined)[] = new Array(attestations.length)
  for (const { artifact, places } of bySubject.values()) {
    const those = places.flatMap((place) => attestations[place] ?? [])
    const { statements } = await verifyArtifact({ ...trust, artifact, attestations: those })
    places.forEach((place, index) => {
      results[place] = statements[index]
    })
  }
  return results.filter((result) => result !== undefined)
}

/** What an attestation says that it is about; the first subject of several. */
export function ownSubject(attestation: Attestation): VerifiedArtifact {
  const nothing = { name: 'nothing', digests: {} }
  if ('fault' in attestation) return nothing
  const signed = signedBy(attestation.content)
  if (signed.kind === 'file') {
    return { name: 'the signed file', digests: { [signed.algorithm]: signed.digest.toString('hex') } }
  }
  const read = readStatement(signed.payload)
  const [subject] = 'view' in read ? read.view.subjects : []
  return subject ? { name: subject.name ?? 'the subject', digests: subject.digest } : nothing
}
