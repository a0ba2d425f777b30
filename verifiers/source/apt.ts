import { execFile } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { Problem } from '../model/problem.ts'
import type { Content, ContentStore } from '../store/content.ts'
import { type ListedFile, listedFiles, parseStanza } from './deb822.ts'
import { type DownloadOptions, download } from './download.ts'
import { verifyClearSigned } from './openpgp.ts'

/** One place of the host's package sources: where an archive is, which suite of it, which component. */
export type DebianMirror = {
  /** Base of the archive, with a slash at its end. */
  uri: string
  /** Folder below `dists/`: `bookworm`, `bookworm-security`, … */
  suite: string
  component: string
}

/** A suite's release file: https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files */
export type Release = {
  uri: string
  suite: string
  fields: Map<string, string>
  /** By their path below `dists/<suite>/`. */
  files: Map<string, ListedFile>
  signature: 'valid' | 'unchecked'
  /** Fingerprints. */
  signers: string[]
}

/** Where distributions put the keys of their archives; Debian's debian-archive-keyring and Ubuntu's ubuntu-keyring. */
export const archiveKeyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
]

/**
 * What the host's own apt is configured with, in its order; empty on a host without apt.
 *
 * apt-get(8) has `indextargets` for programs that want to know this instead of reading its configuration.
 */
export async function debianMirrors({ signal }: { signal: AbortSignal }): Promise<DebianMirror[]> {
  const format = '$(REPO_URI)\t$(RELEASE)\t$(COMPONENT)'
  const args = ['indextargets', '--format', format, 'Created-By: Packages']
  const stdout = await new Promise<string>((resolve, reject) => {
    const limits = { signal, timeout: 30_000, maxBuffer: 4 * 1024 * 1024, encoding: 'utf8' } as const
    // A host without apt, or whose apt is broken, has no mirrors to offer; the caller has others.
    execFile('apt-get', args, limits, (error, stdout) =>
      signal.aborted ? reject(signal.reason) : resolve(error ? '' : stdout),
    )
  })
  const mirrors = stdout.split('\n').flatMap((line) => {
    const [uri, suite, component] = line.split('\t')
    const usable = uri !== undefined && /^https?:\/\//.test(uri) && suite && component
    return usable ? [{ uri: uri.endsWith('/') ? uri : `${uri}/`, suite, component }] : []
  })
  return [...new Map(mirrors.map((mirror) => [JSON.stringify(mirror), mirror])).values()]
}

/** For this long a release file that was fetched is used again, in milliseconds. */
const freshness = 60 * 60 * 1000

/**
 * The suite's InRelease file, its signature checked where a keyring and gpgv are at hand. A copy in the store is used while
 * it is fresh, and after that when the mirror cannot be reached.
 *
 * @throws {Problem} SOURCE_UNREACHABLE, SOURCE_SIGNATURE_INVALID
 */
export async function verifiedRelease(options: {
  uri: string
  suite: string
  store: ContentStore
  now: () => Date
  signal: AbortSignal
  keyrings?: string[]
  codes?: DownloadOptions['codes']
}): Promise<Release> {
  const { uri, suite, store, signal, keyrings = archiveKeyrings } = options
  const what = `The release file of ${suite}`
  const document = await releaseDocument(options, what)
  const { signature, text, signers } = await verifyClearSigned({ document, keyrings, what, signal })
  if (signature === 'none') {
    throw new Problem('SOURCE_SIGNATURE_INVALID', `${what} is not signed.`, { hint: 'Use another mirror.' })
  }
  const fields = parseStanza(text)
  const files = new Map(listedFiles(fields.get('sha256')).map((file) => [file.name, file]))
  return { uri, suite, fields, files, signature, signers }

  async function releaseDocument({ now, codes }: typeof options, what: string): Promise<Buffer> {
    const key = `inrelease:${uri}dists/${suite}`
    const kept = await store.recall(key)
    const age = kept === undefined ? Number.POSITIVE_INFINITY : now().getTime() - Number(kept.metadata)
    if (kept && age >= 0 && age < freshness) return await buffer(store.read(kept.digests.sha512))
    const url = new URL(`dists/${suite}/InRelease`, uri).href
    try {
      const limit = 16 * 1024 * 1024
      const content = await download({ url, store, limit, what, signal, transport: 'http', ...(codes && { codes }) })
      await store.remember(key, content, now().getTime())
      return await buffer(store.read(content.digests.sha512))
    } catch (error) {
      if (kept === undefined || signal.aborted) throw error
      return await buffer(store.read(kept.digests.sha512))
    }
  }
}

/**
 * An index that the release file names (`main/source/Sources`, `main/binary-amd64/Packages`, …) in the first compression
 * that the mirror has and that can be read here, from the store where it is there.
 *
 * @throws {Problem} SOURCE_UNREACHABLE, SOURCE_DIGEST_MISMATCH
 */
export async function releaseIndex(options: {
  release: Release
  path: string
  store: ContentStore
  signal: AbortSignal
  codes?: DownloadOptions['codes']
}): Promise<Content & { compression: 'xz' | 'gzip' | 'none' }> {
  const { release, path, store, signal, codes } = options
  for (const [suffix, compression] of [
    ['.xz', 'xz'],
    ['.gz', 'gzip'],
    ['', 'none'],
  ] as const) {
    const file = release.files.get(`${path}${suffix}`)
    if (file === undefined) continue
    const key = `sha256:${file.sha256}`
    const kept = await store.recall(key)
    if (kept) return { ...kept, compression }
    // By its digest it stays available while the mirror is updated: https://wiki.debian.org/DebianRepository/Format
    const byHash = release.fields.get('acquire-by-hash') === 'yes'
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    const place = byHash ? `${folder}by-hash/SHA256/${file.sha256}` : `${path}${suffix}`
    const content = await download({
      url: new URL(`dists/${release.suite}/${place}`, release.uri).href,
      store,
      limit: file.size,
      expected: { size: file.size, sha256: file.sha256 },
      what: `The index ${path} of ${release.suite}`,
      signal,
      transport: 'http',
      ...(codes && { codes }),
    })
    await store.remember(key, content)
    return { ...content, compression }
  }
  throw new Problem(codes?.unreachable ?? 'SOURCE_UNREACHABLE', `${release.suite} has no index ${path}.`, {
    hint: 'Use another mirror or another suite.',
  })
}
