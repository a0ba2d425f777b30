import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { PackageURL } from 'packageurl-js'
import { simpleGit } from 'simple-git'
import { readFolderDependencies } from '../attestations/dependencies/folder.ts'
import type { Dependency, DependencySet } from '../attestations/dependencies/model.ts'
import { type KeptManifests, readManifests } from '../verifiers/kept-manifests.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { purlOf } from '../verifiers/network/names.ts'
import { type Carried, carriedEntries, namelessEntries } from './lockfile-entries.ts'
import { outputFolder } from './outputs.ts'
import type { World } from './world.ts'

/** Something that is to be verified. */
export type Wanted = {
  /** As a person calls it. */
  title: string
  /** As `reproof rebuild` takes it; absent of what comes from no registry, and cannot be asked for there. */
  spec?: string
  /** As the lockfile has it. */
  dependency?: Dependency
  /** It is an entry of the lockfile whose name no package can have, or one that names none for another reason. */
  unnamed?: 'impossible' | 'unread'
  /** Where it is said to come from, when it has no digest of its own. */
  carried?: Carried
  /** Where in the repository it is named. */
  place?: { file: string; line: number }
}

export type Locked = { wanted: Wanted[]; set: DependencySet; file: string; since?: string }

/**
 * What the lockfile names: all of it, or only what it did not name at the base of the pull request.
 *
 * @throws {Problem} USAGE, SOURCE_MANIFEST_INVALID
 */
export async function lockedDependencies(world: World, only: 'changed' | 'all'): Promise<Locked> {
  const { inputs, job } = world
  const folder = inputs.lockfile === undefined ? job.workspace : resolve(job.workspace, dirname(inputs.lockfile))
  const manifests = await readManifests(job.workspace, relative(job.workspace, folder))
  if (!manifests || (inputs.lockfile !== undefined && basename(inputs.lockfile) !== manifests.lockfile.name)) {
    throw new Problem('USAGE', `There is no lockfile ${inputs.lockfile ?? 'in the folder of the repository'}.`, {
      hint: 'Name it with `lockfile`; package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml and yarn.lock are read.',
    })
  }
  const { dependencies: set } = await readFolderDependencies(folder)
  const file = relative(job.workspace, join(folder, manifests.lockfile.name))
  const since = only === 'changed' ? await baseOf(world) : undefined
  const before = since === undefined ? new Set<string>() : await keysAt(since, folder, manifests, world)
  const changed = set.dependencies.filter((one) => isPackage(one) && !before.has(keyOf(one)))
  const text = manifests.lockfile.bytes.toString('utf8').split('\n')
  const impossible = new Set(namelessIn(manifests.lockfile))
  const unread = unreadIn(set).filter((entry) => !impossible.has(entry))
  const unnamed = (kind: NonNullable<Wanted['unnamed']>) => (entry: string) =>
    before.has(entry) ? [] : [{ title: entry, unnamed: kind, place: { file, line: 1 } }]
  const carried = carriedIn(manifests.lockfile).filter((one) => !before.has(JSON.stringify(one)))
  const wanted = changed.map((dependency) => wantedOf(dependency, file, text))
  const known = new Set(wanted.map(({ title }) => title))
  return {
    wanted: [
      ...[...impossible].flatMap(unnamed('impossible')),
      ...unread.flatMap(unnamed('unread')),
      ...wanted,
      ...carried.flatMap((one) => carriedWanted(one, set, file, text)).filter(({ title }) => !known.has(title)),
    ],
    set: { ...set, dependencies: changed },
    file,
    ...(since !== undefined && { since }),
  }
}

/** Each once, though it may come inside of several. */
function carriedWanted(carried: Carried, set: DependencySet, file: string, lines: readonly string[]): Wanted[] {
  const uri = purlOf(carried.name, carried.version)
  const dependency = set.dependencies.find((one) => one.uri === uri)
  return dependency ? [{ ...wantedOf(dependency, file, lines), carried }] : []
}

const unreadIn = ({ findings }: DependencySet) =>
  findings.flatMap(({ id, uri }) => (id === 'LOCK_ENTRY_UNREAD' ? [uri] : []))

function carriedIn({ name, bytes }: KeptManifests['lockfile']): Carried[] {
  return name === 'package-lock.json' || name === 'npm-shrinkwrap.json' ? carriedEntries(bytes) : []
}

