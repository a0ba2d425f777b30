import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import type { ContentStore } from '../../store/content.ts'
import { type DebianMirror, debianMirrors, type Release, releaseIndex, verifiedRelease } from '../apt.ts'
import { type ListedFile, stanzas } from '../deb822.ts'
import { decompressed } from '../decompress.ts'
import { safeFiles } from './dsc.ts'

/** A version of a source package that an archive has. */
export type SourcePackage = {
  name: string
  version: string
  /** Archives that may have its files: the one whose index names it, then the others. */
  uris: string[]
  /** Its folder in an archive. */
  directory: string
  /** Of the .dsc and everything that it names. */
  files: ListedFile[]
  /** Where it was found, for the evidence. */
  found: string
  /** Whether the index was checked against a release file that the archive's keyring vouches for. */
  signature: Release['signature']
}

export type ArchiveOptions = {
  store: ContentStore
  /** What the host's apt is configured with; it is asked when this is absent. */
  host?: DebianMirror[]
  /** Base addresses to ask after those of the host's apt. */
  mirrors: string[]
  /** Files; the distributions' own when it is absent. */
  keyrings?: string[]
  now: () => Date
  progress: Progress
  signal: AbortSignal
}

const largestIndex = 2 * 1024 ** 3

/** Suites that Debian always has; a host's apt is mostly configured with one. */
const debianSuites = ['stable', 'testing', 'unstable', 'oldstable']

/**
 * The versions of a source package in one suite after the other: first those that the host's apt is configured with, then the other
 * suites of the same archives, then those of the configured mirrors. A suite that cannot be read is told and passed over.
 */
export async function* sourcePackages(name: string, options: ArchiveOptions): AsyncGenerator<SourcePackage[]> {
  const { progress } = options
  const seen = new Set<string>()
  const unreachable = new Set<string>()
  const all = await places(options)
  for (const { uri, suite, component } of all) {
    if (unreachable.has(uri)) continue
    progress({ type: 'activity', stage: 'source', text: `looking for ${name} in ${suite}` })
    try {
      const release = await verifiedRelease({ ...options, uri, suite })
      // `stable` and `bookworm` may be the same suite.
      const key = JSON.stringify([uri, release.fields.get('codename') ?? suite, component])
      if (seen.has(key)) continue
      seen.add(key)
      const packages = await packagesIn(release, component, name, options)
      const uris = [...new Set([uri, ...all.map((place) => place.uri)])]
      yield packages.map((found) => ({ ...found, uris }))
    } catch (error) {
      if (!(error instanceof Problem) || !passedOver.has(error.code)) throw error
      // A server that did not even answer is not asked for its other suites.
      if (error.code === 'SOURCE_UNREACHABLE' && error.details.status === undefined) unreachable.add(uri)
      progress({ type: 'notice', stage: 'source', text: error.message })
    }
  }
}

/** The next place may do better; what a signature forbids, it may not. */
const passedOver = new Set(['SOURCE_UNREACHABLE', 'SOURCE_DIGEST_MISMATCH', 'SOURCE_TOO_LARGE'])

async function places({ mirrors, signal, ...options }: ArchiveOptions): Promise<DebianMirror[]> {
  const host = options.host ?? (await debianMirrors({ signal }))
  const suites = [...new Set([...host.map(({ suite }) => suite), ...debianSuites])]
  const uris = [
    ...new Set([...host.map(({ uri }) => uri), ...mirrors.map((uri) => (uri.endsWith('/') ? uri : `${uri}/`))]),
  ]
  const others = uris.flatMap((uri) => suites.map((suite) => ({ uri, suite, component: 'main' })))
  const all = [...host, ...others]
  const firstOf = new Map(all.map((place) => [JSON.stringify(place), place]))
  return [...firstOf.values()]
}

async function packagesIn(
  release: Release,
  component: string,
  name: string,
  { store, signal }: ArchiveOptions,
): Promise<Omit<SourcePackage, 'uris'>[]> {
  const path = `${component}/source/Sources`
  const index = await releaseIndex({ release, path, store, signal })
  const what = `The index of ${release.suite}`
  const text = decompressed(store.read(index.digests.sha512), { ...index, limit: largestIndex, what })
  const packages: Omit<SourcePackage, 'uris'>[] = []
  const first = `Package: ${name}\n`
  for await (const stanza of stanzas(text, what, (paragraph) => paragraph.includes(first))) {
    const version = stanza.get('version')
    const directory = stanza.get('directory')
    if (stanza.get('package') !== name || version === undefined || directory === undefined) continue
    const found = `${release.fields.get('codename') ?? release.suite}/${component}`
    const files = safeFiles(stanza, { name, version })
    packages.push({ name, version, directory, files, found, signature: release.signature })
  }
  return packages
}
