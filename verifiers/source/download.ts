import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, type ProblemCode } from '../model/problem.ts'
import type { Content, ContentStore, Expected } from '../store/content.ts'

export type DownloadOptions = {
  url: string
  store: ContentStore
  /** In bytes. */
  limit: number
  expected?: Expected
  /** Names the file in messages. */
  what: string
  signal: AbortSignal
  /** `http` also allows unencrypted transport: only where a signature or a digest known beforehand decides. */
  transport: 'https' | 'http'
  codes?: { unreachable?: ProblemCode; mismatch?: ProblemCode; tooLarge?: ProblemCode }
  /** Longest silence of the server before a try is given up, in milliseconds. */
  silence?: number
  tries?: number
}

const defaultSilence = 30_000
const mostRedirects = 5

/**
 * Fetches one file into the content store: bounded, hashed while it arrives, retried where trying again can help.
 *
 * @throws {Problem} `codes.unreachable` (SOURCE_UNREACHABLE), `codes.mismatch` (SOURCE_DIGEST_MISMATCH),
 * `codes.tooLarge` (SOURCE_TOO_LARGE), or SOURCE_REFUSED for an address that may not be asked.
 */
export async function download(options: DownloadOptions): Promise<Content> {
  const { tries = 3, signal } = options
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(options)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Problem) throw error
      if (attempt >= tries || (error instanceof StatusError && !error.passing)) throw unreachable(options, error)
      await sleep(300 * 4 ** (attempt - 1), undefined, { signal })
    }
  }
}

class StatusError extends Error {
  readonly status: number
  /** Whether the same request may get another answer later. */
  readonly passing: boolean
  constructor(status: number) {
    super(`the server answered with status ${status}`)
    this.status = status
    this.passing = status >= 500 || status === 429 || status === 408
  }
}

async function tryOnce(options: DownloadOptions): Promise<Content> {
  const { store, limit, expected, what, codes = {}, silence = defaultSilence } = options
  const quiet = new AbortController()
  const timer = setTimeout(() => quiet.abort(new Error(`the server was silent for ${silence / 1000} s`)), silence)
  const signal = AbortSignal.any([options.signal, quiet.signal])
  try {
    const response = await follow(options, signal)
    async function* heard() {
      for await (const chunk of response.body ?? []) {
        timer.refresh()
        yield chunk
      }
    }
    return await store.write(heard(), {
      limit,
      what,
      signal,
      ...(expected && { expected }),
      mismatch: codes.mismatch ?? 'SOURCE_DIGEST_MISMATCH',
      tooLarge: codes.tooLarge ?? 'SOURCE_TOO_LARGE',
    })
  } catch (error) {
    throw quiet.signal.aborted && !options.signal.aborted ? quiet.signal.reason : error
  } finally {
    clearTimeout(timer)
  }
}

/** Redirects are followed by hand, so that none leads to an address that could not have been asked for directly. */
async function follow(options: DownloadOptions, signal: AbortSignal): Promise<Response> {
  let url = options.url
  for (let hop = 0; hop <= mostRedirects; hop++) {
    refuseUnlessAllowed(url, options)
    const response = await fetch(url, { redirect: 'manual', signal })
    if (response.ok) return response
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) throw new StatusError(response.status)
    const next = URL.parse(location, url)
    if (next === null) throw new StatusError(response.status)
    url = next.href
  }
  throw new Error(`there were more than ${mostRedirects} redirects`)
}

function refuseUnlessAllowed(url: string, { transport, what }: DownloadOptions): void {
  const parsed = URL.parse(url)
  const secure = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback(parsed.hostname))
  if (secure || (transport === 'http' && parsed?.protocol === 'http:')) return
  throw new Problem(
    'SOURCE_REFUSED',
    `${what} would have to be fetched over ${parsed?.protocol ?? 'nothing'}, not https.`,
    {
      hint: 'Give an https address, or a file that is on this machine.',
    },
  )
}

/** Whether the host can only be this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** An address as it may be shown and kept: no user, no password, no query, no fragment. */
export function shownUrl(url: string): string {
  const parsed = URL.parse(url)
  if (parsed === null) return 'an address that is none'
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`
}

function unreachable({ url, what, codes = {} }: DownloadOptions, error: unknown): Problem {
  const status = error instanceof StatusError ? error.status : undefined
  const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : ''
  return new Problem(
    codes.unreachable ?? 'SOURCE_UNREACHABLE',
    `${what} could not be fetched from ${shownUrl(url)}: ${reason}.`,
    {
      hint: 'Check the address and the network, then start it again: what was fetched already is kept.',
      details: { url: shownUrl(url), ...(status !== undefined && { status }) },
      cause: error,
    },
  )
}
