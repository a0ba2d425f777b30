import http from 'node:http'
import https from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { Problem, type ProblemCode } from '../model/problem.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import { type Agents, createAgents, credentialsFor } from './connections.ts'
import type { NetworkLimits } from './limits.ts'

export type UpstreamAnswer = {
  status: number
  headers: http.IncomingHttpHeaders
  /** Fails with a Problem when the registry is too slow or stops in the middle. */
  body: AsyncIterable<Uint8Array>
}

type UpstreamRequest = {
  registry: URL
  /** Relative to the registry. */
  path: string
  headers?: Record<string, string>
  /** Takes the answer compressed and undoes it; a tarball must come as it is. */
  compressed: boolean
  /** Of one attempt, in milliseconds. */
  totalMs: number
}

/** The configured registries, as npm would reach them; npm's own client cannot be kept from following redirects. */
export type Upstream = {
  /**
   * Asks, and asks again where the registry fails or stops in the middle: `read` is called once an attempt. Redirects
   * are followed inside the same registry only.
   *
   * @throws {Problem} REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_ERROR (5xx, or stopped in the middle),
   * REGISTRY_ANSWER_INVALID (a redirect that leads away), and whatever `read` throws.
   */
  get<T>(request: UpstreamRequest, read: (answer: UpstreamAnswer) => Promise<T>): Promise<T>
  close(): void
}

type Context = {
  options: RegistryOptions
  limits: NetworkLimits
  signal: AbortSignal
  agents: Agents
  /** Problems that another attempt may not have. */
  transient: WeakSet<object>
}

const redirects = new Set([301, 302, 303, 307, 308])
const redirectCount = 5

export function openUpstream(given: Omit<Context, 'agents' | 'transient'>): Upstream {
  const agents = createAgents(given)
  const context: Context = { ...given, agents, transient: new WeakSet() }
  return {
    async get(request, read) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await ask(request, read, context)
        } catch (error) {
          given.signal.throwIfAborted()
          if (attempt === given.limits.retries || !isTransient(error, context)) throw error
          await delay(given.limits.backoffMs * 2 ** attempt, undefined, { signal: given.signal })
        }
      }
    },
    close() {
      agents['http:'].destroy()
      agents['https:'].destroy()
    },
  }
}

function isTransient(error: unknown, { transient }: Context): boolean {
  return typeof error === 'object' && error !== null && transient.has(error)
}

function transientProblem(
  code: ProblemCode,
  message: string,
  hint: string,
  context: Context,
  cause?: unknown,
): Problem {
  const problem = new Problem(code, message, { hint, cause })
  context.transient.add(problem)
  return problem
}

async function ask<T>(
  request: UpstreamRequest,
  read: (answer: UpstreamAnswer) => Promise<T>,
  context: Context,
): Promise<T> {
  let url = new URL(request.path, request.registry)
  for (let count = 0; ; count++) {
    const response = await open(url, request, context)
    const status = response.statusCode ?? 0
    try {
      if (!redirects.has(status)) {
        if (status >= 500 || status === 429 || status === 408) {
          const hint = 'The registry has a problem of its own; try again later.'
          throw transientProblem('REGISTRY_ERROR', `${url.host} answered ${status} for ${url.pathname}.`, hint, context)
        }
        return await read({ status, headers: response.headers, body: bodyOf(response, url, request, context) })
      }
      url = redirected(url, response.headers.location, request.registry, count)
    } finally {
      // Nothing is left to read, or nobody wants it.
      if (!response.complete) response.destroy()
      else response.resume()
    }
  }
}

function redirected(from: URL, location: string | undefined, registry: URL, count: number): URL {
  const to = URL.parse(location ?? '', from.href)
  const isInside = to?.origin === registry.origin && to.pathname.startsWith(registry.pathname)
  if (to && isInside && count < redirectCount) return to
  const where = !to ? 'nowhere' : isInside ? 'in a circle' : `away, to ${to.host}`
  throw new Problem('REGISTRY_ANSWER_INVALID', `${from.host} redirects ${from.pathname} ${where}.`, {
    hint: 'A registry is only followed inside its own address; configure the one that has the files.',
  })
}

function open(
  url: URL,
  { registry, headers, compressed }: UpstreamRequest,
  context: Context,
): Promise<http.IncomingMessage> {
  const isSecure = url.protocol === 'https:'
  const { options, limits, signal, agents } = context
  const { authorization, ...credentials } = credentialsFor(url, registry, options)
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const request = (isSecure ? https : http).request(url, {
    agent: isSecure ? agents['https:'] : agents['http:'],
    ...credentials,
    headers: {
      'user-agent': 'reproof',
      'accept-encoding': compressed ? 'gzip' : 'identity',
      ...headers,
      ...(authorization !== undefined && { authorization }),
    },
    signal,
  })
  const late = (what: string, ms: number) => () =>
    request.destroy(
      new Problem('REGISTRY_TIMEOUT', `${url.host} ${what} within ${ms / 1000} s.`, {
        hint: 'See whether the registry can be reached, and try again.',
      }),
    )
  let timer: NodeJS.Timeout | undefined
  // The time in the agent's queue is ours, not the registry's.
  request.once('socket', (socket) => {
    const answering = () => {
      clearTimeout(timer)
      timer = setTimeout(late(`gave no answer for ${url.pathname}`, limits.idleMs), limits.idleMs)
    }
    if (!socket.connecting) return answering()
    timer = setTimeout(late('could not be connected to', limits.connectMs), limits.connectMs)
    socket.once(isSecure ? 'secureConnect' : 'connect', answering)
  })
  request.once('response', resolve)
  request.on('error', (error) => reject(unreachable(error, url, context)))
  request.once('close', () => clearTimeout(timer))
  request.once('response', () => clearTimeout(timer))
  request.end()
  return promise
}

function unreachable(error: unknown, url: URL, context: Context): unknown {
  if (error instanceof Problem || (error instanceof Error && error.name === 'AbortError')) return error
  const reason = error instanceof Error ? error.message : String(error)
  const hint = 'See whether the registry can be reached with `npm ping`, and try again.'
  return transientProblem('REGISTRY_UNREACHABLE', `${url.host} cannot be reached: ${reason}`, hint, context, error)
}

async function* bodyOf(
  response: http.IncomingMessage,
  url: URL,
  { totalMs, compressed }: UpstreamRequest,
  context: Context,
): AsyncGenerator<Uint8Array> {
  const { idleMs } = context.limits
  const late = (ms: number) => () =>
    response.destroy(
      new Problem('REGISTRY_TIMEOUT', `${url.host} did not send ${url.pathname} within ${ms / 1000} s.`, {
        hint: 'The registry is too slow; try again later.',
      }),
    )
  const whole = setTimeout(late(totalMs), totalMs)
  let idle: NodeJS.Timeout | undefined
  const isCompressed = compressed && response.headers['content-encoding'] === 'gzip'
  const stream = isCompressed ? response.pipe(createGunzip()) : response
  if (stream !== response) response.once('error', (error) => stream.destroy(error))
  try {
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    for (;;) {
      idle = setTimeout(late(idleMs), idleMs)
      const next = await chunks.next()
      clearTimeout(idle)
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    if (error instanceof Problem || (error instanceof Error && error.name === 'AbortError')) throw error
    const hint = 'The connection or the registry failed; try again.'
    throw transientProblem(
      'REGISTRY_ERROR',
      `${url.host} stopped in the middle of ${url.pathname}.`,
      hint,
      context,
      error,
    )
  } finally {
    clearTimeout(whole)
    clearTimeout(idle)
    response.destroy()
  }
}
