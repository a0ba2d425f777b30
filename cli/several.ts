import { open } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { simpleGit } from 'simple-git'
import { Problem } from '../verifiers/model/problem.ts'
import { type Declaration, declarationsOf } from '../verifiers/network/declarations.ts'

export type SeveralOptions = { list?: string; from?: string; changedSince?: string; jobs?: string }

/** Options that are about one artifact. */
export function refuseForSeveral(options: Record<string, unknown>, names: readonly string[]): void {
  const given = names.find((name) => options[name] !== undefined && options[name] !== false)
  if (given === undefined) return
  throw new Problem('USAGE', `--${given} is about one artifact, and there are several.`, {
    hint: 'Rebuild that one by itself.',
  })
}

const largestList = 64 * 1024 * 1024

/**
 * What is to be rebuilt, in the order in which it was named: on the command line, in a list (one a line, `#` begins a
 * comment), in a lockfile.
 *
 * @throws {Problem} USAGE, FILE_UNREADABLE, SOURCE_MANIFEST_INVALID
 */
export async function readSpecs(named: readonly string[], options: SeveralOptions): Promise<string[]> {
  const { list, from, changedSince } = options
  if (changedSince !== undefined && from === undefined) {
    throw new Problem('USAGE', '--changed-since says since when, and not of which lockfile.', { hint: 'Add --from.' })
  }
  const listed = list === undefined ? [] : linesOf((await readFileBounded(list)).toString('utf8'))
  const locked = from === undefined ? [] : await lockedSpecs(from, changedSince)
  return [...new Set([...named, ...listed, ...locked])]
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

async function lockedSpecs(file: string, changedSince: string | undefined): Promise<string[]> {
  const name = lockfileName(file)
  const now = specsOf(await readFileBounded(file), name)
  if (changedSince === undefined) return now
  const before = new Set(specsOf(await earlierContent(file, changedSince), name))
  return now.filter((spec) => !before.has(spec))
}

function lockfileName(file: string): Declaration['from'] {
  const name = basename(file)
  if (name === 'package-lock.json' || name === 'npm-shrinkwrap.json') return name
  throw new Problem('USAGE', `${name} is no lockfile that --from can read.`, {
    hint: 'It takes package-lock.json and npm-shrinkwrap.json.',
  })
}

function specsOf(bytes: Buffer, name: Declaration['from']): string[] {
  return bytes.length === 0 ? [] : declarationsOf(bytes, name).map(({ name, version }) => `npm:${name}@${version}`)
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
