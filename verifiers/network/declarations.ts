import { constants, open, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import { type GitDeclaration, gitAddress } from './git-address.ts'
import { parseBoundedJson } from './json.ts'
import { type ForeignLockfile, foreignDeclarations } from './lockfiles/declared.ts'
import { isForAll, type Machines, machinesSchema } from './lockfiles/machines.ts'
import { isPackageName, isVersion } from './names.ts'

type NpmLockfile = 'package-lock.json' | 'npm-shrinkwrap.json'

/** One package that a lockfile pins, as far as a registry could serve it. */
export type Declaration = {
  name: string
  version: string
  /** Subresource Integrity. Lockfiles from before npm 5 and some rewritten ones have none. */
  integrity?: string
  /**
   * Set where the lockfile has what the unpacked content hashes to, with which the package manager itself compares it:
   * https://yarnpkg.com/configuration/yarnrc#checksumBehavior
   */
  checked?: true
  /** Where the lockfile says that the tarball is. */
  url?: string
  /** Set where the lockfile says it of a package that is not for all. */
  machines?: Machines
  from: NpmLockfile | ForeignLockfile
}

/** A file at an address, with what it hashes to. */
export type FileDeclaration = { url: string; integrity: string }

/** What a lockfile names in place of packages of a registry. */
export type Elsewhere = { commits: GitDeclaration[]; files: FileDeclaration[] }

const fileBytes = 64 * 2 ** 20
const entryCount = 500_000

const entrySchema = machinesSchema.extend({
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().max(4096).optional(),
  integrity: z.string().max(4096).optional(),
  link: z.boolean().optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
})

const lockfileSchema = z.object({
  packages: z.record(z.string(), z.unknown()).optional(),
  dependencies: z.record(z.string(), z.unknown()).optional(),
})

/**
 * What the lockfile in a folder declares: package-lock.json of versions 1 to 3, or npm-shrinkwrap.json, which npm
 * prefers; of other package managers theirs. An empty list where there is none. Entries that are not packages of a
 * registry (links, git, files) are left out.
 * https://github.com/npm/cli/blob/latest/docs/lib/content/configuring-npm/package-lock-json.md
 *
 * @param manager what installs, whose own lockfile is read
 * @param elsewhere gets what stands in place of packages of a registry
 * @throws {Problem} SOURCE_MANIFEST_INVALID when the file is no JSON object, too large, or has too many entries.
 */
export async function readLockfileDeclarations(
  folder: string,
  manager: LockingManager = 'npm',
  elsewhere: Elsewhere = { commits: [], files: [] },
): Promise<Declaration[]> {
  for (const from of lockfiles[manager]) {
    const bytes = await readBounded(folder, from)
    if (bytes) return declarationsOf(bytes, from, [], elsewhere)
  }
  return []
}

const lockfiles = {
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock'],
} as const

export type LockingManager = keyof typeof lockfiles

function isNpmLockfile(name: Declaration['from']): name is NpmLockfile {
  return lockfiles.npm.some((own) => own === name)
}

/** By package and version. */
export function indexDeclarations(all: Declaration[]) {
  const byPackage = new Map<string, Declaration[]>()
  const versions = new Map<string, Set<string>>()
  for (const declaration of all) {
    const { name, version } = declaration
    const key = `${name}@${version}`
    byPackage.set(key, [...(byPackage.get(key) ?? []), declaration])
    versions.set(name, (versions.get(name) ?? new Set()).add(version))
  }
  const none: ReadonlySet<string> = new Set()
  return {
    declared: (name: string, version: string) => byPackage.get(`${name}@${version}`) ?? [],
    pinned: (name: string) => versions.get(name) ?? none,
  }
}

/**
 * @param others gets the entries, as the lockfile calls them, that are neither a package of a registry nor of the source
 * @param elsewhere gets what those of them name
 * @throws {Problem} as readLockfileDeclarations does.
 */
export function declarationsOf(
  bytes: Buffer,
  from: Declaration['from'],
  others: string[] = [],
  elsewhere: Elsewhere = { commits: [], files: [] },
): Declaration[] {
  if (!isNpmLockfile(from)) return foreignDeclarations(bytes, from, others, elsewhere)
  const lockfile = lockfileSchema.safeParse(parse(bytes, from))
  if (!lockfile.success) throw invalid(from, 'is not the object that npm writes')
  const { packages, dependencies } = lockfile.data
  // Version 2 has both, and `packages` is the one that npm reads then.
  const left = { others, elsewhere }
  if (packages) return fromPackages(packages, from, left)
  return dependencies ? fromDependencies(dependencies, from, left) : []
}

/** What is no package of a registry. */
type Left = { others: string[]; elsewhere: Elsewhere }

/** Versions 2 and 3: one entry a folder, `node_modules/a/node_modules/@b/c`. */
function fromPackages(packages: Record<string, unknown>, from: Declaration['from'], left: Left): Declaration[] {
  const paths = Object.keys(packages)
  if (paths.length > entryCount) throw invalid(from, `has more than ${entryCount} entries`)
  return paths.flatMap((path) => {
    const entry = entrySchema.safeParse(packages[path]).data
    const start = path.lastIndexOf('node_modules/')
    if (start === -1 || entry?.link) return []
    const name = entry?.name ?? path.slice(start + 'node_modules/'.length)
    const found = entry && declaration(name, entry.version, entry, from)
    if (!found) leave(path, entry?.resolved, entry?.integrity, left)
    return found ?? []
  })
}

/** Version 1: a tree of dependencies. */
function fromDependencies(dependencies: Record<string, unknown>, from: Declaration['from'], left: Left): Declaration[] {
  const found: Declaration[] = []
  const open = [dependencies]
  let count = 0
  for (let level = open.pop(); level; level = open.pop()) {
    for (const [key, value] of Object.entries(level)) {
      if (++count > entryCount) throw invalid(from, `has more than ${entryCount} entries`)
      const entry = entrySchema.safeParse(value).data
      if (entry?.dependencies) open.push(entry.dependencies)
      const { name, version } = aliased(key, entry?.version)
      const one = entry && declaration(name, version, entry, from)
      if (one) found.push(one)
      else leave(key, entry?.version, entry?.integrity, left)
    }
  }
  return found
}

function leave(entry: string, address: string | undefined, integrity: string | undefined, left: Left): void {
  left.others.push(entry)
  const commit = address === undefined ? undefined : gitAddress(address)
  if (commit) left.elsewhere.commits.push(commit)
  else if (address !== undefined && integrity !== undefined && /^https?:/i.test(address)) {
    left.elsewhere.files.push({ url: address, integrity })
  }
}

/** `npm:other@1.0.0` in place of a version: the folder has another name than the package. */
function aliased(key: string, version: string | undefined): { name: string; version: string | undefined } {
  if (!version?.startsWith('npm:')) return { name: key, version }
  const at = version.lastIndexOf('@')
  return at > 'npm:'.length
    ? { name: version.slice('npm:'.length, at), version: version.slice(at + 1) }
    : { name: key, version }
}

function declaration(
  name: string,
  version: string | undefined,
  { resolved, integrity, os, cpu, libc }: z.infer<typeof entrySchema>,
  from: Declaration['from'],
): Declaration | undefined {
  // In version 1 the version of what is not from a registry is its address.
  if (version === undefined || !isPackageName(name) || !isVersion(version)) return undefined
  const url = resolved !== undefined && /^https?:/i.test(resolved) ? resolved : undefined
  if (resolved !== undefined && url === undefined) return undefined
  const what = { ...(integrity !== undefined && { integrity }), ...(url !== undefined && { url }) }
  const machines = { os, cpu, libc }
  return { name, version, ...what, ...(!isForAll(machines) && { machines }), from }
}

/**
 * A small file of the source, `undefined` where there is none.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID when it is no plain file inside the folder, or larger than 64 MiB.
 */
export async function readBounded(folder: string, from: string): Promise<Buffer | undefined> {
  const root = await realpath(folder)
  const file = await realpath(join(root, from)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw invalid(from, 'cannot be read', error)
  })
  if (file === undefined) return undefined
  if (!file.startsWith(root + sep)) throw invalid(from, 'is a link to a file outside of the source')
  // Not to wait at a named pipe.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const handle = await open(file, flags).catch((error) => {
    throw invalid(from, 'cannot be read', error)
  })
  try {
    const status = await handle.stat()
    if (!status.isFile()) throw invalid(from, 'is not a file')
    if (status.size > fileBytes) throw invalid(from, `is larger than ${fileBytes} bytes`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

function parse(bytes: Buffer, from: Declaration['from']): unknown {
  try {
    return parseBoundedJson(bytes)
  } catch (error) {
    throw invalid(from, error instanceof RangeError ? 'is too large' : 'is not JSON', error)
  }
}

function invalid(from: string, what: string, cause?: unknown): Problem {
  return new Problem('SOURCE_MANIFEST_INVALID', `${from} ${what}.`, {
    hint: 'npm could not install from it either: see whether it is whole.',
    cause,
  })
}
