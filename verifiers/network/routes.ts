import { baseNameOf, isPackageName, isVersion } from './names.ts'

/** What a path below a registry's address asks for. */
export type Route =
  | { kind: 'packument'; name: string }
  /** One version's manifest, by version or tag. */
  | { kind: 'manifest'; name: string; selector: string }
  | { kind: 'dist-tags'; name: string }
  /** `version` is absent where the file is not called by npm's convention. */
  | { kind: 'tarball'; name: string; file: string; version?: string }
  | { kind: 'ping' }
  | { kind: 'advisories' }
  | { kind: 'unknown' }

/**
 * https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, and what npm 6 to 12 ask for besides.
 *
 * @param path relative to the registry, with or without a query, which nothing here depends on.
 */
export function routeOf(path: string): Route {
  const segments = segmentsOf(path)
  if (!segments) return { kind: 'unknown' }
  if (segments.length === 0) return { kind: 'ping' }
  if (segments[0] === '-') return serviceOf(segments.slice(1))
  const { name, rest } = nameFrom(segments)
  const [first, ...others] = rest
  if (!isPackageName(name)) return { kind: 'unknown' }
  if (first === undefined) return { kind: 'packument', name }
  if (first === '-' && others.length > 0) return tarballOf(name, others.at(-1) ?? '')
  return others.length === 0 ? { kind: 'manifest', name, selector: first } : { kind: 'unknown' }
}

/** `@scope%2fname` becomes two segments, so that both spellings read the same. */
function segmentsOf(path: string): string[] | undefined {
  const end = path.search(/[?#]/)
  try {
    return decodeURIComponent(end === -1 ? path : path.slice(0, end))
      .split('/')
      .filter((segment) => segment !== '')
  } catch {
    return undefined
  }
}

function nameFrom(segments: string[]): { name: string; rest: string[] } {
  const length = segments[0]?.startsWith('@') ? 2 : 1
  return { name: segments.slice(0, length).join('/'), rest: segments.slice(length) }
}

function serviceOf(segments: string[]): Route {
  const [service] = segments
  if (service === 'ping') return { kind: 'ping' }
  if (service === 'npm' && segments.slice(1, 3).join('/') === 'v1/security') return { kind: 'advisories' }
  if (service === 'package' && segments.at(-1) === 'dist-tags') {
    const name = segments.slice(1, -1).join('/')
    if (isPackageName(name)) return { kind: 'dist-tags', name }
  }
  return { kind: 'unknown' }
}

function tarballOf(name: string, file: string): Route {
  const start = `${baseNameOf(name)}-`
  const version = file.startsWith(start) && file.endsWith('.tgz') ? file.slice(start.length, -'.tgz'.length) : ''
  return { kind: 'tarball', name, file, ...(isVersion(version) && { version }) }
}
