import type { Problem } from '../model/problem.ts'
import type { Exchange } from '../model/rebuild.ts'

export type Outcome = Omit<Exchange, 'at' | 'method' | 'url'>

export type Recorder = {
  /** `undefined` once the run has made as many requests as it may. */
  begin(method: string, url: string): ((outcome: Outcome) => void) | undefined
  /** In the order in which they began. */
  exchanges(): Exchange[]
}

export function openRecorder(options: {
  now: () => Date
  /** How many are recorded. */
  limit: number
  onExchange: ((exchange: Exchange) => void) | undefined
}): Recorder {
  const finished: { order: number; exchange: Exchange }[] = []
  let begun = 0
  return {
    begin(method, url) {
      if (begun === options.limit) return undefined
      const order = begun++
      const at = options.now().toISOString()
      return (outcome) => {
        const exchange: Exchange = { at, method: method.slice(0, 16), url: presentable(url), ...outcome }
        if (exchange.reason !== undefined) exchange.reason = shortened(exchange.reason, 1024)
        finished.push({ order, exchange })
        options.onExchange?.(exchange)
      }
    },
    exchanges: () => finished.sort((a, b) => a.order - b.order).map(({ exchange }) => exchange),
  }
}

/** The outcome of a request that ended with a problem. */
export function outcomeOf(problem: Problem, status: number, size: number): Outcome {
  const from = problem.code === 'NETWORK_REFUSED' ? 'refused' : 'network'
  return { status, size, from, problem: problem.code, reason: problem.message }
}

/** A tunnel in which nothing could be read. */
export function recordSilentTunnel(authority: string, recorder: Recorder): void {
  recorder.begin(
    'CONNECT',
    authority,
  )?.({
    status: 0,
    size: 0,
    from: 'refused',
    problem: 'NETWORK_REFUSED',
    reason: `A connection to ${authority} spoke neither HTTP nor TLS, or did not accept the proxy's certificate.`,
  })
}

const secretName = /token|secret|passw|key|auth|credential|signature|session|jwt|code/i
const secretValue = /^(?:npm_|gh[a-z]_|github_pat_|glpat-|xox[a-z]-|eyJ|AKIA|Bearer )|^[A-Za-z0-9+/=_-]{32,}$/

/** A URL without user, password, and values of its query that are or look like secrets. */
export function presentable(address: string): string {
  const url = URL.parse(address)
  if (!url) return shortened(address, 8192)
  url.username = ''
  url.password = ''
  for (const [name, value] of [...url.searchParams]) {
    if (secretName.test(name) || secretValue.test(value)) url.searchParams.set(name, 'redacted')
  }
  return shortened(url.href, 8192)
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
