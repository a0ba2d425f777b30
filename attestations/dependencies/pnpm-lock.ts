import { parse } from 'yaml'
import { z } from 'zod'
import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import {
  aboutPackage,
  type DeclaredTree,
  declaredTree,
  gitIdentity,
  type Identity,
  isRegistryFile,
  registryIdentity,
  tarballIdentity,
} from './declared.ts'
import { connect, hostOf, type LockNode, lockfileProblem, lockNode, most, parseManifest } from './foreign-lock.ts'
import { integrityDigests } from './integrity.ts'
import { byText } from './model.ts'
import type { Edge } from './walk.ts'

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

const packageSchema = z.object({
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

const snapshotSchema = packageSchema.pick({ dependencies: true, optionalDependencies: true })

const lockSchema = importerSchema.extend({
  lockfileVersion: z.union([z.string(), z.number()]).transform(Number),
  importers: z.record(z.string().max(4096), importerSchema).optional(),
  packages: z.record(text, z.unknown()).catch({}),
  snapshots: z.record(text, z.unknown()).catch({}),
})

type Lock = z.infer<typeof lockSchema>

/**
 * A lockfile of pnpm, versions 5 to 9: https://github.com/pnpm/spec/tree/master/lockfile
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function readPnpmLock({ lockfile, manifest, member }: KeptManifests, directory: string): DeclaredTree {
  const lock = parsed(lockfile.bytes)
  const packages = nodesOf(lock)
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
    describe: ({ identity, about }) => ({ identity, bundled: false, ...about }),
  })
}

function parsed(bytes: Buffer): Lock {
  if (bytes.length > most.bytes) throw lockfileProblem('pnpm-lock.yaml', `is larger than ${most.bytes} bytes`)
  let lock: Lock
  try {
    lock = lockSchema.parse(parse(bytes.toString('utf8'), { maxAliasCount: 0, uniqueKeys: true, logLevel: 'silent' }))
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

/** From version 9 on what a package needs stands apart from what it is, once for each choice of its peers. */
function nodesOf({ lockfileVersion, packages, snapshots }: Lock): Map<string, LockNode> {
  const nodes = new Map<string, LockNode>()
  const needs: [LockNode, Pick<z.infer<typeof packageSchema>, 'dependencies' | 'optionalDependencies'>][] = []
  for (const [key, value] of Object.entries(lockfileVersion >= 9 ? snapshots : packages)) {
    const entry = packageSchema.safeParse(lockfileVersion >= 9 ? packages[withoutPeers(key)] : value).data
    const own = lockfileVersion >= 9 ? snapshotSchema.safeParse(value).data : entry
    if (!entry || !own) continue
    const { name = '', version = '' } = { ...namesIn(key, lockfileVersion), ...definedNames(entry) }
    const identity = identityOf(name, version, entry)
    const { deprecated } = aboutPackage({ deprecated: entry.deprecated })
    const about = deprecated === undefined ? {} : { deprecated }
    const node = lockNode(key, name || null, version, { identity, about })
    nodes.set(key, node)
    needs.push([node, own])
  }
  for (const [node, own] of needs) connectAll(node, own, nodes)
  return nodes
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

const withoutPeers = (key: string) => key.replace(/\(.*$/s, '')

/** `/@s/n/1.0.0_peers` in version 5, `/@s/n@1.0.0(peers)` in 6, `@s/n@1.0.0(peers)` in 9. */
function namesIn(key: string, lockfileVersion: number): { name?: string; version?: string } {
  const bare = withoutPeers(key).replace(/^\//, '')
  const at = lockfileVersion < 6 ? bare.lastIndexOf('/') : bare.indexOf('@', 1)
  if (at < 1 || (lockfileVersion < 9 && !key.startsWith('/'))) return {}
  const version = bare.slice(at + 1)
  return { name: bare.slice(0, at), version: lockfileVersion < 6 ? version.replace(/_.*$/, '') : version }
}

function identityOf(
  name: string,
  version: string,
  { resolution: { integrity, tarball, repo, commit, type } }: z.infer<typeof packageSchema>,
): Identity | undefined {
  if (type === 'directory') return undefined
  if (repo !== undefined && commit !== undefined) return gitIdentity(repo, commit)
  const digests = integrityDigests(integrity)
  if (tarball === undefined) return registryIdentity(name, version, { digests })
  if (!/^https?:/i.test(tarball)) return undefined
  // A registry that keeps its files where others do not has the address in the lockfile.
  return isRegistryFile(tarball, name, version)
    ? registryIdentity(name, version, { digests, ...hostOf(tarball) })
    : tarballIdentity(tarball, integrity)
}
