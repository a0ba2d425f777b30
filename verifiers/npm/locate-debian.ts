import type { Artifact } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import type { SourceEvidence } from '../model/source.ts'
import { openTreeStore } from '../source/archive/tree-store.ts'
import { type DebianOptions, type DebianSource, fetchDebianSource, type WantedVersion } from '../source/debian/fetch.ts'
import { isRepacked } from '../source/debian/version.ts'
import type { LocatedSource } from '../source/located.ts'
import { type FilesOptions, type FilesSource, locatedFiles, locateInFiles, unpackContents } from './locate-files.ts'
import { readSourceManifests } from './manifest.ts'
import { findPackageFolder } from './package-folder.ts'

export type DebianLocateOptions = DebianOptions & FilesOptions

/** @throws {Problem} as `fetchDebianSource`, and SOURCE_VERSION_NOT_FOUND where the package is not in it */
export async function locateInDebian(
  name: string,
  version: string | undefined,
  { artifact, ...options }: DebianLocateOptions & { artifact: Artifact },
): Promise<LocatedSource> {
  const wanted: WantedVersion = version === undefined ? { upstream: artifact.version } : { exact: version }
  const source = await fetchDebianSource(name, wanted, options)
  const { components, evidence } = await componentsFor(source, artifact, options)
  const { tree, modifiedAt } = await layOut(source, components, options)
  const all = [...source.evidence, ...repackEvidence(source), ...evidence]
  const repository = `debian:${source.name}@${source.version}`
  const unpacked = { ...described(source, components), repository, tree, modifiedAt, evidence: all }
  return await locateInFiles(unpacked, { ...options, artifact })
}

/** Fetches the same files again and checks them and their tree against what was recorded. */
export async function restoreFromDebian(source: FilesSource, options: DebianLocateOptions): Promise<LocatedSource> {
  if (!(await openTreeStore(options).has(source.tree))) {
    const [, name, version] = /^debian:([^@]+)@(.+)$/.exec(source.repository) ?? []
    if (name === undefined || version === undefined) throw notThat(source)
    const fetched = await fetchDebianSource(name, { exact: version }, options)
    const components = fetched.upstream.filter((file) => source.files.some(({ sha256 }) => sha256 === file.sha256))
    const { tree } = await layOut(fetched, components, options)
    if (tree !== source.tree) throw notThat(source)
  }
  return locatedFiles(source, options)
}

type Upstream = DebianSource['upstream']

/**
 * Which of the upstream tarballs are laid out.
 *
 * dpkg-source puts each further tarball into a folder beside the package's own files. Debian adds most of them by itself
 * (types, bundled dependencies), and npm would pack parts of them: versions before 7, and some of 9 and 10, pack every
 * README and LICENSE in any folder, whatever `files` says. So a component is only laid out where package.json itself
 * names its folder, or where it is a component that holds the package.
 */
async function componentsFor(
  source: DebianSource,
  artifact: Artifact,
  options: DebianLocateOptions,
): Promise<{ components: Upstream; evidence: SourceEvidence[] }> {
  const main = source.upstream.filter(({ component }) => component === '')
  const others = source.upstream.filter(({ component }) => component !== '')
  if (others.length === 0) return { components: main, evidence: [] }
  const { tree } = await layOut(source, main, options)
  const files = openTreeStore(options).tree(tree)
  const folder = await findPackageFolder(files, { ...artifact, insisted: true })
  if ('rejected' in folder) {
    const reason = 'The package is not in the main tarball, so that all are laid out as Debian does it.'
    return { components: source.upstream, evidence: others.map((file) => told(file, 'accepted', reason)) }
  }
  const named = await namedFolders(files, folder.directory)
  const wanted = others.filter(({ component }) => named.has(component))
  return {
    components: [...main, ...wanted],
    evidence: others.map((file) =>
      wanted.includes(file)
        ? told(file, 'accepted', `package.json names its folder ${file.component}.`)
        : told(file, 'rejected', 'It is left out: Debian added it, package.json does not name its folder.'),
    ),
  }
}

/** The top folders that `files` and `workspaces` of a package.json name. */
async function namedFolders(files: Parameters<typeof readSourceManifests>[0], directory: string): Promise<Set<string>> {
  const reading = (await readSourceManifests(files, [directory])).get(directory)
  if (reading === undefined || !('manifest' in reading)) return new Set()
  const { files: packed = [], workspaces } = reading.manifest
  const patterns = [...packed, ...(Array.isArray(workspaces) ? workspaces : [])].filter((it) => typeof it === 'string')
  return new Set(patterns.map((pattern) => pattern.replace(/^(?:\.?\/)+/, '').split('/')[0] ?? ''))
}

async function layOut(source: DebianSource, components: Upstream, options: DebianLocateOptions) {
  const archives: Parameters<typeof unpackContents>[0] = []
  for (const file of components) {
    const content = await source.fetchTarball(file)
    archives.push({ content, what: file.name, ...(file.component !== '' && { component: file.component }) })
  }
  return await unpackContents(archives, options)
}

function described({ dsc, signature }: DebianSource, components: Upstream) {
  const first = { name: dsc.name, size: dsc.content.size, sha256: dsc.content.digests.sha256 }
  const files = [first, ...components.map(({ name, size, sha256 }) => ({ name, size, sha256 }))]
  return { kind: 'debian' as const, files, signature }
}

function repackEvidence({ version }: DebianSource): SourceEvidence[] {
  if (!isRepacked(version)) return []
  const reason = 'Debian took files out of what upstream released, so that some may be missing.'
  return [{ locator: 'debian-repack', candidate: version, result: 'disagrees', reason }]
}

function told({ name }: { name: string }, result: SourceEvidence['result'], reason: string): SourceEvidence {
  return { locator: 'debian-component', candidate: name, result, reason }
}

function notThat({ repository, tree }: FilesSource): Problem {
  return new Problem('SOURCE_DIGEST_MISMATCH', `${repository} does not have the tree ${tree} that was recorded.`, {
    hint: 'The recipe does not belong to this source.',
  })
}
