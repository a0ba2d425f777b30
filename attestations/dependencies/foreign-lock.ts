import { z } from 'zod'
import { lockfileProblem, rangesSchema } from '../../verifiers/network/lockfiles/limits.ts'
import { libraryRegistry } from '../../verifiers/network/npm-registry.ts'
import type { About, Named } from './declared.ts'
import type { Edge, Node } from './walk.ts'

/** A package of a lockfile that Arborist does not read. */
export type LockNode = Node & { key: string; identity: Named; about: About }

export function lockNode(key: string, name: string | null, version: string, rest: Partial<LockNode> = {}): LockNode {
  const node: Omit<LockNode, 'target'> = {
    key,
    packageName: name,
    version,
    edgesOut: new Map(),
    identity: 'own',
    about: {},
    ...rest,
  }
  // A node that is no link leads to itself.
  return Object.assign(node, { target: node as LockNode })
}

export function connect(from: LockNode, name: string, type: Edge['type'], to: LockNode | undefined): void {
  // A dependency that is listed as an optional one as well is one: so all package managers have it.
  if (to && (!from.edgesOut.has(name) || type === 'optional')) from.edgesOut.set(name, { name, type, to })
}

const manifestSchema = z.object({
  name: z.string().max(214).nullable().catch(null),
  version: z.string().max(256).catch(''),
  dependencies: rangesSchema,
  optionalDependencies: rangesSchema,
  peerDependencies: rangesSchema,
  devDependencies: rangesSchema,
})

export type LockedManifest = z.infer<typeof manifestSchema>

/** @throws {Problem} SOURCE_MANIFEST_INVALID */
export function parseManifest(bytes: Buffer): { manifest: LockedManifest; value: unknown } {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))
    return { manifest: manifestSchema.parse(value), value }
  } catch (error) {
    throw lockfileProblem('package.json', 'is not the object that package managers read', error)
  }
}

/** What a manifest asks for, by name: the kind that counts where a name is in several lists. */
export function asked(manifest: LockedManifest): Map<string, { range: string; type: Edge['type'] }> {
  const lists = [
    ['dev', manifest.devDependencies],
    ['peer', manifest.peerDependencies],
    ['prod', manifest.dependencies],
    ['optional', manifest.optionalDependencies],
  ] as const
  return new Map(lists.flatMap(([type, list]) => Object.entries(list).map(([name, range]) => [name, { range, type }])))
}

/** The host of a registry that is not the one which every client asks without configuration; nobody's own machine. */
export function hostOf(resolved: string): { host?: string } {
  const host = URL.parse(resolved)?.host
  if (!host || host === usual || /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host)) return {}
  return { host: host.slice(0, 256) }
}

const usual = URL.parse(libraryRegistry)?.host
