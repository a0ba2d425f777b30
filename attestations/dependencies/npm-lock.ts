import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Arborist, { type Node } from '@npmcli/arborist'
import { z } from 'zod'
import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { declarationsOf } from '../../verifiers/network/declarations.ts'
import { lockfileProblem } from '../../verifiers/network/lockfiles/limits.ts'
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
import { hostOf } from './foreign-lock.ts'
import { integrityDigests } from './integrity.ts'
import { byText } from './model.ts'

/**
 * An npm lockfile of any version, or a shrinkwrap, read by Arborist from a folder that has nothing but the two files, so
 * that it can follow nothing.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export async function readNpmLock({ lockfile, manifest }: KeptManifests, directory: string): Promise<DeclaredTree> {
  const { name, bytes } = lockfile
  if (name !== 'package-lock.json' && name !== 'npm-shrinkwrap.json') throw lockfileProblem(name, 'is not one of npm')
  assertReadable(name, bytes)
  const folder = await mkdtemp(join(tmpdir(), 'reproof-lockfile-'))
  try {
    await writeFile(join(folder, name), bytes)
    await writeFile(join(folder, 'package.json'), manifest)
    const root = await new Arborist({ path: folder, offline: true }).loadVirtual()
    const nodes = [...root.inventory.values()].sort((a, b) => byText(a.location, b.location))
    const locations = new Set(nodes.map(({ location }) => location))
    const built = nodes.find(({ location, isLink }) => location === directory && !isLink) ?? root
    return declaredTree({
      nodes,
      root,
      built,
      skipped: entriesOf(bytes).filter((entry) => !locations.has(entry)),
      describe: (node) => ({
        entry: node.location,
        identity: identityOf(node),
        bundled: node.inBundle,
        ...aboutPackage(node.package),
      }),
    })
  } catch (error) {
    if (error instanceof Problem) throw error
    throw lockfileProblem(name, 'cannot be read as npm reads it', error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Counted and bounded before a reader sees it that has no bounds of its own, and takes time by the square of its size. */
function assertReadable(name: 'package-lock.json' | 'npm-shrinkwrap.json', bytes: Buffer): void {
  if (declarationsOf(bytes, name).length > most.packages) {
    throw lockfileProblem(name, `has more than ${most.packages} packages`)
  }
  let level: unknown[] = [JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most.depth) throw lockfileProblem(name, `nests deeper than ${most.depth} levels`)
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

const most = { packages: 20_000, depth: 100 }

const lockSchema = z.object({ packages: z.record(z.string(), z.unknown()).default({}) })

/** Folders that a lockfile of version 2 or 3 has; the readers of the first version name each by what needs it. */
function entriesOf(bytes: Buffer): string[] {
  return Object.keys(lockSchema.parse(JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))).packages)
}

/** Links and folders of the source itself are no dependencies: their bytes are the source's. */
function identityOf(node: Node): Named {
  if (node.isLink || node.isProjectRoot || !node.location.includes('node_modules/')) return 'own'
  const { resolved, packageName: name, version } = node
  const integrity = node.integrity ?? undefined
  const [address = '', fragment = ''] = resolved?.split('#') ?? []
  const git = address.startsWith('git+') ? gitIdentity(address, fragment) : undefined
  if (git) return git
  if (resolved?.startsWith('file:')) return 'own'
  const named = name === null ? undefined : registryIdentity(name, version, { digests: integrityDigests(integrity) })
  if (!resolved || !/^https?:/i.test(resolved)) return named
  if (!named || !isRegistryFile(resolved, name ?? '', version)) return tarballIdentity(resolved, integrity)
  return { ...named, ...hostOf(resolved) }
}
