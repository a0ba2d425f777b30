import { parse, type TomlTable, type TomlValue } from 'smol-toml'
import { explainText } from '../content/explain-text.ts'
import type { Explanation } from '../content/explanation.ts'
import { parseJson } from '../content/json.ts'

/** What an archive of cargo has, for what a manifest leaves to be found: https://doc.rust-lang.org/cargo/guide/project-layout.html */
type Layout = {
  /** Paths below the package's folder, of both sides. */
  paths: ReadonlySet<string>
}

/**
 * Why two Cargo.toml differ that cargo has written for the registry, as it does of each when it packs; `undefined` where they
 * do not say the same. Its versions order the keys otherwise, and write out what older ones left to be found.
 */
export function explainCargoManifest(published: string, rebuilt: string, layout: Layout): Explanation | undefined {
  const [a, b] = [parseToml(published), parseToml(rebuilt)]
  if (a === undefined || b === undefined || saysMoreInComments(published, rebuilt)) return undefined
  const { changes = [], count = 0 } = explainText(published, rebuilt, 'program')
  const shown = { changes: changes.map(({ alarms: _, ...change }) => change), count }
  if (inOrder(a) === inOrder(b)) {
    const summary = 'The values are the same; their keys stand in another order, or among other comments.'
    return { cause: 'key-order', severity: 'unexplained', summary, ...shown }
  }
  if (inOrder(withoutFound(a, layout)) !== inOrder(withoutFound(b, layout))) return undefined
  const summary =
    'The manifest says the same as another cargo writes it, which names the targets that it finds by itself.'
  return { cause: 'another-builder', severity: 'unexplained', summary, ...shown }
}

/** https://doc.rust-lang.org/cargo/commands/cargo-package.html#cargo_vcs_infojson-format: from 1.66 on with the folder. */
export function explainVcsInfo(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [published, rebuilt].map(parseJson)
  if (!isObject(a) || !isObject(b)) return undefined
  const plain = (info: Record<string, unknown>) => inOrder({ ...info, path_in_vcs: info.path_in_vcs ?? '' })
  if (plain(a) !== plain(b)) return undefined
  const summary = 'Another cargo has noted where the package is in its repository, which is at the root.'
  return { cause: 'another-builder', severity: 'unexplained', summary }
}

/**
 * Why two Cargo.lock differ whose packages all come from a registry of the rebuild's; `undefined` where others do. cargo
 * makes the file when it packs, of what the registry has then.
 */
export function explainCargoLock(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [packagesOf(published), packagesOf(rebuilt)]
  if (a === undefined || b === undefined) return undefined
  const known = new Set(b.map(({ source }) => source))
  if (a.some(({ source }) => !known.has(source))) return undefined
  const own = (packages: LockedPackage[]) => packages.filter(({ source }) => source === undefined).map(named)
  if (own(a).join() !== own(b).join()) return undefined
  const [left, right] = [new Set(a.map(named)), new Set(b.map(named))]
  const changed = [...left].filter((one) => !right.has(one))
  const { changes, count } = explainText(published, rebuilt, 'program')
  const summary =
    changed.length === 0
      ? 'The lockfile names the same versions, written by another cargo.'
      : `The lockfile names other versions of ${changed.length} packages, as the registry had them when it was packed: ${changed.slice(0, 3).join(', ')}${changed.length > 3 ? ', …' : ''}.`
  // What is installed with it is what it names (https://doc.rust-lang.org/cargo/commands/cargo-install.html#option-cargo-install---locked).
  const evidence = { changed: changed.slice(0, 40), count: changed.length }
  return {
    cause: lockedVersions,
    severity: 'suspicious',
    summary,
    ...(changes && { changes, count: count ?? 0 }),
    evidence,
  }
}

/** Cause of a lockfile with other versions. */
export const lockedVersions = 'locked-versions'

/**
 * Whether a crate has no program: then nobody but who develops it is given what its lockfile names.
 * https://doc.rust-lang.org/cargo/faq.html#why-have-cargolock-in-version-control
 *
 * @param manifest text of Cargo.toml
 */
