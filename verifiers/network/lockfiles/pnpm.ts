import { parse } from 'yaml'
import { z } from 'zod'
import { lockfileProblem, most } from './limits.ts'
import { machinesSchema } from './machines.ts'

const text = z.string().max(8192)
const references = z.record(z.string().max(512), text).catch({})

/** Up to version 5 a reference alone, from 6 on with the specifier that asked for it. */
const wanted = z.record(
  z.string().max(512),
  z.union([text, z.object({ version: text }).transform((one) => one.version)]),
)

const importerSchema = z.object({
  dependencies: wanted.catch({}),
  optionalDependencies: wanted.catch({}),
  devDependencies: wanted.catch({}),
})

/** What a package is, and up to version 8 what it needs. */
export const packageSchema = machinesSchema.extend({
  name: text.optional(),
  version: text.optional(),
  resolution: z
    .object({
      integrity: text.optional(),
      tarball: text.optional(),
      repo: text.optional(),
      commit: text.optional(),
      type: text.optional(),
    })
    .catch({}),
  dependencies: references,
  optionalDependencies: references,
  deprecated: z.unknown().optional(),
})

/** What a package needs, from version 9 on. */
export const snapshotSchema = packageSchema.pick({ dependencies: true, optionalDependencies: true })

const lockSchema = importerSchema.extend({
  lockfileVersion: z.union([z.string(), z.number()]).transform(Number),
  importers: z.record(z.string().max(4096), importerSchema).optional(),
  packages: z.record(text, z.unknown()).catch({}),
  snapshots: z.record(text, z.unknown()).catch({}),
})

export type PnpmLock = z.infer<typeof lockSchema>

/**
 * A lockfile of pnpm, versions 5 to 9: https://github.com/pnpm/spec/tree/master/lockfile. From pnpm 11 on the file may
 * have a document for pnpm itself before that of the project.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function parsePnpmLock(bytes: Buffer): { own: PnpmLock; all: PnpmLock[] } {
  if (bytes.length > most.bytes) throw lockfileProblem('pnpm-lock.yaml', `is larger than ${most.bytes} bytes`)
  const documents = bytes.toString('utf8').split(/^---[ \t]*\r?$/m)
  const all = documents
    .filter((text) => text.trim() !== '')
    .slice(0, mostDocuments)
    .map(parseDocument)
  const own = all.at(-1)
  if (own === undefined) throw lockfileProblem('pnpm-lock.yaml', 'is empty')
  return { own, all }
}

const mostDocuments = 4

function parseDocument(text: string): PnpmLock {
  let lock: PnpmLock
  try {
    lock = lockSchema.parse(parse(text, { maxAliasCount: 0, uniqueKeys: true, logLevel: 'silent' }))
  } catch (error) {
    throw lockfileProblem('pnpm-lock.yaml', 'cannot be read as pnpm reads it', error)
  }
  const { lockfileVersion: version, packages, snapshots } = lock
  if (!(version >= 5 && version < 10)) throw lockfileProblem('pnpm-lock.yaml', 'is of a version that is not known here')
  if (Object.keys(packages).length + Object.keys(snapshots).length > most.packages) {
    throw lockfileProblem('pnpm-lock.yaml', `has more than ${most.packages} packages`)
  }
  return lock
}

export const withoutPeers = (key: string) => key.replace(/\(.*$/s, '')

/** `/@s/n/1.0.0_peers` in version 5, `/@s/n@1.0.0(peers)` in 6, `@s/n@1.0.0(peers)` in 9. */
export function namesIn(key: string, lockfileVersion: number): { name?: string; version?: string } {
  const bare = withoutPeers(key).replace(/^\//, '')
  const at = lockfileVersion < 6 ? bare.lastIndexOf('/') : bare.indexOf('@', 1)
  if (at < 1 || (lockfileVersion < 9 && !key.startsWith('/'))) return {}
  const version = bare.slice(at + 1)
  return { name: bare.slice(0, at), version: lockfileVersion < 6 ? version.replace(/_.*/s, '') : version }
}
