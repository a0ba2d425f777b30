import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Artifact } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import type { Source, SourceEvidence } from '../model/source.ts'
import { copyFolder } from '../source/archive/copy-folder.ts'
import { openTreeStore } from '../source/archive/tree-store.ts'
import { unpackArchive } from '../source/archive/unpack.ts'
import type { SourceArgument } from '../source/argument.ts'
import { download, shownUrl } from '../source/download.ts'
import { type LocatedSource, locatedSource } from '../source/located.ts'
import type { Content, ContentStore } from '../store/content.ts'
import { removeTree } from '../store/remove.ts'
import { findPackageFolder, type PackageFolder } from './package-folder.ts'

export type FilesSource = Extract<Source, { kind: 'archive' | 'debian' | 'folder' }>

export type FilesOptions = {
  store: ContentStore
  /** Where unpacked trees are kept. */
  folder: string
  signal: AbortSignal
}

/** What was unpacked, before anybody looked for the package in it. */
export type UnpackedSource = Pick<FilesSource, 'kind' | 'repository' | 'files' | 'signature'> & {
  tree: string
  modifiedAt: Date
  evidence: SourceEvidence[]
}

const largestArchive = 4 * 1024 ** 3

/** @throws {Problem} SOURCE_UNREACHABLE, FILE_UNREADABLE, SOURCE_TOO_LARGE, ARCHIVE_… */
export async function unpackGivenArchive(
  argument: Extract<SourceArgument, { kind: 'archive' }>,
  options: FilesOptions,
): Promise<UnpackedSource> {
  const { name, repository, content } = await archiveContent(argument, options)
  const file = { name, size: content.size, sha256: content.digests.sha256 }
  const { tree, modifiedAt } = await unpackContents([{ content, what: name }], options)
  return { kind: 'archive', repository, files: [file], signature: 'none', tree, modifiedAt, evidence: [] }
}

/** Unpacks one archive; a folder of its own for each of the others, as dpkg-source lays components out. */
export async function unpackContents(
  archives: { content: Content; what: string; component?: string }[],
  { store, folder, signal }: FilesOptions,
): Promise<{ tree: string; modifiedAt: Date }> {
  let newest = new Date(0)
  const tree = await openTreeStore({ folder, signal }).keep(async (into) => {
    for (const { content, what, component } of archives) {
      const place = component === undefined ? into : `${into}/${component}`
      // As dpkg-source does: a component takes the place of a folder that upstream may have of that name.
      if (component !== undefined) await removeTree(place)
      const source = store.read(content.digests.sha512)
      const time = await unpackArchive({ source, into: place, what, signal })
      if (time > newest) newest = time
    }
  })
  return { tree, modifiedAt: newest }
}

/** @throws {Problem} FILE_UNREADABLE, SOURCE_TOO_LARGE, SOURCE_REFUSED */
export async function copyGivenFolder(
  path: string,
  { folder, signal, without = [] }: Pick<FilesOptions, 'folder' | 'signal'> & { without?: readonly string[] },
): Promise<UnpackedSource> {
  const status = await stat(path).catch((error) => {
    throw unreadable(path, error)
  })
  if (!status.isDirectory()) throw unreadable(path, undefined)
  let modifiedAt = new Date(0)
  const tree = await openTreeStore({ folder, signal }).keep(async (into) => {
    modifiedAt = await copyFolder({ from: path, into, limit: largestArchive, without, signal })
  })
  return { kind: 'folder', repository: 'file:', files: [], signature: 'none', tree, modifiedAt, evidence: [] }
}

/**
 * The package in what was unpacked. The user has named this very source, so that another version in it is accepted and
 * said, but not another name.
 *
 * @throws {Problem} SOURCE_VERSION_NOT_FOUND
 */
export async function locateInFiles(
  unpacked: UnpackedSource,
  { artifact, ...options }: FilesOptions & { artifact: Artifact },
): Promise<LocatedSource> {
  const { name, version, claims } = artifact
  const store = openTreeStore(options)
  const query = { name, version, directory: claims.repository?.directory, insisted: true }
  const folder = await findPackageFolder(store.tree(unpacked.tree), query)
  if ('rejected' in folder) {
    throw new Problem('SOURCE_VERSION_NOT_FOUND', `The source is not of ${name}@${version}: ${folder.rejected}.`, {
      hint: 'Name another source with --source.',
      details: { evidence: unpacked.evidence },
    })
  }
  return locatedFiles(sourceOf(unpacked, folder), options)
}

export function locatedFiles(source: FilesSource, options: Pick<FilesOptions, 'folder' | 'signal'>): LocatedSource {
  const store = openTreeStore(options)
  const time = new Date(source.modifiedAt)
  return locatedSource(source, store.tree(source.tree), (into, { umask }) =>
    store.checkout(source.tree, into, { umask, time }),
  )
}

function sourceOf(unpacked: UnpackedSource, folder: PackageFolder): FilesSource {
  const { kind, repository, files, signature, tree, modifiedAt, evidence } = unpacked
  const place = folder.directory === '' ? '.' : folder.directory
  const said = folder.manifest.exception ?? 'package.json there has this name and version'
  return {
    kind,
    repository,
    files,
    signature,
    modifiedAt: modifiedAt.toISOString(),
    directory: folder.directory,
    tree,
    manifest: folder.manifest,
    evidence: [
      { locator: 'argument', candidate: repository, result: 'accepted', reason: `It was named by the user; ${said}.` },
      ...evidence,
      { locator: 'directory', candidate: place.slice(0, 1024), result: 'accepted', reason: `${folder.found}.` },
    ],
  }
}

async function archiveContent(
  argument: Extract<SourceArgument, { kind: 'archive' }>,
  { store, signal }: FilesOptions,
): Promise<{ name: string; repository: string; content: Content }> {
  if ('url' in argument) {
    const { url } = argument
    const name = basename(new URL(url).pathname).slice(-512) || 'source'
    const content = await download({ url, store, limit: largestArchive, what: name, signal, transport: 'https' })
    return { name, repository: shownUrl(url), content }
  }
  const name = basename(argument.path).slice(-512)
  const tooLarge = 'SOURCE_TOO_LARGE'
  const content = await store
    .write(createReadStream(argument.path), { limit: largestArchive, what: name, signal, tooLarge })
    .catch((error) => {
      throw error instanceof Error && 'code' in error && fileErrors.has(String(error.code))
        ? unreadable(argument.path, error)
        : error
    })
  return { name, repository: `file:${name}`, content }
}

const fileErrors = new Set(['ENOENT', 'EACCES', 'EPERM', 'EISDIR', 'ENOTDIR', 'ELOOP'])

function unreadable(path: string, cause: unknown): Problem {
  return new Problem('FILE_UNREADABLE', `${path} cannot be read.`, {
    hint: 'See that it exists and may be read.',
    cause,
  })
}
