import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { Problem, type ProblemCode, problemFrom } from '../model/problem.ts'
import { repositoryAsked } from './git-address.ts'
import type { GitService } from './git-service.ts'
import type { Interception, Origin } from './interception.ts'
import { type Outcome, outcomeOf, type Recorder } from './recording.ts'
import type { Registries, Target } from './registries.ts'
import { type RegistryServiceOptions, serveRegistry, writeJson } from './registry-service.ts'

export type RequestContext = {
  recorder: Recorder
  registries: Registries
  service: RegistryServiceOptions
  /** Where the lockfile names repositories. */
  git: GitService | undefined
  interception: Interception
  /** Where the forwarders listen: requests to there are requests to the proxy. */
  ports: Set<number>
}

/** Answers one request and records it; never fails. */
export async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  context: RequestContext,
): Promise<void> {
  request.on('error', () => response.destroy())
  response.on('error', () => response.destroy())
  const method = request.method ?? 'GET'
  const asked = addressOf(request, context)
  const git = asked && !asked.isSelf ? context.git?.at(asked.url) : undefined
  if (!git) request.resume()
  if (!asked) return void writeJson(response, 400, { message: 'This is not an address.' })
  const record = context.recorder.begin(method, asked.url.href)
  if (!record) return void writeJson(response, 429, { message: 'This build has made too many requests.' })
  try {
    const outcome = git ? await git(request, response) : await serveRegistered(asked, request, response, context)
    const isComplete = await finished(response).then(
      () => true,
      () => false,
    )
    record(isComplete ? outcome : { ...outcome, reason: 'The build did not read it to its end.' })
  } catch (error) {
    record(answerProblem(problemFrom(error), response))
  }
}

async function serveRegistered(
  asked: Asked,
  { method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
  { registries, service }: RequestContext,
): Promise<Outcome> {
  const target = targetOf(asked, registries)
  if (target.kind === 'refused') {
    const repository = repositoryAsked(asked.url)
    throw new Problem('NETWORK_REFUSED', repository === undefined ? target.reason : unpinned(repository))
  }
  return await serveRegistry({ method, headers, target, response }, service)
}

const unpinned = (repository: string) =>
  `Neither the lockfile nor package.json names this commit of ${repository}, and what a branch or a tag led to then is not known.`

function answerProblem(problem: Problem, response: ServerResponse): Outcome {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return outcomeOf(problem, response.statusCode, 0)
  }
  // Of an answer that failed, every npm shows the reason phrase, and npm 6 nothing else.
  response.statusMessage = `reproof: ${problem.message}`.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 512)
  const { status, size } = writeJson(response, statusOf(problem.code), { message: problem.message })
  return outcomeOf(problem, status, size)
}

/** npm asks again after 5xx, with long pauses; the proxy has already done so, and 424 is final. */
function statusOf(code: ProblemCode): number {
  if (code === 'NETWORK_REFUSED') return 403
  if (code === 'PACKAGE_NOT_FOUND' || code === 'VERSION_NOT_FOUND') return 404
  if (code === 'INTERRUPTED') return 503
  return code === 'FAULT' ? 500 : 424
}

type Asked = { url: URL; isSelf: boolean }

/** What the client wants, whichever of the forms of RFC 9112, section 3.2, it uses. */
function addressOf(request: IncomingMessage, { interception, ports }: RequestContext): Asked | undefined {
  const { protocol, authority }: Origin = interception.originOf(request)
  const path = request.url ?? '/'
  const isLocal = (url: URL) => isLoopback(url.hostname) && ports.has(Number(url.port))
  if (/^https?:\/\//i.test(path)) {
    const url = URL.parse(path)
    return url ? { url, isSelf: isLocal(url) } : undefined
  }
  if (!path.startsWith('/')) return undefined
  const host = authority ?? request.headers.host ?? '127.0.0.1'
  const url = URL.parse(`${protocol}//${host}${path}`)
  if (!url) return undefined
  // Whoever connects without a tunnel is at the proxy itself, or was led here by a name that resolves to it.
  return { url, isSelf: authority === undefined ? isLoopback(url.hostname) : isLocal(url) }
}

function targetOf({ url, isSelf }: Asked, registries: Registries): Target {
  if (isSelf) return { kind: 'registry', path: url.pathname.slice(1) + url.search, base: `${url.origin}/` }
  return registries.locate(url)
}

function isLoopback(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]'
}
