import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Artifact, Release } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import type { Recipe } from '../model/recipe.ts'
import type { Source, SourceEvidence } from '../model/source.ts'
import type { DebianMirror } from '../source/apt.ts'
import { openTreeStore } from '../source/archive/tree-store.ts'
import type { SourceArgument } from '../source/argument.ts'
import { snapshotService } from '../source/debian/snapshot.ts'
import type { GitLimits } from '../source/git/cache.ts'
import { gitContext } from '../source/git/context.ts'
import { type Remote, remoteAt, remoteInFolder } from '../source/git/remote.ts'
import type { LocatedSource } from '../source/located.ts'
import { parseRepositoryAddress, type RepositoryAddress } from '../source/repository-address.ts'
import type { ContentStore } from '../store/content.ts'
import type { RegistryOptions } from './configuration.ts'
import { type Published, readPublished } from './infer/published.ts'
import { type DebianLocateOptions, locateInDebian, restoreFromDebian } from './locate-debian.ts'
import {
  copyGivenFolder,
  type FilesOptions,
  type FilesSource,
  locatedFiles,
  locateInFiles,
  unpackGivenArchive,
} from './locate-files.ts'
import { type CheckedOut, evidenceOf, locateCheckedOut, locateInRepository, restoreCommit } from './locate-git.ts'
import type { SearchOptions } from './locators/candidates.ts'
import { type Place, places } from './locators/places.ts'

export type { LocatedSource } from '../source/located.ts'

export type SourceContext = {
  store: ContentStore
  /** Where git objects and unpacked archives are kept, shared by all runs. */
  folder: string
  registry: RegistryOptions
  mirrors: {
    /** Debian archives to ask after those of the host's own apt, as base addresses. */
    debian: string[]
    /** What the host's own apt is configured with; it is asked when this is absent. */
    host?: DebianMirror[]
    /** Base address of the service that has every version that Debian ever had. */
    snapshot?: string
    /** Files with the keys of those archives; those of the distribution when it is absent. */
    keyrings?: string[]
  }
  /** Variables that say how to reach the network and where the user's git configuration is. */
  env: NodeJS.ProcessEnv
  now: () => Date
  limits?: { git?: GitLimits }
  progress: Progress
  signal: AbortSignal
}

/**
 * Finds the source that an artifact was published from, and what speaks for it and against it.
 *
 * @param options.argument what the user named; without it the registry's metadata leads to the repository
 * @throws {Problem} SOURCE_… and ARCHIVE_… ; `details.evidence` has what was tried
 */
export async function locateSource(
  request: SourceContext & {
    artifact: Artifact
    argument?: SourceArgument | undefined
    /** The published bytes: the commit that has the most of them is taken. */
    open?: () => Readable
  },
): Promise<LocatedSource> {
  const { argument, artifact } = request
  const options = { ...request, published: readOnce(request) }
  switch (argument?.kind) {
    case undefined:
      return await locateDeclared(options)
    case 'git': {
      const context = await gitContext(options)
      const address = parseRepositoryAddress(argument.url) ?? { url: argument.url }
      const remote = remoteAt(address.url, context.rewrites)
      return await locateInRepository({
        ...context,
        remote,
        directory: directoryOf(artifact, address),
        ref: argument.ref,
      })
    }
    case 'folder': {
      const files = filesContext(options)
      if (!(await isRepository(argument.path))) {
        return await locateInFiles(await copyGivenFolder(argument.path, files), { ...files, artifact })
      }
      const context = await gitContext(options)
      const remote = await remoteInFolder(argument.path)
      return await locateInRepository({ ...context, remote, directory: directoryOf(artifact), ref: argument.ref })
    }
    case 'archive': {
      const files = filesContext(options)
      return await locateInFiles(await unpackGivenArchive(argument, files), { ...files, artifact })
    }
    case 'debian':
      return await locateInDebian(argument.package, argument.version, { ...debianContext(options), artifact })
  }
}

