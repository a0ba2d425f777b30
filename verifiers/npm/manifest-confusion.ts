import semver from 'semver'
import type { Difference } from '../model/comparison.ts'

/**
 * What decides what is installed and run, and stands both in the tarball's package.json and in the registry's document
 * of the version. npm installs by the document; whoever reviews the tarball sees the file.
 * https://blog.vlt.sh/blog/the-massive-hole-in-the-npm-ecosystem
 */
export const confusableFields = [
  'name',
  'version',
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'scripts',
  'bin',
  'engines',
  'os',
  'cpu',
  'libc',
  'directories',
  'gypfile',
  'hasInstallScript',
] as const

type Manifest = Record<string, unknown>
type Normal = Record<string, string>

/**
 * Where the registry's document of a version and the package.json in its tarball say different things. What npm itself
 * writes otherwise when it publishes (spelling of `bin`, merged optional dependencies, the install script of a package
 * with a binding.gyp, …) is nothing.
 *
 * @param packed the parsed package.json; anything that is no object is confusion by itself
 * @param facts.hasBindingGyp whether the tarball has one beside package.json
 */
export function manifestConfusion(claimed: Manifest, packed: unknown, facts: { hasBindingGyp: boolean }): Difference[] {
  if (!isRecord(packed)) return [confusion('', 'an object', JSON.stringify(packed) ?? 'nothing')]
  const [registry, tarball] = [normalised(claimed, facts), normalised(packed, facts)]
  const differences: Difference[] = []
  for (const pointer of new Set([...Object.keys(registry), ...Object.keys(tarball)])) {
    const [ours, theirs] = [tarball[pointer], registry[pointer]]
    if (ours !== theirs && !isNoise(pointer, registry, tarball)) differences.push(confusion(pointer, theirs, ours))
  }
  if (claimed.hasInstallScript === false && installScripts.some((name) => `/scripts/${name}` in tarball)) {
    differences.push(confusion('/hasInstallScript', 'false', 'an install script'))
  }
  return differences.slice(0, 200)
}

const installScripts = ['preinstall', 'install', 'postinstall']

function confusion(pointer: string, registry: string | undefined, tarball: string | undefined): Difference {
  const said = (value: string | undefined) => (value === undefined ? 'nothing' : JSON.stringify(value.slice(0, 200)))
  return {
    path: 'package/package.json',
    kind: 'structure',
    cause: 'manifest-confusion',
    severity: 'suspicious',
    summary: `The registry says ${said(registry)} of ${pointer.slice(0, 300) || 'package.json'}, and the package.json in the tarball ${said(tarball)}: who installs it gets something else than who reads it sees.`,
    evidence: { field: pointer.slice(0, 1024), registry: registry?.slice(0, 4096), tarball: tarball?.slice(0, 4096) },
  }
}

/** Every member that counts, by its JSON pointer, as npm's publish would write it. */
function normalised(manifest: Manifest, { hasBindingGyp }: { hasBindingGyp: boolean }): Normal {
  const flat: Normal = {}
  const set = (pointer: string, value: unknown) => {
    if (typeof value === 'string') flat[pointer] = value.trim()
  }
  set('/name', manifest.name)
  if (typeof manifest.version === 'string') {
    set('/version', semver.clean(manifest.version, { loose: true }) ?? manifest.version)
  }
  for (const field of dependencyFields) {
    for (const [name, range] of entriesOf(manifest[field], dependencyPair)) set(`/${field}/${escaped(name)}`, range)
  }
  // npm writes optional dependencies into `dependencies`, too, and has done so at different times.
  for (const [name] of entriesOf(manifest.optionalDependencies, dependencyPair)) {
    delete flat[`/dependencies/${escaped(name)}`]
  }
  for (const name of bundledIn(manifest)) flat[`/bundleDependencies/${escaped(name)}`] = 'bundled'
  for (const [name, text] of entriesOf(manifest.scripts)) {
    set(`/scripts/${escaped(name)}`, typeof text === 'string' ? withoutBinFolder(text) : text)
  }
  // npm runs this for a package with a binding.gyp, and only some versions of it write so when they publish.
  if (hasBindingGyp && flat['/scripts/install'] === undefined) flat['/scripts/install'] = 'node-gyp rebuild'
  for (const [name, path] of binariesOf(manifest)) flat[`/bin/${escaped(name)}`] = path
  for (const [name, range] of enginesOf(manifest.engines)) set(`/engines/${escaped(name)}`, range)
  for (const field of ['os', 'cpu', 'libc'] as const) {
    const list = listOf(manifest[field])
    if (list.length > 0) flat[`/${field}`] = list.sort().join(' ')
  }
  for (const [name, meta] of entriesOf(manifest.peerDependenciesMeta)) {
    flat[`/peerDependenciesMeta/${escaped(name)}`] = JSON.stringify(meta) ?? ''
  }
  return flat
}

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

/**
 * Differences that npm and registries make by themselves: an empty value is none, and a registry may leave out what
 * only developers need.
 */
function isNoise(pointer: string, registry: Normal, tarball: Normal): boolean {
  const [theirs, ours] = [registry[pointer], tarball[pointer]]
  if ((theirs ?? '') === (ours ?? '')) return true
  if (theirs === undefined && pointer.startsWith('/devDependencies/')) return true
  // Some registries and old versions of npm tell no engines at all.
  return theirs === undefined && pointer.startsWith('/engines/') && !hasAny(registry, '/engines/')
}

function hasAny(flat: Normal, prefix: string): boolean {
  return Object.keys(flat).some((pointer) => pointer.startsWith(prefix))
}

function dependencyPair(text: string): [string, string] {
  const [name = '', range = ''] = text.trim().split(/[:@\s><=]+(.*)/s)
  return [name, range]
}

/** Members of an object; of a list or a text, as old manifests have them, with a way to read one. */
function entriesOf(value: unknown, pair?: (text: string) => [string, string]): [string, unknown][] {
  if (isRecord(value)) return Object.entries(value)
  if (pair === undefined) return []
  const texts = typeof value === 'string' ? value.split(/[\n\r\s\t ,]+/) : Array.isArray(value) ? value : []
  return texts.filter((text) => typeof text === 'string' && text !== '').map(pair)
}

function bundledIn(manifest: Manifest): string[] {
  const value = manifest.bundleDependencies ?? manifest.bundledDependencies
  if (value === true) return entriesOf(manifest.dependencies).map(([name]) => name)
  if (isRecord(value)) return Object.keys(value)
  return listOf(value)
}

function binariesOf(manifest: Manifest): [string, string][] {
  const { bin, name } = manifest
  if (typeof bin === 'string') return [[lastPart(String(name ?? '')), plainPath(bin)]]
  if (Array.isArray(bin)) {
    return bin.filter((path) => typeof path === 'string').map((path) => [lastPart(path), plainPath(path)])
  }
  return entriesOf(bin).flatMap(([key, path]) => (typeof path === 'string' ? [[lastPart(key), plainPath(path)]] : []))
}

function enginesOf(value: unknown): [string, unknown][] {
  if (isRecord(value)) return Object.entries(value)
  const texts = typeof value === 'string' ? [value] : listOf(value)
  return texts.map((text) => dependencyPair(text))
}

/** As npm resolves it: below the package, whatever is written before it. */
function plainPath(path: string): string {
  const parts: string[] = []
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return parts.join('/')
}

function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
}

function withoutBinFolder(text: string): string {
  return text.replace(/^(?:\.\/)?node_modules[/\\]\.bin[/\\]/, '')
}

function listOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
