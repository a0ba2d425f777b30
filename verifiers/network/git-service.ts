import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { Problem } from '../model/problem.ts'
import { archiveCommit, type Offer, offerCommits } from '../source/git/offer.ts'
import type { Repository } from '../source/git/repository.ts'
import { submodulesOf } from '../source/git/submodules.ts'
import { wholeCommit } from '../source/git/whole-commit.ts'
import type { Content, ContentStore } from '../store/content.ts'
import { deliverContent } from './delivery.ts'
import { archiveAddress, type GitDeclaration, gitDeclaration, isWhole, repositoryAsked } from './git-address.ts'
import type { Outcome } from './recording.ts'

type Archived = { content: Content; commit: string }

/** @throws {Problem} with nothing written to the response yet, unless a pack broke off on its way. */
type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<Outcome>

/** Serves the commits that a lockfile names, out of what was fetched of their repositories, and nothing else of them. */
export type GitService = {
  /** How requests to this address are answered; `undefined` for what is no address of such a repository. */
  at(url: URL): Answer | undefined
}

export type GitServiceOptions = {
  declared: GitDeclaration[]
  /** Called with the repositories of submodules before what has them is served. */
  onRepositories?(repositories: string[]): Promise<void>
  /** @throws {Problem} SOURCE_UNREACHABLE, SOURCE_REFUSED, SOURCE_EMPTY */
  open(repository: string): Promise<Repository>
  /** For what is made to be served; removed by whoever made it. */
  folder: string
  store: ContentStore
  /** Of one archive or pack, in bytes. */
  limit: number
  /** How long whoever asked may leave an archive unread, in milliseconds. */
  stallMs: number
  signal: AbortSignal
}

export function openGitService(options: GitServiceOptions): GitService {
  const { declared, folder } = options
  const named = Map.groupBy(declared, ({ repository }) => repository)
  const opened = new Map<string, Promise<Repository>>()
  const offers = new Map<string, Promise<Offer>>()
  const archives = new Map<string, Promise<Archived>>()
  const commitsOf = (address: string) => [...new Set(named.get(address)?.map(({ commit }) => commit))]
  const open = (address: string) => once(opened, address, () => options.open(address))
  const whole = async (address: string, start: string) =>
    commitsOf(address).find((commit) => isWhole(commit) && commit.startsWith(start)) ??
    (await wholeCommit(await open(address), start))
  const archived = ({ repository, commit }: GitDeclaration, isShort: boolean) =>
    once(archives, `${repository} ${commit} ${isShort}`, async (index) => {
      const found = await whole(repository, commit)
      const opened = await open(repository)
      const content = await makeArchive(opened, found, { ...options, isShort, index })
      return { content, commit: found }
    })
  const offered = (address: string) => {
    const commits = commitsOf(address).filter(isWhole)
    return once(offers, `${address} ${commits.join(' ')}`, async (index) => {
      const repository = await open(address)
      const offer = await offerCommits(repository, commits, join(folder, `offer-${index}`))
      await declareSubmodules(repository, commits)
      return offer
    })
  }
  let submodules = 0
  // npm fetches them for what it has cloned; which commits they are only the commit itself says.
  const declareSubmodules = async (repository: Repository, commits: string[]) => {
    const found = await Promise.all(commits.map((commit) => submodulesOf(repository, commit)))
    const meant = found.flat().flatMap(({ address, commit }) => gitDeclaration(address, commit) ?? [])
    const unknown = meant.filter(({ repository, commit }) => !commitsOf(repository).includes(commit))
    const others = unknown.slice(0, mostSubmodules - submodules)
    submodules += others.length
    for (const one of others) named.set(one.repository, [...(named.get(one.repository) ?? []), one])
    if (others.length > 0) await options.onRepositories?.(others.map(({ repository }) => repository))
  }
  return {
    at(url) {
      const repository = repositoryAsked(url)
      if (repository === undefined || !named.has(repository)) return undefined
      const commits = commitsOf(repository)
      const archive = archiveAddress(url.href)
      if (archive) {
        const isNamed = commits.some((one) => one.startsWith(archive.commit) || archive.commit.startsWith(one))
        const isShort = url.hostname === 'api.github.com'
        return isNamed ? answerArchive(archive, () => archived(archive, isShort), options) : undefined
      }
      if (!commits.some(isWhole)) return undefined
      const about = { repository, advertise: url.pathname.endsWith('/info/refs'), commits }
      return answerProtocol(about, () => offered(repository), options)
    },
  }
}