/**
 * Fetches exactly what a recipe names and checks it: nothing is searched, and no metadata is asked for.
 *
 * @param options.argument where the source is, when the recipe's was a file or a folder of another machine
 * @throws {Problem} SOURCE_DIGEST_MISMATCH when it is not what was recorded, and those of `locateSource`
 */
export async function restoreSource(
  options: SourceContext & { source: Recipe['source'] | Source; argument?: SourceArgument | undefined },
): Promise<LocatedSource> {
  const { source, argument } = options
  if (source.kind === 'git') {
    const context = await gitContext(options)
    const remoteOf = (address: string) => remoteAt(address, context.rewrites)
    const remote = await recordedRemote(source.repository, argument, remoteOf)
    return await restoreCommit(source, { ...context, remote, remoteOf })
  }
  const whole = { evidence: [], manifest: {}, ...source }
  if (source.kind === 'debian') return await restoreFromDebian(whole, debianContext(options))
  return await restoreFiles(whole, argument, filesContext(options))
}

/**
 * The commit that is checked out in a git folder, and what the folder has otherwise.
 *
 * @param options.path root of the repository
 * @param options.directory the package's folder in it
 * @throws {Problem} SOURCE_…
 */
export async function locateInWorkingTree(
  options: SourceContext & { path: string; directory: string; artifact: Release },
): Promise<CheckedOut> {
  const context = await gitContext(options)
  return await locateCheckedOut({ ...context, remote: await remoteInFolder(options.path) })
}

async function recordedRemote(
  repository: string,
  argument: SourceArgument | undefined,
  remoteOf: (address: string) => Remote,
): Promise<Remote> {
  if (argument?.kind === 'folder') return await remoteInFolder(argument.path)
  if (argument?.kind === 'git') return remoteOf(argument.url)
  if (repository.startsWith('file:')) throw onlyThere()
  return remoteOf(repository)
}

async function restoreFiles(
  source: FilesSource,
  argument: SourceArgument | undefined,
  context: FilesOptions,
): Promise<LocatedSource> {
  if (await openTreeStore(context).has(source.tree)) return locatedFiles(source, context)
  const unpacked =
    argument?.kind === 'folder'
      ? await copyGivenFolder(argument.path, context)
      : await unpackGivenArchive(argument?.kind === 'archive' ? argument : recordedArchive(source), context)
  if (unpacked.tree === source.tree) return locatedFiles(source, context)
  throw new Problem('SOURCE_DIGEST_MISMATCH', `The source has the tree ${unpacked.tree}, not ${source.tree}.`, {
    hint: 'It is not the one that the recipe was made from.',
  })
}

function recordedArchive({ repository }: FilesSource): { kind: 'archive'; url: string } {
  if (repository.startsWith('file:')) throw onlyThere()
  return { kind: 'archive', url: repository }
}

function onlyThere(): Problem {
  return new Problem(
    'SOURCE_UNREACHABLE',
    'The source was a file or a folder of the machine that the recipe was made on.',
    {
      hint: 'Give it with --source; it is checked against what was recorded.',
    },
  )
}

type ReadPublished = NonNullable<SearchOptions['published']>

/** What cannot be read speaks for no source; what is wrong with it is said where it is compared. */
function readOnce({ artifact, open, signal }: Parameters<typeof locateSource>[0]): ReadPublished {
  const readings = new Map<string, Promise<Published | undefined>>()
  return (algorithm) => {
    if (open === undefined) return Promise.resolve(undefined)
    const known = readings.get(algorithm)
    if (known) return known
    const reading = readPublished({ source: open(), what: artifact.fileName, algorithm, signal }).catch((error) => {
      if (error instanceof Problem && error.code.startsWith('ARCHIVE_')) return undefined
      throw error
    })
    readings.set(algorithm, reading)
    return reading
  }
}

