import { z } from 'zod'
import { isPackageName, isVersion, purlOf } from '../../verifiers/network/names.ts'
import { presentable } from '../../verifiers/network/recording.ts'
import { integrityDigests } from './integrity.ts'
import { byText, type DependencyDigests, type Role } from './model.ts'
import { type Node, walk } from './walk.ts'

/** One package as the lockfile pins it. The same package in two folders is declared twice. */
export type Declared = Identity & {
  role: Extract<Role, 'runtime' | 'optional' | 'peer' | 'development'>
  direct: boolean
  path: string[]
  bundled: boolean
  /** Only needed by an optional dependency: it is left out on other platforms, or when it fails. */
  skippable: boolean
  deprecated?: string
  license?: string
}

export type Identity = {
  /** A package URL, a `git+…` address with its commit, or the address of a tarball. */
  uri: string
  origin: 'registry' | 'git' | 'url'
  digests: DependencyDigests
  /** Yarn's own checksum, of the archive that it makes of the file and not of the file. */
  repacked?: string
  /** Host that the lockfile names, where that is not the one which every client asks without configuration. */
  host?: string
}

export type DeclaredTree = {
  packages: Declared[]
  /** Which uri needs which; the key `''` is what was built. */
  graph: Map<string, string[]>
  /** Of what was built. */
  license?: string
  /** Entries of the lockfile, as it calls them, that name nothing which could be looked at. */
  unread: string[]
}

/** What an entry of a lockfile stands for: a dependency, something of the source itself, or nothing that could be read. */
export type Named = Identity | 'own' | undefined

/** What is said of one package besides who needs it. */
export type Description = { entry: string; identity: Named; bundled: boolean } & About

export type About = { license?: string; deprecated?: string }

const metadataSchema = z.object({
  license: z.union([z.string().max(1024), z.object({ type: z.string().max(1024) })]).optional(),
  deprecated: z.union([z.string().max(4096), z.boolean()]).optional(),
})

/** From a package's manifest, or from a lockfile's entry. */
export function aboutPackage(value: unknown): About {
  const { license, deprecated } = metadataSchema.safeParse(value).data ?? {}
  return {
    ...(license !== undefined && { license: typeof license === 'string' ? license : license.type }),
    ...(typeof deprecated === 'string' && { deprecated }),
  }
}

export type TreeOptions<N extends Node> = {
  /** All of them, the built one and the root too, in an order that is the same everywhere. */
  nodes: N[]
  root: N
  /** What was built: the root, or a member of its workspace. */
  built: N
  describe: (node: N) => Description
  /** Entries of which there is no node. */
  skipped: string[]
}

/** As much of the name of an entry as is kept. */
const longestEntry = 1024

export function declaredTree<N extends Node>({ nodes, root, built, describe, skipped }: TreeOptions<N>): DeclaredTree {
  const reached = walk(built, root)
  const packages: Declared[] = []
  const uris = new Map<Node, string>()
  const unread = [...skipped]
  for (const node of nodes) {
    const { identity, entry, ...rest } = describe(node)
    if (node === built || identity === 'own') continue
    if (!identity) {
      unread.push(entry)
      continue
    }
    uris.set(node, identity.uri)
    const { role, skippable, path } = reached.get(node) ?? { role: 'development', skippable: false, path: [] }
    packages.push({ ...identity, role, skippable, path, direct: path.length === 1, ...rest })
  }
  const { license } = describe(built)
  return {
    packages,
    graph: graphOf(built, uris),
    unread: [...new Set(unread.map((entry) => entry.slice(0, longestEntry)))].sort(byText),
    ...(license !== undefined && { license }),
  }
}

function graphOf(built: Node, uris: ReadonlyMap<Node, string>): Map<string, string[]> {
  const graph = new Map<string, string[]>()
  const add = (node: Node, key: string): void => {
    const needed = [...node.edgesOut.values()].flatMap(({ to, type }) => {
      // What a package needs for its own development is nobody else's; of what was built it is.
      if (!to || (type === 'dev' && node !== built)) return []
      return uris.get(to.target) ?? []
    })
    graph.set(key, [...new Set([...(graph.get(key) ?? []), ...needed])].sort(byText))
  }
  add(built, '')
  for (const [node, uri] of uris) add(node, uri)
  return graph
}

const commitPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** A package of a git repository; the commit says all of its bytes. */
export function gitIdentity(repository: string, commit: string): Identity | undefined {
  if (!commitPattern.test(commit)) return undefined
  const address = repository.startsWith('git+') ? repository : `git+${repository}`
  return { uri: `${presentable(address)}#${commit}`, origin: 'git', digests: { gitCommit: commit } }
}

/** A package of a registry; `undefined` for what cannot be one's name or version. */
export function registryIdentity(
  name: string,
  version: string,
  rest: Omit<Identity, 'uri' | 'origin'>,
): Identity | undefined {
  return isPackageName(name) && isVersion(version)
    ? { uri: purlOf(name, version), origin: 'registry', ...rest }
    : undefined
}

/** A tarball at an address. Hosts of code name the commit in the address, and pack it when they are asked. */
export function tarballIdentity(address: string, integrity: string | undefined): Identity {
  const commit = /^https:\/\/codeload\.[^/]+\/[^/]+\/[^/]+\/tar\.gz\/([0-9a-f]{40})$/.exec(address)?.[1]
  return {
    uri: presentable(address),
    origin: commit === undefined ? 'url' : 'git',
    digests: { ...integrityDigests(integrity), ...(commit !== undefined && { gitCommit: commit }) },
  }
}

/** `…/name/-/name-1.0.0.tgz`, which every registry that follows npm's convention has; some old files are called otherwise. */
export function isRegistryFile(resolved: string, name: string, version: string): boolean {
  const path = URL.parse(resolved)?.pathname ?? ''
  const folder = decoded(path.slice(0, path.lastIndexOf('/-/') + 1)).toLowerCase()
  return folder.endsWith(`/${name.toLowerCase()}/`) && path.includes(version.split('+', 1)[0] ?? version)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
