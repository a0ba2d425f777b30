import { z } from 'zod'
import type { Declaration } from '../declarations.ts'
import { isPackageName, isVersion } from '../names.ts'
import { lockfileProblem, most } from './limits.ts'
import { namesIn, packageSchema, parsePnpmLock, withoutPeers } from './pnpm.ts'
import { parseYarnLock, yarnEntrySchema, yarnNameOf } from './yarn.ts'

/** Lockfiles that other package managers than npm write, as far as they can be read here. */
export type ForeignLockfile = 'pnpm-lock.yaml' | 'yarn.lock' | 'bun.lock'

/**
 * What a lockfile of pnpm, yarn or bun declares: the packages of a registry, with what they hash to where it says so.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function foreignDeclarations(bytes: Buffer, from: ForeignLockfile): Declaration[] {
  const readers = { 'pnpm-lock.yaml': ofPnpm, 'yarn.lock': ofYarn, 'bun.lock': ofBun }
  return readers[from](bytes).flatMap(({ name, version, integrity, url }) => {
    if (!isPackageName(name) || !isVersion(version)) return []
    if (url !== undefined && !/^https?:/i.test(url)) return []
    return [{ name, version, ...(integrity !== undefined && { integrity }), ...(url !== undefined && { url }), from }]
  })
}

type Found = { name: string; version: string; integrity?: string | undefined; url?: string | undefined }

function ofPnpm(bytes: Buffer): Found[] {
  return parsePnpmLock(bytes).all.flatMap(({ lockfileVersion, packages }) =>
    Object.entries(packages).flatMap(([key, value]) => {
      const entry = packageSchema.safeParse(value).data
      if (!entry) return []
      const { name = entry.name, version = entry.version } = namesIn(withoutPeers(key), lockfileVersion)
      const { integrity, tarball, repo, type } = entry.resolution
      if (name === undefined || version === undefined || repo !== undefined || type === 'directory') return []
      // A key that is an address has its version beside it.
      return [{ name, version: entry.version ?? version, integrity, url: tarball }]
    }),
  )
}

/** Yarn 2 and later hash the archive that they make of a package, so that of its file the registry's word counts. */
function ofYarn(bytes: Buffer): Found[] {
  const entries = parseYarnLock(bytes)
  const isBerry = Object.hasOwn(entries, '__metadata')
  return Object.entries(entries).flatMap(([keys, value]) => {
    const entry = yarnEntrySchema.safeParse(value).data
    if (keys === '__metadata' || !entry) return []
    const { version, resolution = '', resolved, integrity } = entry
    const name = yarnNameOf(isBerry ? resolution : (keys.split(', ', 1)[0] ?? ''), isBerry)
    if (isBerry) return resolution.startsWith(`${name}@npm:`) ? [{ name, version }] : []
    const [url, fragment = ''] = resolved?.split('#') ?? []
    if (url !== undefined && /^git(?:\+|:)|\.git$/.test(url)) return []
    const sha1 = /^[0-9a-f]{40}$/.test(fragment) ? `sha1-${Buffer.from(fragment, 'hex').toString('base64')}` : undefined
    return [{ name, version, integrity: integrity ?? sha1, url }]
  })
}

/** `"key": ["name@version", "registry or address of the file", { dependencies }, "sha512-…"]` */
const bunSchema = z.object({ packages: z.record(z.string().max(1024), z.array(z.unknown()).max(16)).catch({}) })

/** JSON with commas after the last of each list. https://bun.sh/docs/install/lockfile */
function ofBun(bytes: Buffer): Found[] {
  if (bytes.length > most.bytes) throw lockfileProblem('bun.lock', `is larger than ${most.bytes} bytes`)
  let packages: z.infer<typeof bunSchema>['packages']
  try {
    packages = bunSchema.parse(JSON.parse(withoutTrailingCommas(bytes.toString('utf8')))).packages
  } catch (error) {
    throw lockfileProblem('bun.lock', 'cannot be read as bun reads it', error)
  }
  const entries = Object.values(packages)
  if (entries.length > most.packages) throw lockfileProblem('bun.lock', `has more than ${most.packages} packages`)
  return entries.flatMap((entry) => {
    const [id, place, , integrity] = entry
    if (typeof id !== 'string' || typeof place !== 'string' || typeof integrity !== 'string') return []
    const at = id.indexOf('@', 1)
    if (at === -1) return []
    const url = /\.tgz$/.test(place) ? place : undefined
    return [{ name: id.slice(0, at), version: id.slice(at + 1), integrity, url }]
  })
}

function withoutTrailingCommas(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? '')
}
