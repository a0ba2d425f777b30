import { z } from 'zod'
import type { Declaration, Elsewhere } from '../declarations.ts'
import { abbreviatedAddress, archiveAddress, type GitDeclaration, gitAddress, gitDeclaration } from '../git-address.ts'
import { isPackageName, isVersion } from '../names.ts'
import { lockfileProblem, most } from './limits.ts'
import { isForAll, type Machines, machinesOfConditions } from './machines.ts'
import { namesIn, packageSchema, parsePnpmLock, withoutPeers } from './pnpm.ts'
import { parseYarnLock, yarnEntrySchema, yarnNameOf } from './yarn.ts'

/** Lockfiles that other package managers than npm write, as far as they can be read here. */
export type ForeignLockfile = 'pnpm-lock.yaml' | 'yarn.lock' | 'bun.lock'

/**
 * What a lockfile of pnpm, yarn or bun declares: the packages of a registry, with what they hash to where it says so.
 *
 * @param others gets the entries, as the lockfile calls them, that are neither a package of a registry nor of the source
 * @param elsewhere gets what those of them name
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function foreignDeclarations(
  bytes: Buffer,
  from: ForeignLockfile,
  others: string[] = [],
  elsewhere: Elsewhere = { commits: [], files: [] },
): Declaration[] {
  const readers = { 'pnpm-lock.yaml': ofPnpm, 'yarn.lock': ofYarn, 'bun.lock': ofBun }
  return readers[from](bytes).flatMap(([entry, found]) => {
    if (found === 'own') return []
    if (found && 'commit' in found) elsewhere.commits.push(found)
    if (found === undefined || 'commit' in found) {
      others.push(entry)
      return []
    }
    const { name, version, integrity, checked, url, machines } = found
    if (!isPackageName(name) || !isVersion(version) || (url !== undefined && !/^https?:/i.test(url))) {
      others.push(entry)
      return []
    }
    const what = { ...(integrity !== undefined && { integrity }), ...(checked && { checked }) }
    const bound = machines !== undefined && !isForAll(machines) && { machines }
    return [{ name, version, ...what, ...(url !== undefined && { url }), ...bound, from }]
  })
}

/** What a lockfile calls it, and what it is: of the source itself, a package of a registry, or something else. */
type Entry = [name: string, found: Found | GitDeclaration | 'own' | undefined]

type Found = {
  name: string
  version: string
  integrity?: string | undefined
  checked?: true | undefined
  url?: string | undefined
  machines?: Machines | undefined
}

function ofPnpm(bytes: Buffer): Entry[] {
  return parsePnpmLock(bytes).all.flatMap(({ lockfileVersion, packages }) =>
    Object.entries(packages).map(([key, value]): Entry => {
      const entry = packageSchema.safeParse(value).data
      if (!entry) return [key, undefined]
      const { name = entry.name, version = entry.version } = namesIn(withoutPeers(key), lockfileVersion)
      const { integrity, tarball, repo, commit = '', type } = entry.resolution
      if (type === 'directory') return [key, 'own']
      if (repo !== undefined) return [key, gitDeclaration(repo, commit)]
      const packed = tarball === undefined ? undefined : archiveAddress(tarball)
      if (packed) return [key, packed]
      if (name === undefined || version === undefined) return [key, undefined]
      // A key that is an address has its version beside it.
      const { os, cpu, libc } = entry
      return [key, { name, version: entry.version ?? version, integrity, url: tarball, machines: { os, cpu, libc } }]
    }),
  )
}

/** Yarn 2 and later hash the archive that they make of a package, so that of its file the registry's word counts. */
function ofYarn(bytes: Buffer): Entry[] {
  const entries = parseYarnLock(bytes)
  const isBerry = Object.hasOwn(entries, '__metadata')
  const { __metadata: _, ...packages } = entries
  return Object.entries(packages).map(([keys, value]): Entry => {
    const entry = yarnEntrySchema.safeParse(value).data
    if (!entry) return [keys, undefined]
    const { version, resolution = '', resolved, integrity } = entry
    const name = yarnNameOf(isBerry ? resolution : (keys.split(', ', 1)[0] ?? ''), isBerry)
    if (isBerry && /^@?[^@]*@(?:workspace|link|portal|patch):/.test(resolution)) return [keys, 'own']
    if (isBerry && resolution.startsWith(`${name}@npm:`)) {
      const machines = entry.conditions === undefined ? undefined : machinesOfConditions(entry.conditions)
      return [keys, { name, version, ...(entry.checksum !== undefined && { checked: true }), machines }]
    }
    if (isBerry) return [keys, gitAddress(resolution.slice(name.length + 1))]
    const [url, fragment = ''] = resolved?.split('#') ?? []
    if (url !== undefined && /^git(?:\+|:)|\.git$/.test(url)) return [keys, gitAddress(resolved ?? '')]
    const packed = url === undefined ? undefined : archiveAddress(url)
    if (packed) return [keys, packed]
    const sha1 = /^[0-9a-f]{40}$/.test(fragment) ? `sha1-${Buffer.from(fragment, 'hex').toString('base64')}` : undefined
    return [keys, { name, version, integrity: integrity ?? sha1, url }]
  })
}

/**
 * `"key": ["name@version", "registry or address of the file", { dependencies }, "sha512-…"]`, and of a commit
 * `["name@github:owner/name#abcdef0", { dependencies }, "owner-name-abcdef0"]`.
 */
const bunSchema = z.object({ packages: z.record(z.string().max(1024), z.array(z.unknown()).max(16)).catch({}) })

/** JSON with commas after the last of each list. https://bun.sh/docs/install/lockfile */
function ofBun(bytes: Buffer): Entry[] {
  if (bytes.length > most.bytes) throw lockfileProblem('bun.lock', `is larger than ${most.bytes} bytes`)
  let packages: z.infer<typeof bunSchema>['packages']
  try {
    packages = bunSchema.parse(JSON.parse(withoutTrailingCommas(bytes.toString('utf8')))).packages
  } catch (error) {
    throw lockfileProblem('bun.lock', 'cannot be read as bun reads it', error)
  }
  const entries = Object.entries(packages)
  if (entries.length > most.packages) throw lockfileProblem('bun.lock', `has more than ${most.packages} packages`)
  return entries.map(([key, entry]): Entry => {
    const [id, place, , integrity] = entry
    if (typeof id !== 'string') return [key, undefined]
    if (id.includes('@workspace:')) return [key, 'own']
    const at = id.indexOf('@', 1)
    if (at === -1) return [key, undefined]
    const address = id.slice(at + 1)
    const commit = gitAddress(address) ?? abbreviatedAddress(address)
    if (commit) return [key, commit]
    if (typeof place !== 'string' || typeof integrity !== 'string') return [key, undefined]
    const url = /\.tgz$/.test(place) ? place : undefined
    return [key, { name: id.slice(0, at), version: address, integrity, url }]
  })
}

function withoutTrailingCommas(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])/g, (_, string: string | undefined) => string ?? '')
}
