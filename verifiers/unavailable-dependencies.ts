import { Problem, type ProblemCode } from './model/problem.ts'
import type { Exchange } from './model/rebuild.ts'
import { isPackageName } from './network/names.ts'

/** A registry does not have it, or nobody has told where it would be. */
const inVain = new Set<ProblemCode>(['VERSION_NOT_FOUND', 'PACKAGE_NOT_FOUND', 'NETWORK_REFUSED'])

/** Packages and their files that were asked for and never served: each address once, and why. */
export function unavailableIn(exchanges: readonly Exchange[]): string[] {
  const served = new Set(exchanges.flatMap(({ problem, url }) => (problem === undefined ? [url] : [])))
  const found = exchanges.flatMap(({ method, url, problem, reason }) =>
    method === 'GET' && problem !== undefined && inVain.has(problem) && !served.has(url)
      ? [[url, reason] as const]
      : [],
  )
  return [...new Map(found)].map(([url, reason]) => `${url} (${reason ?? 'refused'})`)
}

/** An installation that failed, told by what it could not have: that is why, whatever the package manager says of it. */
export function withUnavailable(failure: Problem, exchanges: readonly Exchange[]): Problem {
  const unavailable = unavailableIn(exchanges).slice(0, mostUnavailable)
  const { code, message, details } = failure
  if (code !== 'STEP_FAILED' || unavailable.length === 0) return failure
  const [first = ''] = unavailable
  const unknown = unknownIn(exchanges)
  const others = unavailable.length > 1 ? ` and ${unavailable.length - 1} more` : ''
  return new Problem('DEPENDENCY_UNAVAILABLE', `${message}. It could not have ${first.slice(0, 400)}${others}.`, {
    hint: 'See whether the registry of your npm configuration has it, or name the registry that has.',
    details: {
      ...details,
      unavailable,
      ...(unknown.length > 0 && { unknownPackages: unknown }),
    },
    cause: failure,
  })
}

/** Names of the packages that the registry has never had, at no moment: asked for as `/@scope%2fname`, or by a file of theirs. */
function unknownIn(exchanges: readonly Exchange[]): string[] {
  const urls = exchanges.flatMap(({ problem, url }) => (problem === 'PACKAGE_NOT_FOUND' ? [URL.parse(url)] : []))
  const names = urls.map((url) =>
    (url?.pathname ?? '')
      .slice(1)
      .replace(/%2f/i, '/')
      .replace(/\/-\/.*$/, ''),
  )
  return [...new Set(names.filter(isPackageName))].slice(0, mostUnavailable)
}

const mostUnavailable = 100
