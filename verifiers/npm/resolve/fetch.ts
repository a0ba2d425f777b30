import { setTimeout as sleep } from 'node:timers/promises'
import npmFetch from 'npm-registry-fetch'
import { Problem, type ProblemCode, problemFrom } from '../../model/problem.ts'
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
  const silence = setTimeout(expire, limits.silence)
  const duration = setTimeout(expire, limits.duration)
  const signal = AbortSignal.any([options.signal, late.signal])
  const stopped = rejectionOf(signal)
  let body: (AsyncIterable<Uint8Array> & { destroy?: (error?: Error) => void }) | undefined
  try {
    const response = await Promise.race([request(options, signal), stopped])
    body = response.body as unknown as AsyncIterable<Uint8Array> & { destroy?: () => void }
    const chunks = body[Symbol.asyncIterator]()
    for (;;) {
      const next = await Promise.race([chunks.next(), stopped])
      if (next.done) return
      silence.refresh()
      yield next.value
      // What reads the body may take its time; only the registry's silence counts.
      silence.refresh()
    }
  } catch (error) {
    options.signal.throwIfAborted()
    throw late.signal.aborted ? late.signal.reason : transportProblem(error, options, body !== undefined)
  } finally {
    clearTimeout(silence)
    clearTimeout(duration)
    body?.destroy?.()
  }
}

function request({ url, spec, registry, headers, limits }: FetchOptions, signal: AbortSignal) {
  const options = {
    ...registry,
    ...(spec !== undefined && { spec }),
    headers: headers ?? {},
    signal,
    // Silence is measured here, to its end.
    timeout: 2 * limits.duration,
    // Attempts are counted here, and the content store is the cache.
    retry: { retries: 0 },
    cache: undefined,
    preferOnline: true,
  }
  return npmFetch(url, options as unknown as Parameters<typeof npmFetch>[1])
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  rejection.catch(() => {})
  return rejection
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
  const { statusCode, code, type, message } = error as {
    statusCode?: number
    code?: string
    type?: string
    message?: string
  }
  if (statusCode !== undefined) return statusProblem(statusCode, what, error)
  if (begun) {
    return new Problem('ARTIFACT_TRUNCATED', `The registry stopped in the middle of ${what}.`, {
      hint: 'Try again later.',
      cause: error,
    })
  }
  if (code === 'ETIMEDOUT' || type === 'request-timeout' || type === 'body-timeout') return timeout(what)
  return new Problem('REGISTRY_UNREACHABLE', `${what} cannot be fetched: ${String(message).split('\n', 1)[0]}`, {
    hint: 'See that the registry and the proxy of `npm config list` can be reached from here.',
    // A wrong certificate or URL stays wrong.
    details: { code, permanent: code !== undefined && !unreachable.has(code) },
    cause: error,
  })
}

function statusProblem(status: number, what: string, cause: unknown): Problem {
  const details = { status, permanent: status < 500 && status !== 408 && status !== 429 }
  if (status === 404) {
    return new Problem('PACKAGE_NOT_FOUND', `The registry does not have ${what}.`, {
      hint: 'See that the name is right, and that your npm configuration names the registry that has it.',
      details,
      cause,
    })
  }
  return new Problem('REGISTRY_ERROR', `The registry answered ${status} when it was asked for ${what}.`, {
    hint:
      status === 401 || status === 403
        ? 'Log in with `npm login`, or see that the token in your npm configuration may read it.'
        : 'Try again later.',
    details,
    cause,
  })
}

function timeout(what: string): Problem {
  return new Problem('REGISTRY_TIMEOUT', `The registry took too long to answer for ${what}.`, {
    hint: 'Try again later, or name a nearer registry in your npm configuration.',
  })
}
