import { hasWorkspace, type Project } from './install-root.ts'
import { readBuildManifest } from './manifest.ts'
import type { SourceReader } from './reader.ts'

/** More members than the largest monorepos have, and than anyone's package depends on. */
const mostMembers = 1000
const mostSiblings = 24

/** Members of the workspace that a package depends on, in an order in which they can be built. */
export type Siblings = {
  /** That its package.json names, however many these are. */
  direct: Project[]
  /** By what it needs when it runs. */
  needed: Project[]
  /** By what it is developed with, too. */
  all: Project[]
  /** Names of members that depend on each other, each beginning and ending with the same one. */
  circular: string[][]
  /** How many other members there are. */
  others: number
}

/**
 * Members that a package depends on, through those that they depend on in turn; each after all that it depends on itself.
 * Members that depend on each other come in either order.
 */
export async function siblingsOf(source: SourceReader, root: Project, own: Project): Promise<Siblings> {
  if (root.directory === own.directory || root.manifest.workspaces === undefined)
    return { direct: [], needed: [], all: [], circular: [], others: 0 }
  const members = await membersOf(source, root)
  const circular: string[][] = []
  const needed = reachedFrom(own, members, false, [])
  const all = reachedFrom(own, members, true, circular)
  const { dependencies, devDependencies, peerDependencies, optionalDependencies } = own.manifest
  const named = { ...dependencies, ...devDependencies, ...peerDependencies, ...optionalDependencies }
  const direct = Object.keys(named).flatMap((name) => members.get(name) ?? [])
  return { direct, needed, all, circular, others: Math.max(members.size - all.length - 1, 0) }
}

/** More are not told apart by anybody. */
const mostCircular = 8

/** @param circular where what depends on itself through others is put */
function reachedFrom(
  own: Project,
  members: ReadonlyMap<string, Project>,
  developed: boolean,
  circular: string[][],
): Project[] {
  const found: Project[] = []
  const seen = new Set<string>(own.manifest.name === undefined ? [] : [own.manifest.name])
  const above: string[] = []
  const visit = ({ manifest }: Project) => {
    above.push(manifest.name ?? '')
    const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest
    const all = { ...dependencies, ...peerDependencies, ...optionalDependencies, ...(developed && devDependencies) }
    for (const name of Object.keys(all)) {
      const member = members.get(name)
      const since = above.lastIndexOf(name)
      if (member && since >= 0 && circular.length < mostCircular) circular.push([...above.slice(since), name])
      if (member === undefined || seen.has(name) || seen.size > mostSiblings) continue
      seen.add(name)
      visit(member)
      found.push(member)
    }
    above.pop()
  }
  visit(own)
  return found
}

async function membersOf(source: SourceReader, root: Project): Promise<Map<string, Project>> {
  const below = root.directory === '' ? '' : `${root.directory}/`
  const directories = [...source.entries.keys()]
    .filter((path) => path.startsWith(below) && path.endsWith('/package.json'))
    .map((path) => path.slice(0, -'/package.json'.length))
    .filter((directory) => hasWorkspace(root, directory))
    .slice(0, mostMembers)
  const members = new Map<string, Project>()
  for (const directory of directories) {
    const manifest = await readBuildManifest(source, directory)
    if (manifest?.name !== undefined && !members.has(manifest.name)) members.set(manifest.name, { directory, manifest })
  }
  return members
}
