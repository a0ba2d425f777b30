import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../verifiers/model/problem.ts'

/** How patient one is with services that keep attestations; times in milliseconds, sizes in bytes. */
export type AskLimits = {
  attempts: number
  retryDelay: number
  silence: number
  duration: number
  longestDelay: number
}

export const defaultAskLimits: AskLimits = {
  attempts: 3,
  retryDelay: 1000,
  silence: 30_000,
  duration: 180_000,
  longestDelay: 20_000,
}

export type AskOptions = {
  /** GET unless it says else. What changes something is sent again only where it was refused before anything was done. */
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: Uint8Array
  /** For messages: `GitHub’s attestations of sha256:…`. */
  what: string
  headers?: Record<string, string>
  /** Sent to the address itself, and to no other that it leads to. */
  authorization?: string | undefined
  /** Of the body. */
  most: number
  /** HTTPS_PROXY and NO_PROXY are honoured. */
  environment: NodeJS.ProcessEnv
  limits?: AskLimits
  signal: AbortSignal
}

export type Answer = { status: number; mediaType: string; headers: http.IncomingHttpHeaders; body: Buffer }

const mostRedirects = 5
const busy: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504])

/**
 * Asks a service that somebody else runs: with an end in time and size, once more when it is busy, and never in the clear
 * but on this machine itself. What it answers, also that it has nothing, is for the caller to judge.
 *
 * @throws {Problem} ATTESTATIONS_UNREACHABLE, ATTESTATIONS_ANSWER_INVALID
 */
export async function ask(address: string, options: AskOptions): Promise<Answer> {
  const { limits = defaultAskLimits, signal, what, method = 'GET' } = options
  for (let attempt = 1; ; attempt++) {
    const answer = await follow(checkedAddress(address, what), options).catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof Problem && error.code !== 'ATTESTATIONS_UNREACHABLE') throw error
      if (attempt >= limits.attempts || method !== 'GET') throw error
      return undefined
    })
    if (answer && !isLimited(answer) && (method !== 'GET' || !busy.has(answer.status))) return answer
    if (answer && attempt >= limits.attempts) throw tooBusy(answer, what)
    const asked = answer ? askedDelay(answer) : 0
    const delay = asked > 0 ? asked : limits.retryDelay * 2 ** (attempt - 1)
    if (answer && delay > limits.longestDelay) throw tooBusy(answer, what)
    await sleep(delay, undefined, { signal })
  }
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function isLimited({ status, headers }: Answer): boolean {
  const isRefused = status === 403 && (headers['retry-after'] !== undefined || headers['x-ratelimit-remaining'] === '0')
  return status === 429 || isRefused
}

/** In milliseconds; 0 where the service does not say. */
function askedDelay({ headers }: Answer): number {
  const seconds = Number(headers['retry-after'])
  if (seconds > 0) return seconds * 1000
  const until = headers['x-ratelimit-remaining'] === '0' ? Number(headers['x-ratelimit-reset']) * 1000 : 0
  return until > Date.now() ? until - Date.now() : 0
}

/** @throws {Problem} USAGE for what is no address, or one without encryption that leads away from this machine. */
export function checkedAddress(address: string, what: string): URL {
  const url = URL.parse(address)
  const isLocal = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url && !url.username && !url.password && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    return url
  }
  throw new Problem('USAGE', `${address} cannot be asked for ${what}: it is no https address.`)
}

async function follow(start: URL, options: AskOptions): Promise<Answer> {
  const { limits = defaultAskLimits, what } = options
  const late = AbortSignal.timeout(limits.duration)
  const signal = AbortSignal.any([options.signal, late])
  let url = start
  try {
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const authorization = url.origin === start.origin ? options.authorization : undefined
      const response = await send(url, { ...options, authorization, signal })
      const { statusCode = 0, headers } = response
      const leads = [301, 302, 303, 307, 308].includes(statusCode)
      if (!leads || (options.method ?? 'GET') !== 'GET') return await received(response, options)
      response.destroy()
      const next = URL.parse(headers.location ?? '', url.href)
      if (!next || (next.protocol !== 'https:' && next.origin !== start.origin))
        throw astray(what, headers.location ?? '')
      url = next
    }
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof Problem) throw error
    throw unreachable(
      what,
      late.aborted ? 'it takes too long' : error instanceof Error ? error.message : String(error),
      error,
    )
  }
  throw astray(what, url.href)
}

async function send(url: URL, options: AskOptions): Promise<http.IncomingMessage> {
  const { method = 'GET', body, headers, authorization, environment, limits = defaultAskLimits, signal } = options
  const secure = url.protocol === 'https:'
  const agent = new (secure ? https : http).Agent({ proxyEnv: environment })
  const request = (secure ? https : http).request(url, {
    method,
    agent,
    signal,
    timeout: limits.silence,
    headers: {
      'user-agent': 'reproof',
      'accept-encoding': 'identity',
      ...headers,
      ...(body && { 'content-length': body.length }),
      ...(authorization !== undefined && { authorization }),
    },
  })
  request.on('timeout', () => request.destroy(new Error('it stopped answering')))
  request.end(body)
  const [response] = (await once(request, 'response', { signal })) as [http.IncomingMessage]
  request.on('error', (error) => response.destroy(error))
  return response
}

async function received(response: http.IncomingMessage, { what, most }: AskOptions): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  const mediaType = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > most) {
      response.destroy()
      throw new Problem('ATTESTATIONS_ANSWER_INVALID', `The answer for ${what} is larger than ${most} bytes.`)
    }
    chunks.push(chunk)
  }
  return { status, mediaType, headers, body: Buffer.concat(chunks) }
}

/** The next page of a list, RFC 8288; only at the same place, because what is secret goes along. */
export function nextPage({ headers }: Answer, from: string): string | undefined {
  const link = [headers.link].flat().join(',')
  const target = link.match(/<([^<>]{1,4096})>\s*;[^,]{0,1024}\brel="?next"?/i)?.[1]
  const next = target === undefined ? null : URL.parse(target, from)
  return next && next.origin === new URL(from).origin ? next.href : undefined
}

/** @throws {Problem} always: what else than the expected a service answered. */
export function refused({ status }: Answer, what: string): never {
  const isLogin = status === 401 || status === 403
  throw new Problem('ATTESTATIONS_UNREACHABLE', `The service answered ${status} when it was asked for ${what}.`, {
    hint: isLogin ? 'Log in, or give a token that may read it.' : 'See that the address is right, and try again later.',
    details: { status },
  })
}

function tooBusy({ status }: Answer, what: string): Problem {
  return new Problem('ATTESTATIONS_UNREACHABLE', `The service answers ${status} when it is asked for ${what}.`, {
    hint: status === 429 || status === 403 ? 'It was asked too often. Log in, or try again later.' : 'Try again later.',
    details: { status },
  })
}

function unreachable(what: string, reason: string, cause: unknown): Problem {
  return new Problem('ATTESTATIONS_UNREACHABLE', `${what} cannot be fetched: ${reason.split('\n', 1)[0]}.`, {
    hint: 'See that the service can be reached from here; HTTPS_PROXY is honoured.',
    cause,
  })
}

function astray(what: string, to: string): Problem {
  return new Problem('ATTESTATIONS_ANSWER_INVALID', `The service leads astray for ${what}: to ${to.slice(0, 200)}.`)
}