type LocateOptions = SourceContext & { artifact: Artifact; published: ReadPublished }

async function locateDeclared(options: LocateOptions): Promise<LocatedSource> {
  const { artifact, progress } = options
  const evidence: SourceEvidence[] = []
  const failures: Failure[] = []
  const context = await gitContext(options)
  const manifest = (await options.published('sha1'))?.manifest
  for await (const place of places({ ...options, manifest }, evidence)) {
    const remote = remoteAt(place.url, context.rewrites)
    const directory = place.locator === 'repository' ? directoryOf(artifact, place) : place.directory
    try {
      const found = await locateInRepository({ ...context, remote, provenance: place.commit, directory })
      return { ...found, source: { ...found.source, evidence: [...evidence, ...found.source.evidence].slice(0, 256) } }
    } catch (error) {
      if (!(error instanceof Problem) || !error.code.startsWith('SOURCE_')) throw error
      failures.push({ problem: error, guessed: place.locator === 'other-version' })
      evidence.push(...evidenceOf(error), unavailableAt(place, error))
      progress({ type: 'notice', stage: 'source', text: error.message })
    }
  }
  throw mostTelling(failures, evidence) ?? notDeclared(artifact)
}

function unavailableAt({ locator, url, because }: Place, { message }: Problem): SourceEvidence {
  const reason = `${because}. ${message}`.slice(0, 1024)
  return { locator, candidate: url.slice(0, 1024), result: 'unavailable', reason }
}

/** Why no source is in a place; `guessed` where only other versions name it. */
type Failure = { problem: Problem; guessed: boolean }

/**
 * Of those that the version itself names a repository that has the version but another package says more than one that
 * does not have it, and that more than one that is gone. What others name tells nothing of these.
 */
function mostTelling(failures: Failure[], evidence: SourceEvidence[]): Problem | undefined {
  const named = failures.filter(({ guessed }) => !guessed)
  const own = named.length > 0 ? named : failures
  const having = (code: string) => own.find(({ problem }) => problem.code === code)
  const first = (having('SOURCE_TAG_MISMATCH') ?? having('SOURCE_VERSION_NOT_FOUND') ?? own[0])?.problem
  if (first === undefined) return undefined
  const { code, message, hint, details } = first
  const all = evidence.slice(0, 256)
  return new Problem(code, message, {
    ...(hint && { hint }),
    details: { ...details, evidence: all },
    cause: first.cause,
  })
}

export function filesContext({ store, folder, signal }: SourceContext): FilesOptions {
  return { store, folder: join(folder, 'trees'), signal }
}

function debianContext(options: SourceContext): DebianLocateOptions {
  const { mirrors, now, progress } = options
  const { debian, host, snapshot = snapshotService, keyrings } = mirrors
  return {
    ...filesContext(options),
    mirrors: debian,
    snapshot,
    now,
    progress,
    ...(host && { host }),
    ...(keyrings && { keyrings }),
  }
}

/** The folder that the metadata names, or that the address leads to. */
function directoryOf({ claims }: Artifact, address?: RepositoryAddress): string | undefined {
  return claims.repository?.directory ?? address?.directory
}

async function isRepository(path: string): Promise<boolean> {
  const marks = [[join(path, '.git')], [join(path, 'HEAD'), join(path, 'objects')]]
  const found = await Promise.all(
    marks.map((files) =>
      Promise.all(files.map((file) => stat(file))).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

function notDeclared({ name, version, claims }: Artifact): Problem {
  const said = claims.repository?.url
  const what =
    said === undefined
      ? 'names no repository'
      : `names a repository that cannot be read as one: ${JSON.stringify(said.slice(0, 200))}`
  return new Problem('SOURCE_NOT_DECLARED', `The registry's metadata of ${name}@${version} ${what}.`, {
    hint: 'Name the source with --source: git+<url>, a local clone, an archive, or debian:<source package>.',
  })
}
