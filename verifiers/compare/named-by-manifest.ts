import type { ArchiveEntry } from './entry.ts'
import type { PresentPaths } from './present-paths.ts'

/**
 * Fields by which Node and bundlers choose what a package is (Node, "Package entry points"; webpack and Vite,
 * `resolve.mainFields`; Metro), and npm what it can be called by.
 */
const fields = [
  ...['main', 'module', 'browser', 'exports', 'imports', 'bin', 'react-native', 'electron', 'deno', 'bun', 'worker'],
  ...['jsnext:main', 'jsnext', 'es2015', 'es2020', 'esm2015', 'esm2020', 'esnext', 'fesm2015', 'fesm2020', 'unpkg'],
  ...['jsdelivr', 'umd:main', 'style', 'sass', 'svelte'],
]
/** Types are gone when a program runs, and sources are taken where they are worked on. */
const unused = /^types(?:@|$)|^(?:typings|source)$/
const endings = ['', '.js', '.mjs', '.cjs', '.json', '.node', '.ts', '.jsx', '.tsx', '/package.json', '/index.js']
const tried = [...endings, '/index.json', '/index.node', '/index.mjs', '/index.ts']

/** In bytes: of one package.json, and of all that are read of a package. */
const largest = 1024 * 1024
const mostBytes = 16 * 1024 * 1024

/** The package.json files that say which files a package of npm is used by: its own first. */
export function namingManifests(entries: readonly ArchiveEntry[]): ArchiveEntry[] {
  const isManifest = ({ path, type, size }: ArchiveEntry) =>
    type === 'file' && size <= largest && path.endsWith('/package.json') && !path.includes('/node_modules/')
  const own = ({ path }: ArchiveEntry) => path.indexOf('/') === path.lastIndexOf('/')
  const all = entries.filter(isManifest)
  let room = mostBytes
  return [...all.filter(own), ...all.filter((entry) => !own(entry))].filter(({ size }) => {
    room -= size
    return room >= 0
  })
}

/**
 * Paths among `missing` that a package.json names and in whose place something else is taken, or nothing, with the field.
 * Where what is named is there by an ending that is tried before, the others are not asked for.
 */
export function namedBy(
  manifest: { path: string; text: string },
  paths: PresentPaths,
  missing: ReadonlySet<string>,
): Map<string, string> {
  const named = new Map<string, string>()
  const folder = manifest.path.slice(0, -'package.json'.length)
  for (const [field, target] of targetsIn(manifest.text)) {
    const place = within(folder, target)
    if (place === undefined) continue
    for (const ending of tried) {
      const path = `${place}${ending}`
      if (paths.has(path)) break
      if (missing.has(path) && !named.has(path)) named.set(path, field)
    }
  }
  return named
}

/** All texts in the fields that name files, whatever the conditions they stand under. */
function* targetsIn(text: string): Generator<[string, string]> {
  const manifest = objectIn(text)
  const waiting = fields.flatMap((field): [string, unknown][] =>
    Object.hasOwn(manifest, field) ? [[field, manifest[field]]] : [],
  )
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [field, value] = next
    if (typeof value === 'string') yield [field, value]
    else if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) if (!unused.test(key)) waiting.push([field, one])
    }
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // Nothing reads it, then.
    return {}
  }
}

/** Below the folder; `undefined` where it leads out of it, or is a pattern, which names no file. */
function within(folder: string, target: string): string | undefined {
  if (target.includes('*') || /\.d\.[cm]?ts$/.test(target)) return undefined
  const segments = folder.split('/').slice(0, -1)
  const root = segments.length > 0 ? 1 : 0
  for (const segment of target.split('/')) {
    if (segment === '..') {
      if (segments.length <= root) return undefined
      segments.pop()
    } else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments.join('/')
}
