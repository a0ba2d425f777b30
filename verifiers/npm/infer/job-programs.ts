import { posix } from 'node:path'
import type { CiCommand } from './ci/job.ts'
import type { PublishingJob } from './ci.ts'
import type { SourceReader } from './reader.ts'
import { commandsOf } from './shell.ts'

/** What runs a file of the source as a program. */
const interpreters = new Set(['node', 'bun', 'deno', 'tsx', 'ts-node', 'esno', 'esmo', 'jiti', 'zx'])

const mostPrograms = 16
const textLimit = 256 * 1024

const writing =
  /\b(?:writeFile|copyFile|cp|rename|writeJson|outputFile|outputJson)(?:Sync)?\s*\(|\b(?:createWriteStream|writePackage|writeTextFile)\b|\bBun\.write\b/
const publishing = /\bpublish['"`]|['"`]publish\b|(?:npm|pnpm|yarn|lerna|changeset) publish\b|\bgit (?:push|tag)\b/

/**
 * Programs of the source that a job runs before it publishes, and that write files: `node tools/publish.cjs`, which takes
 * the scripts out of package.json. Not those that publish themselves.
 */
export async function writingPrograms(
  reader: SourceReader,
  job: Pick<PublishingJob, 'before'> | undefined,
): Promise<ReadonlySet<string>> {
  const named = (job?.before ?? []).flatMap((command) =>
    commandsOf(command.run).flatMap((words) => programOf(words, command) ?? []),
  )
  const found = new Set<string>()
  for (const path of [...new Set(named)].filter((path) => reader.has(path)).slice(0, mostPrograms)) {
    const text = ((await reader.text(path)) ?? '').slice(0, textLimit)
    if (writing.test(text) && !publishing.test(text)) found.add(path)
  }
  return found
}

/** `pnpm publish -r`, `npm --workspaces publish`; the same as the words of a call: `run('pnpm', ['publish', …])`. */
const onRegistry =
  /\b(?:npm|pnpm|yarn|bun)(?:\s+-[\w=-]+|\s+workspaces?\s+foreach|\s+npm){0,4}\s+publish\b|['"`](?:npm|pnpm|yarn|bun)['"`]\s*,\s*\[\s*['"`]publish['"`]/

/** Programs of the source among those that commands run which put packages on a registry: `tsx scripts/publish.ts`. */
export async function publishingPrograms(
  reader: SourceReader,
  commands: readonly CiCommand[],
): Promise<ReadonlySet<string>> {
  const named = commands.flatMap((command) =>
    commandsOf(command.run).flatMap((words) => programOf(words, command) ?? []),
  )
  const likely = [...new Set(named)].filter((path) => /publish|release|deploy/i.test(path) && reader.has(path))
  const found = new Set<string>()
  for (const path of likely.slice(0, mostPrograms)) {
    const text = ((await reader.text(path)) ?? '').slice(0, textLimit)
    if (onRegistry.test(text)) found.add(path)
  }
  return found
}

const asking = /(?:\brequire\s*\(|\bfrom|\bimport(?:\s*\()?)\s*['"]([^'"\n]{1,200})['"]/g

/**
 * Modules that the programs of the source which commands run ask for, by themselves or through other files of the source, as
 * they are named there.
 *
 * @param directory in which the commands are run
 */
export async function modulesAskedFor(
  reader: SourceReader,
  texts: readonly string[],
  directory: string,
): Promise<ReadonlySet<string>> {
  const run = texts.flatMap(commandsOf).flatMap((words) => {
    const file = interpreters.has(words[0] ?? '') ? words.slice(1).find((word) => !word.startsWith('-')) : undefined
    return file === undefined || file.startsWith('/') ? [] : [posix.join(directory, file)]
  })
  const found = new Set<string>()
  const queue = [...new Set(run)]
  for (let at = 0; at < queue.length && at < mostPrograms; at++) {
    const path = fileAt(reader, queue[at] ?? '')
    const text = path === undefined ? '' : ((await reader.text(path)) ?? '').slice(0, textLimit)
    for (const [, name = ''] of text.matchAll(asking)) {
      const next = posix.join(posix.dirname(path ?? ''), name)
      if (!/^\.{1,2}(?:\/|$)/.test(name)) found.add(name)
      else if (!queue.includes(next)) queue.push(next)
    }
  }
  return found
}

const mostSources = 400
const source = /\.[cm]?[jt]sx?$/
const ofTests =
  /(?:^|\/)(?:__\w+__|node_modules|tests?|specs?|e2e|examples?|fixtures?|docs?|benchmarks?|\.[\w-]+)\/|\.(?:tests?|specs?|bench|stories|config)\.[cm]?[jt]sx?$/i

/** Modules that the programs of a folder ask for, as they are named there, without those of tests and examples. */
export async function modulesImported(reader: SourceReader, directory: string): Promise<ReadonlySet<string>> {
  const start = directory === '' ? '' : `${directory}/`
  const paths = [...reader.entries.keys()]
    .filter((path) => path.startsWith(start) && source.test(path) && !ofTests.test(path.slice(start.length)))
    .slice(0, mostSources)
  await reader.bring(paths)
  const found = new Set<string>()
  for (const path of paths) {
    for (const [, name = ''] of ((await reader.text(path)) ?? '').slice(0, textLimit).matchAll(asking)) found.add(name)
  }
  return found
}

/** As Node looks for what is asked for without its ending. https://nodejs.org/api/modules.html#file-modules */
function fileAt(reader: SourceReader, path: string): string | undefined {
  if (path.startsWith('../')) return undefined
  return [path, `${path}.js`, `${path}.cjs`, `${path}.mjs`, `${path}/index.js`].find((one) => reader.has(one))
}

/** The file of the source that a command runs, from the source's root. */
export function programOf(words: readonly string[], { directory }: Pick<CiCommand, 'directory'>): string | undefined {
  const [program = '', ...rest] = words
  if (!interpreters.has(program)) return undefined
  const file = rest.find((word) => !word.startsWith('-') && word !== 'run')
  if (file === undefined || file.startsWith('/') || !/\.[cm]?[jt]s$/.test(file)) return undefined
  const path = posix.join(directory, file)
  return path.startsWith('../') ? undefined : path
}
