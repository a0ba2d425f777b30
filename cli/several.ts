import { open } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { simpleGit } from 'simple-git'
import { Problem } from '../verifiers/model/problem.ts'
import { type Declaration, declarationsOf } from '../verifiers/network/declarations.ts'
import type { PackagesOf } from '../verifiers/npm/resolve/search.ts'
import { parseArtifactSpec } from '../verifiers/npm/resolve/spec.ts'
import { oneLine } from './context.ts'

export type SeveralOptions = {
  list?: string
  from?: string
  changedSince?: string
  scope?: string
  maintainer?: string
  jobs?: string
}

/** Asks the registry which packages there are. */
export type Search = (whose: PackagesOf) => Promise<{ name: string; version: string }[]>

/** Options that are about one artifact. */
export function refuseForSeveral(options: Record<string, unknown>, names: readonly string[]): void {
  const given = names.find((name) => options[name] !== undefined && options[name] !== false)
  if (given === undefined) return
  throw new Problem('USAGE', `--${given} is about one artifact, and there are several.`, {
    hint: 'Rebuild that one by itself.',
  })
}

const largestList = 64 * 1024 * 1024

/** Longer than anything that `parseArtifactSpec` takes. */
const longestLine = 4096

/**
 * What is to be rebuilt, in the order in which it was named: on the command line, in a list (one a line, `#` begins a
 * comment), in a lockfile, by what the registry finds of a scope or a maintainer. What is named twice, in whatever way, is
 * there once.
 *
 * @param say gets a line about entries of the lockfile that no registry has, which are not rebuilt
 * @throws {Problem} USAGE, FILE_UNREADABLE, SOURCE_MANIFEST_INVALID, and those of `search`
 */
export async function readSpecs(
  named: readonly string[],
  options: SeveralOptions,
  search: Search,
  say: (line: string) => void,
): Promise<string[]> {
  const { list, from, changedSince, scope, maintainer } = options
  if (changedSince !== undefined && from === undefined) {
    throw new Problem('USAGE', '--changed-since says since when, and not of which lockfile.', { hint: 'Add --from.' })
  }
  const listed = list === undefined ? [] : linesOf((await readFileBounded(list)).toString('utf8'), list)
  const locked = from === undefined ? [] : await lockedSpecs(from, changedSince, say)
  const found = [
    ...(scope === undefined ? [] : await search({ scope })),
    ...(maintainer === undefined ? [] : await search({ maintainer })),
  ].map(specOf)
  const specs = [...named, ...listed, ...locked, ...found]
  if (specs.length === 0 && changedSince === undefined) {
    const where = [list, from, scope, maintainer].filter((option) => option !== undefined).join(' and ')
    throw new Problem('USAGE', `Nothing is named that could be rebuilt: ${where} names no package of a registry.`)
  }
  const byKey = new Map<string, string>()
  for (const spec of specs) {
    const key = keyOf(spec)
    if (!byKey.has(key)) byKey.set(key, spec)
  }
  return [...byKey.values()]
}

/** The same for `ms@2.1.3`, `npm:ms@2.1.3` and `pkg:npm/ms@2.1.3`. */
function keyOf(spec: string): string {
  if (!spec.startsWith('pkg:')) return spec.replace(/^npm:/, '')
  try {
    const parsed = parseArtifactSpec(spec, { cwd: process.cwd() })
    return parsed.kind === 'registry' ? `${parsed.name}@${parsed.wanted.spec}` : spec
  } catch {
    // What cannot be read is said of that one, in its place.
    return spec
  }
}

const specOf = ({ name, version }: { name: string; version: string }) => `npm:${name}@${version}`

function linesOf(text: string, file: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const wrong = lines.findIndex((line) => line.length > longestLine || line.includes('\0'))
  if (wrong !== -1) {
    throw new Problem('FILE_UNREADABLE', `${file} is no list: line ${wrong + 1} is no line of text.`, {
      hint: 'It has one artifact a line; # begins a comment.',
    })
  }
  return lines.map((line) => line.trim().replace(/(?:^|\s+)#.*$/, '')).filter((line) => line !== '')
}

async function lockedSpecs(
  file: string,
  changedSince: string | undefined,
  say: (line: string) => void,
): Promise<string[]> {
  const name = lockfileName(file)
  const now = specsOf(await readFileBounded(file), name)
  const earlier = changedSince === undefined ? Buffer.alloc(0) : await earlierContent(file, changedSince)
  const before = specsOf(earlier, name)
  const others = now.others.filter((entry) => !before.others.includes(entry))
  if (others.length > 0) say(notRebuilt(name, others))
  const known = new Set(before.specs)
  return now.specs.filter((spec) => !known.has(spec))
}

const shownEntries = 20

function notRebuilt(file: string, entries: readonly string[]): string {
  const names = entries.slice(0, shownEntries).map((entry) => oneLine(entry.slice(0, 200)))
  const more = entries.length > names.length ? ` and ${entries.length - names.length} more` : ''
  const [are, name] = entries.length === 1 ? ['entry', 'names'] : ['entries', 'name']
  return `${entries.length} ${are} of ${file} ${name} no package of a registry, and nothing is rebuilt of that: ${names.join(', ')}${more}\n`
}

const lockfiles = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'] as const

function lockfileName(file: string): Declaration['from'] {
  const name = lockfiles.find((one) => one === basename(file))
  if (name !== undefined) return name
  throw new Problem('USAGE', `${basename(file)} is no lockfile that --from can read.`, {
    hint: `It takes ${lockfiles.slice(0, -1).join(', ')} and ${lockfiles.at(-1)}.`,
  })
}

function specsOf(bytes: Buffer, name: Declaration['from']): { specs: string[]; others: string[] } {
  const others: string[] = []
  const specs = bytes.length === 0 ? [] : declarationsOf(bytes, name, others).map(specOf)
  return { specs, others }
}

/** The file as it was at a commit; empty where it was not there yet. */
async function earlierContent(file: string, ref: string): Promise<Buffer> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./~^@{}-]*$/.test(ref)) {
    throw new Problem('USAGE', `--changed-since is ${ref}, which is no name of a commit.`)
  }
  const git = simpleGit({ baseDir: dirname(resolve(file)) })
  const failed = (error: unknown) =>
    new Problem('USAGE', `git knows no commit ${ref} where ${file} is.`, {
      hint: 'Name one that is there: a shallow clone has only the last.',
      cause: error,
    })
  const commit = (
    await git.revparse(['--verify', '--quiet', `${ref}^{commit}`]).catch((error) => {
      throw failed(error)
    })
  ).trim()
  if (commit === '') throw failed(undefined)
  const listed = await git.raw(['ls-tree', '--name-only', commit, '--', basename(file)])
  return listed.trim() === '' ? Buffer.alloc(0) : Buffer.from(await git.raw(['show', `${commit}:./${basename(file)}`]))
}

async function readFileBounded(file: string): Promise<Buffer> {
  const unreadable = (why: string, cause?: unknown) => new Problem('FILE_UNREADABLE', `${file} ${why}.`, { cause })
  const handle = await open(file).catch((error) => {
    throw unreadable('cannot be read', error)
  })
  await using opened = handle
  const stats = await opened.stat()
  if (!stats.isFile()) throw unreadable('is not a file')
  if (stats.size > largestList) throw unreadable(`is larger than ${largestList} bytes`)
  return await opened.readFile()
}
