import { Problem } from '../model/problem.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import type { Declaration, FileDeclaration } from './declarations.ts'
import { isStrong, requirementOf } from './integrity.ts'
import { baseNameOf, isPackageName, tarballPath } from './names.ts'
import { libraryRegistry, pickRegistry } from './npm-registry.ts'

/** What a request asks of which registry. */
export type Target =
  /** `path` is relative to the registry; `registry` is absent where the package's scope decides. */
  | { kind: 'registry'; path: string; registry?: URL; base: string }
  /** A host that only the lockfile names: what it declares there is served, and nothing else. */
  | { kind: 'declared'; declaration: Declaration }
  /** A file that the lockfile names by its address and a digest that nobody can forge. */
  | { kind: 'file'; file: FileDeclaration }
  | { kind: 'declared-packument'; name: string; base: string }
  | { kind: 'refused'; reason: string }

export type Registries = {
  /** What npm asks where nothing is configured. */
  library: URL
  /** The registry that the user's configuration has for this package. */
  of(name: string): URL
  /** What a URL of another host than the proxy itself means. */
  locate(url: URL): Target
}

/** @throws {Problem} CONFIGURATION_INVALID when a registry's address is none. */
export function openRegistries(
  options: RegistryOptions,
  declared: Declaration[],
  files: FileDeclaration[] = [],
): Registries {
  const of = (name: string) => registryUrl(pickRegistry(name, options))
  const library = registryUrl(libraryRegistry)
  const scoped = Object.entries(options)
    .filter(([key, value]) => /^@[^:]+:registry$/.test(key) && typeof value === 'string')
    .map(([, value]) => registryUrl(String(value)))
  // The library's default stands for whatever is configured, as npm itself treats it.
  const served = [
    ...scoped.map((registry) => ({ base: registry, registry })),
    { base: of('any'), registry: undefined },
    { base: library, registry: undefined },
  ].sort((a, b) => b.base.pathname.length - a.base.pathname.length)
  const elsewhere = indexByUrl(declared, files)
  return {
    library,
    of,
    locate(url) {
      const match = served.find(({ base }) => isBelow(url, base))
      if (match) {
        const path = url.pathname.slice(match.base.pathname.length) + url.search
        return {
          kind: 'registry',
          path,
          base: baseOf(url, match.base.pathname),
          ...(match.registry && { registry: match.registry }),
        }
      }
      return elsewhere(url)
    },
  }
}

function registryUrl(address: string): URL {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Problem(
      'CONFIGURATION_INVALID',
      `npm's configuration names a registry that is not an address: ${address}`,
      {
        hint: 'Correct it with `npm config set registry …`.',
      },
    )
  }
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** Whatever the protocol: old lockfiles name the same registry by http. */
function isBelow(url: URL, base: URL): boolean {
  return url.hostname === base.hostname && url.port === base.port && url.pathname.startsWith(base.pathname)
}

const baseOf = (url: URL, path: string) => `${url.protocol}//${url.host}${path}`

/** What a lockfile declares of hosts that no configuration names: tarballs by their URL, packuments by the folder above. */
function indexByUrl(declared: Declaration[], files: FileDeclaration[]): (url: URL) => Target {
  const targets = new Map<string, Target>()
  for (const file of files) {
    const url = URL.parse(file.url)
    if (url && isPinned(file)) targets.set(keyOf(url), { kind: 'file', file })
  }
  for (const declaration of declared) {
    const url = URL.parse(declaration.url ?? '')
    if (!url) continue
    const base = registryPart(url, declaration)
    if (base !== undefined && declaration.integrity !== undefined) {
      targets.set(keyOf(url), { kind: 'declared', declaration })
      const { name } = declaration
      targets.set(keyOf(new URL(name, base)), { kind: 'declared-packument', name, base })
    } else if (declaration.integrity !== undefined && isPinned(declaration)) {
      targets.set(keyOf(url), { kind: 'file', file: { url: url.href, integrity: declaration.integrity } })
    } else if (!targets.has(keyOf(url))) {
      targets.set(keyOf(url), { kind: 'refused', reason: unservable(url, declaration, base) })
    }
  }
  return (url) => {
    const reason = `Neither npm's configuration nor the lockfile names ${url.host} as a registry.`
    return targets.get(keyOf(url)) ?? { kind: 'refused', reason }
  }
}

function isPinned({ integrity }: Pick<Declaration, 'integrity'>): boolean {
  const requirement = requirementOf('lockfile', integrity)
  return requirement !== undefined && isStrong(requirement)
}

function unservable({ host }: URL, { name, version }: Declaration, base: string | undefined): string {
  const what = `The lockfile takes ${name}@${version} from ${host}`
  return base === undefined
    ? `${what}, by an address that is not a registry's for it, without a digest that cannot be forged.`
    : `${what}, which npm's configuration does not name, without a digest to check.`
}

/**
 * What stands before `name/-/name-version.tgz`, or nothing where the URL is not a registry's URL of this very version.
 * Registries after cnpm have `name/download/` in place of `name/-/`, and the scope once more in the file's name.
 */
function registryPart(url: URL, { name, version }: Declaration): string | undefined {
  if (!isPackageName(name)) return undefined
  const path = decoded(url.pathname)
  const tails = [
    tarballPath(name, version),
    ...[name, baseNameOf(name)].map((it) => `${name}/download/${it}-${version}.tgz`),
  ]
  const tail = tails.map((it) => `/${decoded(it)}`).find((it) => path?.endsWith(it))
  return tail === undefined ? undefined : `${url.origin}${path?.slice(0, 1 - tail.length)}`
}

/** Scoped names are written with and without `%2f`. */
function keyOf(url: URL): string {
  return url.origin + (decoded(url.pathname) ?? url.pathname)
}

function decoded(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : decodeURIComponent(path)
  } catch {
    return undefined
  }
}
