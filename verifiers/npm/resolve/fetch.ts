import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { Problem, type ProblemCode, problemFrom } from '../../model/problem.ts'
import { type Agents, createAgents, credentialsFor } from '../../network/connections.ts'
import { defaultLimits as networkLimits } from '../../network/limits.ts'
import { pickRegistry } from '../../network/npm-registry.ts'
import type { RegistryOptions } from '../configuration.ts'

export type FetchLimits = {
  /** How often in all something is asked for. */
  attempts: number
  /** Wait before the second attempt, doubled before each later one; in milliseconds. */
  retryDelay: number
  /** Longest silence, before the answer or inside it; in milliseconds. */
  silence: number
  /** Longest time for one answer as a whole; in milliseconds. */
  duration: number
}

export const defaultFetchLimits: FetchLimits = { attempts: 3, retryDelay: 1000, silence: 60_000, duration: 1_800_000 }

export type FetchOptions = {
  /** Full URL, or a path below the registry. */
  url: string
  /** For messages: `the metadata of ms`. */
  what: string
  /** Chooses the registry of a scope, and its credentials. */
  spec?: string
  registry: RegistryOptions
  limits: FetchLimits
  signal: AbortSignal
  headers?: Record<string, string>
}

/** What is worth another attempt: the same question may be answered next time. */
const transient: ReadonlySet<ProblemCode> = new Set([
  'REGISTRY_UNREACHABLE',
  'REGISTRY_TIMEOUT',
  'REGISTRY_ERROR',
  'ARTIFACT_TRUNCATED',
])

/**
 * Runs `use` over the body of an answer, and again from the start, a few times, when the registry failed in a way that
 * may pass. The body is as the server sent it but for its content encoding; its end is checked against its length.
 *
 * @throws {Problem} REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_ERROR, ARTIFACT_TRUNCATED, PACKAGE_NOT_FOUND (404)
 */
export async function fetchWith<T>(
  given: FetchOptions,
  use: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const limits = withConfigured(given.limits, given.registry)
  const options = { ...given, limits }
  const { signal } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await use(answerBody(options))
    } catch (error) {
      const problem = problemFrom(error)
      if (attempt >= limits.attempts || !transient.has(problem.code) || problem.details.permanent === true)
        throw problem
    }
    await sleep(limits.retryDelay * 2 ** (attempt - 1), undefined, { signal })
  }
}

/** npm's `fetch-timeout` and `fetch-retries`, where they are stricter. */
function withConfigured(limits: FetchLimits, { timeout, retry }: RegistryOptions): FetchLimits {
  const retries = typeof retry === 'object' && retry !== null && 'retries' in retry ? retry.retries : undefined
  return {
    ...limits,
    ...(typeof timeout === 'number' && timeout > 0 && { silence: Math.min(limits.silence, timeout) }),
    ...(typeof retries === 'number' && { attempts: Math.min(limits.attempts, Math.max(0, retries) + 1) }),
  }
}

async function* answerBody(options: FetchOptions): AsyncGenerator<Uint8Array> {
  const { limits, what } = options
  const late = new AbortController()
  const expire = () => late.abort(timeout(what))
  let silence = setTimeout(expire, limits.silence)
  const duration = setTimeout(expire, limits.duration)
  const signal = AbortSignal.any([options.signal, late.signal])
  const agents = createAgents({ options: options.registry, limits: networkLimits })
  let begun = false
  try {
    const response = await follow(options, agents, signal)
    begun = true
    for await (const chunk of decoded(response)) {
      // What reads the body may take its time; only the registry's silence counts.
      clearTimeout(silence)
      yield chunk
      silence = setTimeout(expire, limits.silence)
    }
  } catch (error) {
    options.signal.throwIfAborted()
    throw late.signal.aborted ? late.signal.reason : transportProblem(error, options, begun)
  } finally {
    clearTimeout(silence)
    clearTimeout(duration)
    agents['http:'].destroy()
    agents['https:'].destroy()
  }
}