export function isLibraryOnly(manifest: string, { paths }: Layout): boolean {
  const table = parseToml(manifest)
  if (table === undefined || 'bin' in table) return false
  return !paths.has('src/main.rs') && ![...paths].some((path) => path.startsWith('src/bin/'))
}

type LockedPackage = { name: string; version: string; source: string | undefined }

function packagesOf(text: string): LockedPackage[] | undefined {
  const packages = parseToml(text)?.package
  if (!Array.isArray(packages)) return undefined
  const found = packages.flatMap((one): LockedPackage[] => {
    if (!isObject(one)) return []
    const { name, version, source } = one
    if (typeof name !== 'string' || typeof version !== 'string') return []
    if (source === undefined) return [{ name, version, source: undefined }]
    return typeof source === 'string' && source.startsWith('registry+') ? [{ name, version, source }] : []
  })
  return found.length === packages.length ? found : undefined
}

function named({ name, version }: LockedPackage): string {
  return `${name} ${version}`
}

function parseToml(text: string): TomlTable | undefined {
  try {
    return parse(text, { maxDepth: 32, integersAsBigInt: true })
  } catch {
    // Not an error of ours: the caller looks at the text instead.
    return undefined
  }
}

/** Only people read comments, and cargo writes its own. */
function saysMoreInComments(published: string, rebuilt: string): boolean {
  const [left = '', right = ''] = [published, rebuilt].map(commentsIn)
  return explainText(left, right, 'text').severity === 'suspicious'
}

const stringOrComment = /"""(?:\\[\s\S]|[^\\])*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g

function commentsIn(toml: string): string {
  return [...toml.matchAll(stringOrComment)].flatMap(([text]) => (text.startsWith('#') ? [text] : [])).join('\n')
}

/** As text, with the keys of tables sorted: lists keep their order. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === 'bigint') return `${one}n`
    if (!isObject(one) || one instanceof Date) return one
    return Object.fromEntries(Object.entries(one).sort(([x], [y]) => (x < y ? -1 : 1)))
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Folders in which cargo looks for targets of a kind. */
const folders = { example: 'examples', test: 'tests', bench: 'benches' } as const

/**
 * Without what cargo finds by itself, and notes since 1.80: a library in src/lib.rs, tests, examples and benchmarks in their
 * folders; that nothing else is looked for, where nothing else is there. Programs and build scripts are never taken out
 * while there is one.
 */
function withoutFound(table: TomlTable, layout: Layout): TomlTable {
  const { paths } = layout
  const own = isObject(table.package) ? { ...table.package } : {}
  const has = (folder: string) => [...paths].some((path) => path.startsWith(folder))
  for (const key of ['autoexamples', 'autotests', 'autobenches']) if (own[key] === false) delete own[key]
  if (own.autobins === false && !paths.has('src/main.rs') && !has('src/bin/')) delete own.autobins
  if (own.build === false && !paths.has('build.rs')) delete own.build
  const lib = isObject(table.lib) ? { ...table.lib } : {}
  if (own.autolib === false && (typeof lib.path === 'string' || !paths.has('src/lib.rs'))) delete own.autolib
  if (lib.path === 'src/lib.rs' && paths.has('src/lib.rs')) delete lib.path
  if (lib.name === String(own.name).replaceAll('-', '_')) delete lib.name
  const found: TomlTable = { ...table, package: own as TomlTable }
  if (Object.keys(lib).length > 0) found.lib = lib as TomlTable
  else delete found.lib
  for (const [kind, folder] of Object.entries(folders)) {
    const left = withoutConventional(found[kind], folder)
    if (left === undefined || left.length > 0) continue
    delete found[kind]
  }
  return found
}

function withoutConventional(targets: TomlValue | undefined, folder: string): TomlValue[] | undefined {
  if (!Array.isArray(targets)) return undefined
  return targets.filter((target) => {
    if (!isObject(target)) return true
    const { name, path, ...rest } = target
    const places = [`${folder}/${String(name)}.rs`, `${folder}/${String(name)}/main.rs`]
    return Object.keys(rest).length > 0 || typeof path !== 'string' || !places.includes(path)
  })
}
