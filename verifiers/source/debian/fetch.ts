import { buffer } from 'node:stream/consumers'
import { compareVersions } from '../../environment/debian/version.ts'
import { Problem } from '../../model/problem.ts'
import type { SourceEvidence } from '../../model/source.ts'
import type { Content, Expected } from '../../store/content.ts'
import { archiveKeyrings } from '../apt.ts'
import type { ListedFile } from '../deb822.ts'
import { download } from '../download.ts'
import { verifyClearSigned } from '../openpgp.ts'
import { type ArchiveOptions, type SourcePackage, sourcePackages } from './archive.ts'
import { parseDsc, type SourceControl } from './dsc.ts'
import { snapshotFiles, snapshotVersions } from './snapshot.ts'
import { upstreamVersions } from './version.ts'

/** A Debian source package: its .dsc is in the store and checked, its tarballs come when they are needed. */
export type DebianSource = SourceControl & {
  dsc: { name: string; content: Content }
  /** @throws {Problem} SOURCE_UNREACHABLE, SOURCE_DIGEST_MISMATCH */
  fetchTarball(file: ListedFile): Promise<Content>
  signature: 'valid' | 'unchecked' | 'none'
  evidence: SourceEvidence[]
}

export type DebianOptions = ArchiveOptions & {
  /** Base address of the snapshot service; '' where it must not be asked. */
  snapshot: string
}

/** What is asked for: a Debian version, or one whose upstream part is this. */
export type WantedVersion = { exact: string } | { upstream: string }

/** Keyrings of those who may upload; from Debian's package debian-keyring. */
const uploaderKeyrings = [
  '/usr/share/keyrings/debian-keyring.gpg',
  '/usr/share/keyrings/debian-maintainers.gpg',
  '/usr/share/keyrings/debian-nonupload.gpg',
]

const largestDsc = 1024 * 1024
const largestTarball = 4 * 1024 ** 3

/**
 * Finds a source package: its .dsc from an archive's signed index or from the snapshot service, which names the upstream
 * tarballs. Debian's own changes (the `debian` folder and its patches) are no part of it: an npm package was published from
 * upstream's files, not from Debian's.
 *
 * @throws {Problem} SOURCE_VERSION_NOT_FOUND, SOURCE_UNREACHABLE, SOURCE_DIGEST_MISMATCH, SOURCE_SIGNATURE_INVALID,
 * SOURCE_REFUSED
 */
export async function fetchDebianSource(
  name: string,
  wanted: WantedVersion,
  options: DebianOptions,
): Promise<DebianSource> {
  const known = new Set<string>()
  let missing: Problem | undefined
  for await (const packages of sourcePackages(name, options)) {
    for (const { version } of packages) known.add(version)
    const best = packages
      .filter(({ version }) => fits(version, wanted))
      .sort((a, b) => compareVersions(a.version, b.version))
      .at(-1)
    if (best === undefined) continue
    try {
      return await fromArchive(best, options)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'SOURCE_UNREACHABLE') throw error
      options.progress({ type: 'notice', stage: 'source', text: error.message })
      missing ??= error
    }
  }
  return await fromSnapshot(name, wanted, { known, missing }, options)
}

function fits(version: string, wanted: WantedVersion): boolean {
  if ('upstream' in wanted) return upstreamVersions(version).includes(wanted.upstream)
  return version === wanted.exact || upstreamVersions(version).includes(wanted.exact)
}

async function fromArchive(found: SourcePackage, options: DebianOptions): Promise<DebianSource> {
  const { uris, directory, files } = found
  const listed = files.find(({ name }) => name.endsWith('.dsc'))
  if (listed === undefined) {
    throw new Problem('SOURCE_REFUSED', `The index lists no .dsc of ${found.name} ${found.version}.`, {
      hint: 'Use another mirror.',
    })
  }
  const places = (name: string) => uris.map((uri) => new URL(`${directory}/${encodeURIComponent(name)}`, uri).href)
  const content = await fetchFile(places(listed.name), listed, largestDsc, options)
  const { signature, signers, ...dsc } = await readDsc(content, found, options)
  const differing = dsc.files.find(
    (file) => !files.some((other) => other.name === file.name && other.sha256 === file.sha256),
  )
  if (differing) {
    throw new Problem('SOURCE_DIGEST_MISMATCH', `The index and the .dsc disagree about ${differing.name}.`, {
      hint: 'Use another mirror.',
    })
  }
  const evidence: SourceEvidence[] = [
    {
      locator: 'debian-index',
      candidate: `${found.version} in ${found.found}`,
      result: 'accepted',
      reason:
        found.signature === 'valid'
          ? "The archive's index names this .dsc, and a key of the archive's keyring signed the index."
          : "The archive's index names this .dsc; no keyring or no gpgv is at hand to check the signature of the index.",
    },
    dscEvidence(listed.name, signature, signers),
  ]
  const fetchTarball = (file: ListedFile) => fetchFile(places(file.name), file, largestTarball, options)
  // Whoever signed the index has signed the .dsc's digest with it.
  const trusted = signature === 'valid' || found.signature === 'valid' ? 'valid' : signature
  return { ...dsc, dsc: { name: listed.name, content }, fetchTarball, signature: trusted, evidence }
}

