import { Problem, problemFrom } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { debianMirrors } from '../source/apt.ts'
import { download, shownUrl } from '../source/download.ts'
import type { Content, ContentStore } from '../store/content.ts'
import type { Lock, LockedPackage } from './lock.ts'

export type FetchPackagesOptions = {
  lock: Lock
  store: ContentStore
  /** From the user's configuration: tried after those of the host's own apt, before snapshot.debian.org. */
  mirrors: string[]
  archives?: Archives
  progress: Progress
  signal: AbortSignal
}

/** Where Debian's packages are, besides the user's own mirrors. */
export type Archives = {
  /** Addresses that this host's apt is configured with. */
  hostMirrors(options: { signal: AbortSignal }): Promise<string[]>
  /** Archive of everything that Debian ever published; a timestamp and a slash follow. Slow, so asked last. */
  snapshots: string
}

const debianArchives: Archives = {
  async hostMirrors(options) {
    const mirrors = await debianMirrors(options)
    return mirrors.filter(({ component }) => component === 'main').map(({ uri }) => uri)
  },
  snapshots: 'https://snapshot.debian.org/archive/debian/',
}

const parallel = 8

/**
 * Brings every package of the lock into the store, each checked by size and sha256, and says where each is there.
 *
 * @throws {Problem} IMAGE_PACKAGE_UNAVAILABLE with `details.tried` when no source has a package as it was locked.
 */
export async function fetchPackages(options: FetchPackagesOptions): Promise<Map<LockedPackage, Content>> {
  const { lock, store, progress } = options
  const contents = new Map<LockedPackage, Content>()
  const missing: LockedPackage[] = []
  for (const locked of lock.packages) {
    const content = await store.recall(storeKey(locked))
    if (content && content.digests.sha256 === locked.sha256) contents.set(locked, content)
    else missing.push(locked)
  }
  if (missing.length === 0) return contents
  const sources = await sourcesOf(options)
  const total = missing.length
  const fetchNext = async (): Promise<void> => {
    for (let locked = missing.shift(); locked !== undefined; locked = missing.shift()) {
      contents.set(locked, await fetchPackage(locked, sources, options))
      const done = total - missing.length
      progress({ type: 'activity', stage: 'environment', text: `downloading ${locked.name}`, done, total })
    }
  }
  await inParallel(parallel, fetchNext)
  return contents
}

/** All of them to their end before the first failure is thrown, so that nothing is still writing afterwards. */
async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: count }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** A place that the archive can be had from, and how it has done so far. */
type Source = { uri: string; served: number; failed: number }

async function sourcesOf(options: FetchPackagesOptions): Promise<Source[]> {
  const { archives = debianArchives, lock } = options
  const uris = [...(await archiveMirrors(options)), `${archives.snapshots}${lock.snapshot}/`]
  return uris.map((uri) => ({ uri, served: 0, failed: 0 }))
}

/** Archives that may have Debian's packages: what the host's apt is configured with, then the user's own choice. */
export async function archiveMirrors(options: {
  mirrors: string[]
  archives?: Archives
  signal: AbortSignal
}): Promise<string[]> {
  const { mirrors, archives = debianArchives } = options
  const own = mirrors.map((uri) => (uri.endsWith('/') ? uri : `${uri}/`))
  return [...new Set([...(await archives.hostMirrors(options)), ...own])]
}

/** After so many failures and no success a source is not asked again: it is out of reach, or of another distribution. */
const patience = 3

async function fetchPackage(
  locked: LockedPackage,
  sources: Source[],
  { store, signal }: FetchPackagesOptions,
): Promise<Content> {
  const { name, version, path, size, sha256 } = locked
  const tried: { source: string; reason: string }[] = []
  for (const source of sources) {
    if (source.served === 0 && source.failed >= patience) {
      tried.push({ source: shownUrl(source.uri), reason: 'It had nothing else either.' })
      continue
    }
    try {
      const content = await download({
        url: new URL(path.split('/').map(encodeURIComponent).join('/'), source.uri).href,
        store,
        limit: size,
        expected: { size, sha256 },
        what: `${name} ${version}`,
        signal,
        // The lock's digest decides, whatever way the bytes came.
        transport: 'http',
        codes: {
          unreachable: 'IMAGE_PACKAGE_UNAVAILABLE',
          mismatch: 'IMAGE_PACKAGE_MISMATCH',
          tooLarge: 'IMAGE_PACKAGE_MISMATCH',
        },
        silence: 15_000,
        tries: 2,
      })
      source.served++
      await store.remember(storeKey(locked), content)
      return content
    } catch (error) {
      const problem = problemFrom(error)
      if (!isOfThisSource(problem)) throw problem
      source.failed++
      tried.push({ source: shownUrl(source.uri), reason: problem.message })
    }
  }
  throw unavailable(locked, tried)
}

function isOfThisSource({ code }: Problem): boolean {
  return code === 'IMAGE_PACKAGE_UNAVAILABLE' || code === 'IMAGE_PACKAGE_MISMATCH' || code === 'SOURCE_REFUSED'
}

function unavailable({ name, version, path, sha256 }: LockedPackage, tried: { source: string; reason: string }[]) {
  const sources = tried.map(({ source }) => source).join(', ')
  return new Problem(
    'IMAGE_PACKAGE_UNAVAILABLE',
    `No source has ${name} ${version} as the lock names it; tried: ${sources}.`,
    {
      hint: 'Connect to a network, or name a mirror of the Debian archive in the configuration.',
      details: { path, sha256, tried },
    },
  )
}

/** The key under which a file whose sha256 was known beforehand is kept, by whoever fetched it. */
function storeKey({ sha256 }: LockedPackage): string {
  return `sha256:${sha256}`
}
