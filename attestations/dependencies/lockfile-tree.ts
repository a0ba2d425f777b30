import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Arborist, { type Node } from '@npmcli/arborist'
import { z } from 'zod'
import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { declarationsOf } from '../../verifiers/network/declarations.ts'
import { isPackageName, isVersion, purlOf } from '../../verifiers/network/names.ts'
import { presentable } from '../../verifiers/network/recording.ts'
import { integrityDigests } from './integrity.ts'
import { byText, type DependencyDigests, type Role } from './model.ts'
import { walk } from './walk.ts'

/** One package as the lockfile pins it. The same package in two folders is declared twice. */
export type Declared = {
  /** A package URL, a `git+…` address with its commit, or the address of a tarball. */
  uri: string
  origin: 'registry' | 'git' | 'url'
  digests: DependencyDigests
  role: Extract<Role, 'runtime' | 'optional' | 'peer' | 'development'>
  direct: boolean
  path: string[]
  bundled: boolean
  /** Only needed by an optional dependency: npm leaves it out on other platforms, or when it fails. */
  skippable: boolean
  deprecated?: string
  license?: string
}

export type DeclaredTree = {
  packages: Declared[]
  /** Which uri needs which; the key `''` is what was built. */
  graph: Map<string, string[]>
  /** Of what was built. */
  license?: string
}

const metadataSchema = z.object({
  license: z.union([z.string().max(1024), z.object({ type: z.string().max(1024) })]).optional(),
  deprecated: z.union([z.string().max(4096), z.boolean()]).optional(),
})

/**
 * What an npm lockfile of any version, or a shrinkwrap, declares for the package in `directory`, read by Arborist from a
 * folder that has nothing but the two files, so that it can follow nothing.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export async function readDeclaredTree(
  { lockfile, manifest }: KeptManifests,
  directory: string,
): Promise<DeclaredTree> {
  assertReadable(lockfile)
  const folder = await mkdtemp(join(tmpdir(), 'reproof-lockfile-'))
  try {
    await writeFile(join(folder, lockfile.name), lockfile.bytes)
    await writeFile(join(folder, 'package.json'), manifest)
    const root = await new Arborist({ path: folder, offline: true }).loadVirtual()
    return declaredTree(root, directory)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('SOURCE_MANIFEST_INVALID', `The source's ${lockfile.name} cannot be read as npm reads it.`, {
      hint: 'npm could not install from it either: see whether it is whole at the commit that was published.',
      cause: error,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Counted and bounded before a reader sees it that has no bounds of its own, and takes time by the square of its size. */
function assertReadable({ name, bytes }: KeptManifests['lockfile']): void {
  const tooMuch = (what: string) =>
    new Problem('SOURCE_MANIFEST_INVALID', `The source's ${name} ${what}.`, {
      hint: 'No project that is known comes near; see whether the file is what npm wrote.',
    })
  if (declarationsOf(bytes, name).length > most.packages) throw tooMuch(`has more than ${most.packages} packages`)
  let level: unknown[] = [JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most.depth) throw tooMuch(`nests deeper than ${most.depth} levels`)
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

const most = { packages: 20_000, depth: 100 }

function declaredTree(root: Node & { inventory: Map<string, Node> }, directory: string): DeclaredTree {
  const nodes = [...root.inventory.values()].sort((a, b) => byText(a.location, b.location))
  const built = nodes.find(({ location, isLink }) => location === directory && !isLink) ?? root
  const reached = walk(built, root)
  const packages: Declared[] = []
  const uris = new Map<Node, string>()
  for (const node of nodes) {
    const identity = identityOf(node)
    if (!identity || node === built) continue
    uris.set(node, identity.uri)
    const { role, skippable, path } = reached.get(node) ?? { role: 'development', skippable: false, path: [] }
    packages.push({
      ...identity,
      role,
      skippable,
      path,
      direct: path.length === 1,
      bundled: node.inBundle,
      ...aboutNode(node),
    })
  }
  const { license } = aboutNode(built)
  return { packages, graph: graphOf(built, uris), ...(license !== undefined && { license }) }
}

function aboutNode(node: Node): Pick<Declared, 'license' | 'deprecated'> {
  const { license, deprecated } = metadataSchema.safeParse(node.package).data ?? {}
  return {
    ...(license !== undefined && { license: typeof license === 'string' ? license : license.type }),
    ...(typeof deprecated === 'string' && { deprecated }),
  }
}

/** Links and folders of the source itself are no dependencies: their bytes are the source's. */
function identityOf(node: Node): Pick<Declared, 'uri' | 'origin' | 'digests'> | undefined {
  if (node.isLink || node.isProjectRoot || !node.location.includes('node_modules/')) return undefined
  const digests = integrityDigests(node.integrity ?? undefined)
  const { resolved, packageName, version } = node
  const commit = resolved && /^git\+[^#]+#([0-9a-f]{40}|[0-9a-f]{64})$/.exec(resolved)?.[1]
  if (resolved && commit) {
    return {
      uri: `${presentable(resolved.split('#', 1)[0] ?? '')}#${commit}`,
      origin: 'git',
      digests: { gitCommit: commit },
    }
  }
  if (resolved?.startsWith('file:')) return undefined
  const isNamed = packageName !== null && isPackageName(packageName) && isVersion(version)
  if (resolved && /^https?:/i.test(resolved) && !(isNamed && isRegistryFile(resolved, packageName, version))) {
    return { uri: presentable(resolved), origin: 'url', digests }
  }
  return isNamed ? { uri: purlOf(packageName, version), origin: 'registry', digests } : undefined
}

/** `…/name/-/name-1.0.0.tgz`, which every registry that follows npm's convention has; some old files are called otherwise. */
function isRegistryFile(resolved: string, name: string, version: string): boolean {
  const path = URL.parse(resolved)?.pathname ?? ''
  const folder = decodeURIComponent(path.slice(0, path.lastIndexOf('/-/') + 1)).toLowerCase()
  return folder.endsWith(`/${name.toLowerCase()}/`) && path.includes(version.split('+', 1)[0] ?? version)
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