const mostRedirects = 5

/** Files may lie elsewhere than the metadata; credentials go only where the configuration has some for. */
async function follow(options: FetchOptions, agents: Agents, signal: AbortSignal): Promise<http.IncomingMessage> {
  const registry = new URL(pickRegistry(options.spec ?? 'any', options.registry))
  let url = new URL(options.url.replace(/^\/(?!\/)/, ''), `${registry.href.replace(/\/*$/, '')}/`)
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await ask(url, registry, options, agents, signal)
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return response
    // The body of a refusal is of no use, and may have no end.
    response.destroy()
    const next = statusCode >= 300 && statusCode < 400 ? URL.parse(response.headers.location ?? '', url.href) : null
    if (next === null) throw statusProblem(statusCode, options.what)
    if (next.protocol !== 'https:' && next.protocol !== url.protocol) throw astray(options.what, next)
    url = next
  }
  throw astray(options.what, url)
}

async function ask(url: URL, registry: URL, options: FetchOptions, agents: Agents, signal: AbortSignal) {
  const secure = url.protocol === 'https:'
  const { authorization, ...certificate } = credentialsFor(url, registry, options.registry)
  const request = (secure ? https : http).get(url, {
    agent: secure ? agents['https:'] : agents['http:'],
    ...certificate,
    headers: {
      'user-agent': 'reproof',
      ...options.headers,
      ...(authorization !== undefined && { authorization }),
    },
    signal,
  })
  const [response] = (await once(request, 'response', { signal })) as [http.IncomingMessage]
  // The signal ends the request; what comes after is the body's to report.
  request.on('error', (error) => response.destroy(error))
  return response
}

function decoded(response: http.IncomingMessage): AsyncIterable<Buffer> {
  if (response.headers['content-encoding'] !== 'gzip') return response
  const engine = createGunzip()
  response.on('error', (error) => engine.destroy(error))
  return response.pipe(engine)
}

function astray(what: string, to: URL): Problem {
  return new Problem(
    'REGISTRY_ANSWER_INVALID',
    `The registry leads astray for ${what}: to ${to.protocol}//${to.host}.`,
    {
      hint: 'See that your npm configuration names the registry by its own address.',
    },
  )
}

const unreachable = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
])

function transportProblem(error: unknown, { what }: FetchOptions, begun: boolean): Problem {
  if (error instanceof Problem) return error
  if (begun) {
    return new Problem('ARTIFACT_TRUNCATED', `The registry stopped in the middle of ${what}.`, {
      hint: 'Try again later.',
      cause: error,
    })
  }
  const { code, message } = error as { code?: string; message?: string }
  return new Problem('REGISTRY_UNREACHABLE', `${what} cannot be fetched: ${String(message).split('\n', 1)[0]}.`, {
    hint: 'See that the registry and the proxy of `npm config list` can be reached from here.',
    // A wrong certificate stays wrong.
    details: { code, permanent: code !== undefined && !unreachable.has(code) },
    cause: error,
  })
}

function statusProblem(status: number, what: string): Problem {
  const details = { status, permanent: status < 500 && status !== 408 && status !== 429 }
  if (status === 404) {
    return new Problem('PACKAGE_NOT_FOUND', `The registry does not have ${what}.`, {
      hint: 'See that the name is right, and that your npm configuration names the registry that has it.',
      details,
    })
  }
  return new Problem('REGISTRY_ERROR', `The registry answered ${status} when it was asked for ${what}.`, {
    hint:
      status === 401 || status === 403
        ? 'Log in with `npm login`, or see that the token in your npm configuration may read it.'
        : 'Try again later.',
    details,
  })
}

function timeout(what: string): Problem {
  return new Problem('REGISTRY_TIMEOUT', `The registry took too long to answer for ${what}.`, {
    hint: 'Try again later, or name a nearer registry in your npm configuration.',
  })
}