async function fromSnapshot(
  name: string,
  wanted: WantedVersion,
  { known, missing }: { known: Set<string>; missing: Problem | undefined },
  options: DebianOptions,
): Promise<DebianSource> {
  const { snapshot, store, signal } = options
  const service = { service: snapshot, store, signal }
  const versions =
    snapshot === ''
      ? []
      : await snapshotVersions(name, service).catch((error) => {
          if (!(error instanceof Problem) || error.code !== 'SOURCE_UNREACHABLE') throw error
          options.progress({ type: 'notice', stage: 'source', text: error.message })
          return []
        })
  const version = versions
    .filter((version) => fits(version, wanted))
    .sort(compareVersions)
    .at(-1)
  if (version === undefined) throw missing ?? notFound(name, wanted, [...known, ...versions])
  const files = await snapshotFiles({ name, version }, service)
  const listed = files.find((file) => file.name.endsWith('.dsc'))
  if (listed === undefined) throw notFound(name, wanted, versions)
  const content = await fetchFile(
    [listed.url],
    { size: listed.size, sha1: listed.sha1, name: listed.name },
    largestDsc,
    options,
  )
  const { signature, signers, ...dsc } = await readDsc(content, { name, version }, options)
  const fetchTarball = async (file: ListedFile) => {
    const url = files.find(({ name }) => name === file.name)?.url
    if (url === undefined) throw notFound(name, wanted, versions)
    return await fetchFile([url], file, largestTarball, options)
  }
  const evidence: SourceEvidence[] = [
    {
      locator: 'debian-snapshot',
      candidate: version,
      result: 'accepted',
      reason:
        "No archive has this version any more; Debian's snapshot service has it, and names the .dsc by its SHA-1.",
    },
    dscEvidence(listed.name, signature, signers),
  ]
  return { ...dsc, dsc: { name: listed.name, content }, fetchTarball, signature, evidence }
}

async function readDsc(content: Content, package_: { name: string; version: string }, options: DebianOptions) {
  const { store, signal, keyrings = [...uploaderKeyrings, ...archiveKeyrings] } = options
  const document = await buffer(store.read(content.digests.sha512))
  const what = `the .dsc of ${package_.name} ${package_.version}`
  const { text, signature, signers } = await verifyClearSigned({ document, keyrings, what, signal })
  return { ...parseDsc(text, package_), signature, signers }
}

/** From the first of the places that has the very file that was declared. */
async function fetchFile(
  urls: string[],
  { name, ...expected }: Expected & { name: string },
  limit: number,
  { store, signal, progress }: DebianOptions,
): Promise<Content> {
  const { sha256, size } = expected
  const key = sha256 === undefined ? undefined : `sha256:${sha256}`
  const kept = key === undefined ? undefined : await store.recall(key)
  if (kept && (size === undefined || kept.size === size)) return kept
  // A digest that came with a signature decides; the way may be unencrypted, as apt's is.
  const transport = sha256 === undefined ? 'https' : 'http'
  let failure: Problem | undefined
  for (const url of urls) {
    try {
      const most = Math.min(size ?? limit, limit)
      const content = await download({ url, store, limit: most, expected, what: name, signal, transport })
      if (key !== undefined) await store.remember(key, content)
      return content
    } catch (error) {
      if (!(error instanceof Problem) || !anotherMay.has(error.code)) throw error
      if (failure) progress({ type: 'notice', stage: 'source', text: failure.message })
      failure = error
    }
  }
  throw failure ?? new Problem('SOURCE_UNREACHABLE', `Nothing says where ${name} is.`, { hint: 'Use another mirror.' })
}

/** What a mirror that is out of reach, incomplete, damaged or hostile makes of a file. */
const anotherMay = new Set(['SOURCE_UNREACHABLE', 'SOURCE_DIGEST_MISMATCH', 'SOURCE_TOO_LARGE', 'SOURCE_REFUSED'])

function dscEvidence(name: string, signature: DebianSource['signature'], signers: string[]): SourceEvidence {
  const said = {
    valid: `The .dsc is signed by ${signers.join(', ')}.`,
    unchecked: 'The .dsc is signed, but no keyring at hand has the key that it is signed with.',
    none: 'The .dsc is not signed.',
  }
  const result = signature === 'valid' ? 'agrees' : 'unavailable'
  return { locator: 'dsc-signature', candidate: name, result, reason: said[signature].slice(0, 1024) }
}

function notFound(name: string, wanted: WantedVersion, known: string[]): Problem {
  const asked = 'exact' in wanted ? wanted.exact : wanted.upstream
  const there = [...new Set(known)].sort(compareVersions).slice(-8)
  const says = there.length === 0 ? 'none of the archives asked has it at all' : `there is ${there.join(', ')}`
  return new Problem('SOURCE_VERSION_NOT_FOUND', `No Debian source package ${name} has version ${asked}: ${says}.`, {
    hint: 'See that the name is that of a source package, or add a mirror that has the version.',
    details: { known: there },
  })
}