function namelessIn({ name, bytes }: KeptManifests['lockfile']): string[] {
  return name === 'package-lock.json' || name === 'npm-shrinkwrap.json' ? namelessEntries(bytes) : []
}

const packageRoles = new Set<string>(['runtime', 'optional', 'peer', 'development'])
/** What is carried inside another package's file has no digest of its own, and is looked for there. */
const isPackage = ({ role, bundled, digests }: Dependency) =>
  packageRoles.has(role) && !(bundled && Object.keys(digests).length === 0)

/** The same name with other bytes is another dependency. */
function keyOf({ uri, digests, origin, registryHost }: Dependency): string {
  return JSON.stringify([uri, digests, origin, registryHost])
}

function wantedOf(dependency: Dependency, file: string, lines: readonly string[]): Wanted {
  const purl = parsedPurl(dependency.uri)
  const name = purl && (purl.namespace ? `${purl.namespace}/${purl.name}` : purl.name)
  const version = purl?.version
  const isOfRegistry = name !== undefined && version && dependency.origin === undefined
  const line = lineOf(name, version, lines)
  return {
    title: name !== undefined && version ? `${name}@${version}` : dependency.uri,
    dependency,
    place: { file, line },
    ...(isOfRegistry && { spec: `npm:${name}@${version}` }),
  }
}

function parsedPurl(uri: string): PackageURL | undefined {
  try {
    const purl = PackageURL.fromString(uri)
    return purl.type === 'npm' ? purl : undefined
  } catch {
    return undefined
  }
}

/** How far below its name a lockfile has the version of a package. */
const near = 12

/** The first line that names the package at this version; the first line of the file where none does. */
function lineOf(name: string | undefined, version: string | null | undefined, lines: readonly string[]): number {
  if (name === undefined) return 1
  const names = [`node_modules/${name}":`, `"${name}": {`, `${name}@`, `/${name}/`]
  const at = lines.findIndex(
    (line, index) =>
      names.some((one) => line.includes(one)) &&
      lines
        .slice(index, index + near)
        .some((one) => version !== undefined && version !== null && one.includes(version)),
  )
  return at < 0 ? 1 : at + 1
}

async function keysAt(commit: string, folder: string, { lockfile }: KeptManifests, world: World): Promise<Set<string>> {
  const { job } = world
  const git = simpleGit({ baseDir: job.workspace })
  const inside = relative(job.workspace, folder)
  const before = join(await outputFolder(world), 'before')
  await mkdir(before, { recursive: true })
  for (const name of ['package.json', lockfile.name]) {
    const path = join(inside, name)
    const listed = await git.raw(['ls-tree', '--name-only', commit, '--', path])
    if (listed.trim() === '') return new Set()
    await writeFile(join(before, name), await git.raw(['cat-file', 'blob', `${commit}:${path}`]))
  }
  const { dependencies } = await readFolderDependencies(before)
  const bytes = await readFile(join(before, lockfile.name))
  const own = { ...lockfile, bytes }
  const carried = carriedIn(own).map((one) => JSON.stringify(one))
  return new Set([...dependencies.dependencies.map(keyOf), ...namelessIn(own), ...unreadIn(dependencies), ...carried])
}

/**
 * The commit that the pull request is to be merged into: the one that its event names, or the first parent of the merge that
 * GitHub made for it and the job checked out.
 *
 * @throws {Problem} USAGE
 */
async function baseOf({ inputs, job }: World): Promise<string> {
  const git = simpleGit({ baseDir: job.workspace })
  const known = async (name: string) => {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_./~^-]{0,255}$/.test(name)) return undefined
    const found = await git.revparse(['--verify', '--quiet', `${name}^{commit}`]).catch(() => '')
    return found.trim() || undefined
  }
  const { base, pullRequest } = { base: inputs.base, pullRequest: job.pullRequest }
  const isMerge = /^refs\/pull\/\d+\/merge$/.test(job.ref) && (await known('HEAD')) === job.commit
  const names = base === undefined ? [pullRequest?.base ?? '', ...(isMerge ? ['HEAD^1'] : [])] : [base]
  for (const name of names) {
    const commit = await known(name)
    if (commit !== undefined) return commit
  }
  throw new Problem('USAGE', 'The commit that this is compared with is not in the checkout.', {
    hint: 'Check out with `fetch-depth: 2` on pull_request, or name a commit that is there with `base`.',
  })
}
