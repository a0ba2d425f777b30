import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import { strongAlgorithms } from '../verification/artifact.ts'
import { limits } from '../verification/json.ts'
import { type Attestation, readAttestations } from '../verification/read.ts'
import { signedBy } from '../verification/signed.ts'
import { readStatement } from '../verification/statement.ts'

/**
 * Attestations that are kept on this machine, each once, found by the digests of what they speak of:
 *
 *     objects/<sha256>.json                       the attestation as it was read; the name is the digest of the file
 *     subjects/<algorithm>-<digest>/<sha256>      an empty file for each that speaks of these bytes
 *
 * Nothing in it is believed: it is verified each time.
 */
export type BundleStore = {
  /** Whether it is new. Faults and attestations without a subject that could be looked up are refused. */
  add(attestation: Attestation): Promise<Added>
  /** Those that speak of something with one of these digests. */
  find(digests: Record<string, string>): Promise<Stored[]>
  list(): Promise<Stored[]>
}

export type Added = { outcome: 'added' | 'known'; sha256: string } | { outcome: 'refused'; reason: string }

export type Stored = {
  sha256: string
  path: string
} & ({ attestation: Attestation; size: number; addedAt: string } | { damaged: string })

/** `gh attestation` makes at most 1,024. */
const mostSubjects = 4096

export function openBundleStore(folder: string): BundleStore {
  const objects = join(folder, 'objects')
  const subjects = join(folder, 'subjects')
  // Asked once, not for each of a thousand files.
  let listed: Promise<ReadonlySet<string>> | undefined
  return {
    async add(attestation) {
      if ('fault' in attestation) return { outcome: 'refused', reason: attestation.fault.detail }
      const keys = subjectKeys(attestation)
      if (keys.length === 0)
        return { outcome: 'refused', reason: 'It names no file by a digest that could be looked up.' }
      if (keys.length > mostSubjects)
        return { outcome: 'refused', reason: `It has more than ${mostSubjects} subjects.` }
      const bytes = Buffer.from(JSON.stringify(attestation.raw))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const path = join(objects, `${sha256}.json`)
      const known = await readObject(path, sha256)
      const isKnown = known !== undefined && 'attestation' in known
      listed = undefined
      // The object first: a mark without one would be damage, an object without marks is found by `list`.
      if (!isKnown) await writeFileAtomically(path, bytes)
      for (const key of keys) {
        await mkdir(join(subjects, key), { recursive: true })
        await writeFileAtomically(join(subjects, key, sha256), '')
      }
      return { outcome: isKnown ? 'known' : 'added', sha256 }
    },

    async find(digests) {
      const found = new Set<string>()
      listed ??= namesIn(subjects).then((names) => new Set(names))
      const there = await listed
      for (const [algorithm, digest] of Object.entries(digests)) {
        if (!isKey(algorithm, digest) || !there.has(`${algorithm}-${digest}`)) continue
        for (const name of await namesIn(join(subjects, `${algorithm}-${digest}`))) found.add(name)
      }
      return await readObjects(objects, [...found].filter(isSha256).sort())
    },

    async list() {
      const names = (await namesIn(objects)).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5))
      return await readObjects(objects, names.filter(isSha256).sort())
    },
  }
}

const isSha256 = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

/** Of strangers: they end up in the names of folders. */
const isKey = (algorithm: string, digest: string): boolean =>
  strongAlgorithms.has(algorithm) && /^[0-9a-f]{64,128}$/.test(digest)

function subjectKeys(attestation: Extract<Attestation, { content: unknown }>): string[] {
  const signed = signedBy(attestation.content)
  if (signed.kind === 'file') {
    const digest = signed.digest.toString('hex')
    return isKey(signed.algorithm, digest) ? [`${signed.algorithm}-${digest}`] : []
  }
  const read = readStatement(signed.payload)
  if ('fault' in read) return []
  const keys = read.view.subjects.flatMap(({ digest }) =>
    Object.entries(digest).flatMap(([algorithm, value]) => (isKey(algorithm, value) ? [`${algorithm}-${value}`] : [])),
  )
  return [...new Set(keys)]
}

async function readObjects(folder: string, names: string[]): Promise<Stored[]> {
  const found: Stored[] = []
  for (const sha256 of names) {
    const path = join(folder, `${sha256}.json`)
    found.push((await readObject(path, sha256)) ?? { sha256, path, damaged: 'It is listed, and the file is gone.' })
  }
  return found
}

async function readObject(path: string, sha256: string): Promise<Stored | undefined> {
  const about = await stat(path).catch(whenMissing)
  if (!about) return undefined
  if (!about.isFile() || about.size > limits.bytes)
    return { sha256, path, damaged: 'It is no file that was written here.' }
  const bytes = await readFile(path)
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    return { sha256, path, damaged: 'Its bytes are not those that were written.' }
  }
  const { attestations } = readAttestations({ bytes, file: path })
  const [attestation] = attestations
  if (!attestation || 'fault' in attestation) return { sha256, path, damaged: 'This version cannot read it.' }
  return { sha256, path, attestation, size: bytes.length, addedAt: about.mtime.toISOString() }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(whenMissing)) ?? []
}

function whenMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