/** Of all dependencies together; what is more is refused as what nobody names. */
const mostSubmodules = 64

/** What was begun once is given to whoever asks later. */
function once<T>(known: Map<string, Promise<T>>, key: string, begin: (index: number) => Promise<T>): Promise<T> {
  const underway = known.get(key) ?? begin(known.size)
  known.set(key, underway)
  return underway
}

function answerArchive(
  { repository }: GitDeclaration,
  made: () => Promise<Archived>,
  { store, stallMs }: GitServiceOptions,
): Answer {
  return async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw onlyReading(request)
    const { content, commit } = await made()
    const headers = { 'content-type': 'application/x-gzip' }
    await deliverContent(content, { store, method: request.method, response, headers, stallMs })
    const { size } = content
    const { sha256, sha512 } = content.digests
    const git = { repository, commits: [commit] }
    return { status: 200, size, sha256, sha512, from: 'network', declaredBy: 'lockfile', git }
  }
}

/** gitprotocol-http(5), "Smart Clients". */
function answerProtocol(
  { repository, advertise, commits }: { repository: string; advertise: boolean; commits: string[] },
  offered: () => Promise<Offer>,
  { limit, signal }: GitServiceOptions,
): Answer {
  return async (request, response) => {
    const isFetch = advertise ? /[?&]service=git-upload-pack(?:&|$)/.test(request.url ?? '') : request.method === 'POST'
    if (!isFetch) throw onlyReading(request)
    const body = await bodyOf(request)
    const protocol = headerOf(request.headers, 'git-protocol')
    const pack = (await offered()).answer({ advertise, protocol, body, signal })
    const kind = advertise ? 'advertisement' : 'result'
    response.writeHead(200, { 'content-type': `application/x-git-upload-pack-${kind}`, 'cache-control': 'no-cache' })
    // The older protocol names the service first.
    if (advertise && protocol !== 'version=2') response.write('001e# service=git-upload-pack\n0000')
    let size = 0
    async function* bounded(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > limit) throw new Problem('ARTIFACT_TOO_LARGE', `${repository} gives more than ${limit} bytes.`)
        yield chunk
      }
    }
    await pipeline(pack, bounded, response)
    const told = body.toString('latin1')
    const taken = commits.filter((commit) => told.includes(`want ${commit}`))
    return { status: 200, size, from: 'network', declaredBy: 'lockfile', git: { repository, commits: taken } }
  }
}

/** The same bytes whenever it is made; hosts of code give others for the same files, from time to time also other ones. */
async function makeArchive(
  repository: Repository,
  commit: string,
  { folder, store, limit, signal, isShort, index }: GitServiceOptions & { isShort: boolean; index: number },
): Promise<Content> {
  const into = join(folder, `archive-${index}.tar`)
  const [owner, name = 'source'] = repository.remote.repository.split('/').slice(-2)
  // Bun takes the commit from the name of the folder.
  const prefix = isShort ? `${owner}-${name}-${commit.slice(0, 7)}` : `${name}-${commit}`
  await archiveCommit(repository, commit, { prefix, into })
  try {
    const what = `The archive of ${repository.remote.repository} at ${commit}`
    return await pipeline(createReadStream(into), createGzip(), (packed: AsyncIterable<Uint8Array>) =>
      store.write(packed, { limit, signal, what, tooLarge: 'ARTIFACT_TOO_LARGE' }),
    )
  } finally {
    await rm(into)
  }
}

/** In bytes: what a client wants and has already, one line of 50 bytes each. */
const largestQuestion = 4 * 1024 * 1024

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const isPacked = headerOf(request.headers, 'content-encoding') === 'gzip'
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of isPacked ? request.pipe(createGunzip()) : request) {
    size += chunk.length
    if (size > largestQuestion) throw new Problem('NETWORK_REFUSED', 'The request to a git repository is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}

function onlyReading({ method }: IncomingMessage): Problem {
  return new Problem('NETWORK_REFUSED', `A build may fetch from a repository, and not ${method} to it.`)
}
