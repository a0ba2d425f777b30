import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import { lockfileProblem, most } from '../../verifiers/network/lockfiles/limits.ts'
import { parseYarnLock, type YarnEntry, yarnEntrySchema, yarnNameOf } from '../../verifiers/network/lockfiles/yarn.ts'
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
import { asked, connect, hostOf, type LockNode, lockNode, parseManifest } from './foreign-lock.ts'
import { integrityDigests } from './integrity.ts'
import { byText, type DependencyDigests } from './model.ts'
import type { Edge } from './walk.ts'

type Lock = { nodes: LockNode[]; byDescriptor: Map<string, LockNode>; isBerry: boolean; skipped: string[] }

/**
 * A lockfile of yarn, classic or berry, with the manifest beside it and, of a workspace's member, its own. Neither
 * generation says what each package is there for: that follows from the manifests.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function readYarnLock({ lockfile, manifest, member }: KeptManifests, directory: string): DeclaredTree {
  const lock = nodesOf(lockfile.bytes)
  const root = projectNode(manifest, lock)
  const built = directory === '' || !member ? root : projectNode(member, lock)
  if (built !== root) connect(root, built.packageName ?? directory, 'workspace', built)
  const nodes = [...lock.nodes.sort((a, b) => byText(a.key, b.key)), built]
  return declaredTree({
    nodes,
    root,
    built,
    skipped: lock.skipped,
    describe: ({ key, identity, about }) => ({ entry: key, identity, bundled: false, ...about }),
  })
}

function nodesOf(bytes: Buffer): Lock {
  const entries = parseYarnLock(bytes)
  const isBerry = Object.hasOwn(entries, '__metadata')
  const byDescriptor = new Map<string, LockNode>()
  const skipped: string[] = []
  const known = new Map<string, { node: LockNode; entry: YarnEntry }>()
  for (const [keys, value] of Object.entries(entries)) {
    const entry = yarnEntrySchema.safeParse(value).data
    if (keys === '__metadata') continue
    if (!entry) {
      skipped.push(keys)
      continue
    }
    for (const descriptor of keys.split(', ')) {
      // Classic gives each descriptor of one package an entry of its own, with the same contents.
      const key = isBerry
        ? (entry.resolution ?? keys)
        : `${yarnNameOf(descriptor, isBerry)}@${entry.version} ${entry.resolved}`
      const name = yarnNameOf(isBerry ? (entry.resolution ?? descriptor) : descriptor, isBerry)
      const identity = isBerry ? berryIdentity(name, entry) : classicIdentity(name, entry)
      const found = known.get(key) ?? { node: lockNode(key, name, entry.version, { identity }), entry }
      known.set(key, found)
      byDescriptor.set(descriptor, found.node)
    }
    if (known.size > most.packages) throw lockfileProblem('yarn.lock', `has more than ${most.packages} packages`)
  }
  const lock = { nodes: [...known.values()].map(({ node }) => node), byDescriptor, isBerry, skipped }
  for (const { node, entry } of known.values()) connectEntry(node, entry, lock)
  return lock
}

function connectEntry(
  node: LockNode,
  { dependencies, optionalDependencies, dependenciesMeta }: YarnEntry,
  lock: Lock,
): void {
  for (const [name, range] of Object.entries(dependencies)) {
    const isOptional = String(dependenciesMeta[name]?.optional) === 'true'
    connect(node, name, isOptional ? 'optional' : 'prod', lookUp(name, range, lock))
  }
  for (const [name, range] of Object.entries(optionalDependencies)) {
    connect(node, name, 'optional', lookUp(name, range, lock))
  }
}

function lookUp(name: string, range: string, { byDescriptor, isBerry }: Lock): LockNode | undefined {
  // Berry writes the protocol that a range without one stands for.
  return byDescriptor.get(`${name}@${range}`) ?? (isBerry ? byDescriptor.get(`${name}@npm:${range}`) : undefined)
}

/** What is built, or the root of its workspace: the manifest says which ranges it asks for, and of which kind. */
function projectNode(manifestBytes: Buffer, lock: Lock): LockNode {
  const { manifest, value } = parseManifest(manifestBytes)
  const node = lockNode('', manifest.name, manifest.version, { about: aboutPackage(value) })
  for (const [name, { range, type }] of asked(manifest)) {
    const member = lock.nodes.find(({ key }) => key.startsWith(`${name}@workspace:`))
    const to = lookUp(name, range, lock) ?? (range.startsWith('workspace:') ? member : undefined)
    const kind: Edge['type'] = type
    connect(node, name, kind, to)
  }
  return node
}

/** https://classic.yarnpkg.com/lang/en/docs/yarn-lock/: the fragment is a SHA-1, or the commit of a git repository. */
function classicIdentity(name: string, { version, resolved, integrity }: YarnEntry): Named {
  if (resolved === undefined) return registryIdentity(name, version, { digests: integrityDigests(integrity) })
  const [address = '', fragment = ''] = resolved.split('#')
  if (/^git(?:\+|:)|\.git$/.test(address)) return gitIdentity(address, fragment)
  if (!/^https?:/i.test(address)) return address.startsWith('file:') ? 'own' : undefined
  const sha1: DependencyDigests = /^[0-9a-f]{40}$/.test(fragment) ? { sha1: fragment } : {}
  if (isRegistryFile(address, name, version)) {
    const digests = { ...sha1, ...integrityDigests(integrity) }
    return registryIdentity(name, version, { digests, ...hostOf(address) })
  }
  const identity = tarballIdentity(address, integrity)
  return { ...identity, digests: { ...sha1, ...identity.digests } }
}

/** A resolution is `name@protocol:reference`. Its checksum is of the archive that yarn makes of the package's file. */
function berryIdentity(name: string, { version, resolution = '', checksum }: YarnEntry): Named {
  const reference = resolution.slice(name.length + 1)
  const repacked = checksum === undefined ? {} : { repacked: checksum }
  if (reference.startsWith('npm:')) {
    const archive = /[:&]__archiveUrl=([^&]+)/.exec(reference)?.[1]
    const host = archive === undefined ? {} : hostOf(decoded(archive))
    return registryIdentity(name, version, { digests: {}, ...repacked, ...host })
  }
  const commit = /[#&]commit=([0-9a-f]+)/.exec(reference)?.[1]
  if (commit !== undefined) return gitIdentity(reference.split('#', 1)[0] ?? '', commit)
  if (/^https?:/i.test(reference)) return { ...tarballIdentity(reference, undefined), ...repacked }
  // They are of the source, or made of another entry.
  return /^(?:patch|workspace|link|portal|file):/.test(reference) ? 'own' : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
