import { isObject, type Json, type JsonChange } from '../content/json.ts'

type Manifest = { [key: string]: Json }

const dependencyField = /^\/(?:dependencies|devDependencies|optionalDependencies|peerDependencies)\/[^/]+$/
/** What only means something within a repository: https://pnpm.io/workspaces, https://pnpm.io/catalogs */
const within = /^(?:workspace|catalog):/
/** An exact version, or the ranges that a package manager makes of one. */
const range = /^[~^]?\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,32})?$/

/** Fields that pnpm puts into the place of others: https://pnpm.io/package_json#publishconfig */
const moved = new Set(
  'bin main exports types typings module browser esnext es2015 unpkg umd:main os cpu libc typesVersions type imports'.split(
    ' ',
  ),
)

/**
 * Whether pnpm, yarn or a release tool writes a field of package.json like this when it publishes: `workspace:^` becomes
 * the version, fields of `publishConfig` take the place of their namesakes, and `publishConfig` goes. What they are
 * written from is in the rebuilt package.json.
 */
export function isRewritten({ pointer, published, rebuilt }: JsonChange, a: Manifest, b: Manifest): boolean {
  if (dependencyField.test(pointer)) {
    if (typeof published !== 'string' || typeof rebuilt !== 'string' || !within.test(rebuilt)) return false
    return range.test(published) && fits(published, rebuilt)
  }
  const [, field = '', member] = pointer.split('/')
  if (field === 'bin' && isSameBin(a, b)) return true
  const config = isObject(b.publishConfig) ? b.publishConfig : undefined
  if (config === undefined) return false
  if (field === 'publishConfig') {
    const gone = member === undefined ? Object.keys(config) : [member]
    return published === undefined && gone.every((name) => !moved.has(name) || isMoved(name, a, config))
  }
  return moved.has(field) && isMoved(field, a, config)
}

/** As `npm pkg fix` and npm's registry write it: each program by its name, and its path without `./` in front. */
function isSameBin(a: Manifest, b: Manifest): boolean {
  const [published, rebuilt] = [programsOf(a), programsOf(b)]
  return published !== undefined && published === rebuilt
}

function programsOf({ bin, name }: Manifest): string | undefined {
  const short = typeof name === 'string' ? name.replace(/^@[^/]*\//, '') : ''
  const programs = typeof bin === 'string' ? { [short]: bin } : bin
  if (!isObject(programs)) return undefined
  const paths = Object.entries(programs).map(([key, path]) => [
    key,
    typeof path === 'string' ? path.replace(/^\.\//, '') : path,
  ])
  return JSON.stringify(paths.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)))
}

function isMoved(field: string, a: Manifest, config: Manifest): boolean {
  return config[field] !== undefined && JSON.stringify(a[field]) === JSON.stringify(config[field])
}

/** `workspace:^1.2.3` can only become `^1.2.3`, `workspace:~` only something with a tilde. */
function fits(published: string, rebuilt: string): boolean {
  const wanted = rebuilt.slice(rebuilt.indexOf(':') + 1)
  if (!rebuilt.startsWith('workspace:') || wanted === '') return true
  if (wanted === '*') return /^\d/.test(published)
  return wanted === '^' || wanted === '~' ? published.startsWith(wanted) : published === wanted
}
