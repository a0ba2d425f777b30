import type { z } from 'zod'
import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import {
  namesIn,
  type PnpmLock,
  packageSchema,
  parsePnpmLock,
  snapshotSchema,
  withoutPeers,
} from '../../verifiers/network/lockfiles/pnpm.ts'
import {
  aboutPackage,
  type DeclaredTree,
  declaredTree,
  gitIdentity,
  isRegistryFile,
  type Named,
  registryIdentity,
  tarballIdentity,
} from './declared.ts'
import { connect, hostOf, type LockNode, lockNode, parseManifest } from './foreign-lock.ts'
import { integrityDigests } from './integrity.ts'
import { byText } from './model.ts'
import type { Edge } from './walk.ts'

/**
 * A lockfile of pnpm, versions 5 to 9: https://github.com/pnpm/spec/tree/master/lockfile
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function readPnpmLock({ lockfile, manifest, member }: KeptManifests, directory: string): DeclaredTree {
  const { own: lock } = parsePnpmLock(lockfile.bytes)
  const { nodes: packages, skipped } = nodesOf(lock)
  const importers = new Map<string, LockNode>()
  for (const [path, importer] of Object.entries(lock.importers ?? { '.': lock })) {
    const node = lockNode(`importer ${path}`, null, '')
    connectAll(node, importer, packages)
    importers.set(path, node)
  }
  const root = importers.get('.') ?? lockNode('importer .', null, '')
  const built = importers.get(directory === '' ? '.' : directory) ?? root
  for (const [path, node] of importers) if (node !== root) connect(root, path, 'workspace', node)
  const { manifest: own, value } = parseManifest(built === root ? manifest : (member ?? manifest))
  Object.assign(built, { packageName: own.name, version: own.version, about: aboutPackage(value) })
  const nodes = [...[...packages.values()].sort((a, b) => byText(a.key, b.key)), ...importers.values()]
  return declaredTree({
    nodes,
    root,
    built,
    skipped,
    describe: ({ key, identity, about }) => ({ entry: key, identity, bundled: false, ...about }),
  })
}

/** From version 9 on what a package needs stands apart from what it is, once for each choice of its peers. */
function nodesOf({ lockfileVersion, packages, snapshots }: PnpmLock) {
  const nodes = new Map<string, LockNode>()
  const skipped: string[] = []
  const needs: [LockNode, Pick<z.infer<typeof packageSchema>, 'dependencies' | 'optionalDependencies'>][] = []
  for (const [key, value] of Object.entries(lockfileVersion >= 9 ? snapshots : packages)) {
    const entry = packageSchema.safeParse(lockfileVersion >= 9 ? packages[withoutPeers(key)] : value).data
    const own = lockfileVersion >= 9 ? snapshotSchema.safeParse(value).data : entry
    if (!entry || !own) {
      skipped.push(key)
      continue
    }
    const { name = '', version = '' } = { ...namesIn(key, lockfileVersion), ...definedNames(entry) }
    const identity = identityOf(name, version, entry)
    const { deprecated } = aboutPackage({ deprecated: entry.deprecated })
    const about = deprecated === undefined ? {} : { deprecated }
    const node = lockNode(key, name || null, version, { identity, about })
    nodes.set(key, node)
    needs.push([node, own])
  }
  for (const [node, own] of needs) connectAll(node, own, nodes)
  return { nodes, skipped }
}

function definedNames({ name, version }: z.infer<typeof packageSchema>): { name?: string; version?: string } {
  return { ...(name !== undefined && { name }), ...(version !== undefined && { version }) }
}

const kinds = [
  ['devDependencies', 'dev'],
  ['dependencies', 'prod'],
  ['optionalDependencies', 'optional'],
] as const

function connectAll(
  node: LockNode,
  lists: Partial<Record<(typeof kinds)[number][0], Record<string, string>>>,
  nodes: ReadonlyMap<string, LockNode>,
): void {
  for (const [list, type] of kinds) {
    for (const [name, reference] of Object.entries(lists[list] ?? {})) {
      const kind: Edge['type'] = type
      connect(node, name, kind, referred(name, reference, nodes))
    }
  }
}

/** A reference is a version, with its peers, of the name that asks for it; or the key itself, for an alias or an address. */
function referred(name: string, reference: string, nodes: ReadonlyMap<string, LockNode>): LockNode | undefined {
  return (
    nodes.get(`${name}@${reference}`) ??
    nodes.get(`/${name}@${reference}`) ??
    nodes.get(`/${name}/${reference}`) ??
    nodes.get(reference)
  )
}

function identityOf(
  name: string,
  version: string,
  { resolution: { integrity, tarball, repo, commit, type } }: z.infer<typeof packageSchema>,
): Named {
  if (type === 'directory') return 'own'
  if (repo !== undefined && commit !== undefined) return gitIdentity(repo, commit)
  const digests = integrityDigests(integrity)
  if (tarball === undefined) return registryIdentity(name, version, { digests })
  if (!/^https?:/i.test(tarball)) return tarball.startsWith('file:') ? 'own' : undefined
  // A registry that keeps its files where others do not has the address in the lockfile.
  return isRegistryFile(tarball, name, version)
    ? registryIdentity(name, version, { digests, ...hostOf(tarball) })
    : tarballIdentity(tarball, integrity)
}
