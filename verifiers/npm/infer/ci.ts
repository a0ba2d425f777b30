import { readGithubWorkflow } from './ci/github.ts'
import { readGitlabFile } from './ci/gitlab.ts'
import type { CiCommand, CiJob } from './ci/job.ts'
import { readCircleFile, readTravisFile } from './ci/others.ts'
import { TooMuchWork, workLimit } from './ci/work.ts'
import { parseYaml } from './ci/yaml.ts'
import { programOf, publishingPrograms } from './job-programs.ts'
import { makeCommands } from './makefile.ts'
import type { SourceReader } from './reader.ts'
import { buildingParts, partsOf } from './scripts.ts'
import { commandsOf, isPublish, scriptsRunBy } from './shell.ts'

/** A job that puts the package on the registry. */
export type PublishingJob = CiJob & {
  /** The command or action that publishes. */
  how: string
  /** What the job runs before that. */
  before: CiCommand[]
  /** The commands that lead to the publishing. */
  publishing: CiCommand[]
}

export type CiFindings = {
  /** The likeliest first. */
  jobs: PublishingJob[]
  /** Files that could not be read, and why, as the end of a sentence about each. */
  unreadable: { path: string; why: string }[]
}

const ciFile = /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|\.circleci\/config\.ya?ml)$/
const mostFiles = 64

export function isCiFile(path: string): boolean {
  return ciFile.test(path)
}

const sizeLimit = 256 * 1024
/** Scripts that run scripts; a person would be lost long before. */
const depthLimit = 32

/** The jobs of the CI files at the commit that publish, however they say it. */
export async function findPublishingJobs(source: SourceReader, scripts: Record<string, string>): Promise<CiFindings> {
  const paths = [...source.entries.keys()].filter(isCiFile).slice(0, mostFiles)
  const makefile = ((await source.text('Makefile')) ?? '').slice(0, sizeLimit)
  const found: CiJob[] = []
  const called: CiJob[] = []
  const unreadable: CiFindings['unreadable'] = []
  for (const path of paths) {
    const text = await source.text(path)
    const parsed = text === undefined ? { problem: 'it is no file, or far too large' } : parseYaml(text)
    if ('problem' in parsed) {
      unreadable.push({ path, why: parsed.problem })
      continue
    }
    const read = await readJobs(path, parsed.value, source)
    if ('problem' in read) unreadable.push({ path, why: read.problem })
    else for (const job of read.jobs) (job.from.startsWith(`${path} `) ? found : called).push(job)
  }
  // A workflow that another one calls is read with what it is given then.
  const all = [...called, ...found.filter(({ from }) => !called.some((job) => job.from === from))]
  const texts = Object.values(scripts).map((run) => ({ run, directory: '' }))
  const programs = await publishingPrograms(source, [...all.flatMap(({ commands }) => commands), ...texts])
  const indirections: Indirections = { scripts, makefile, programs, depths: new Map() }
  const jobs = all.flatMap((job) => {
    const publication = publicationOf(job, indirections)
    return publication ? [{ ...job, ...publication }] : []
  })
  return { jobs: jobs.sort((a, b) => b.rank - a.rank).map(({ rank: _, ...job }) => job), unreadable }
}

async function readJobs(
  path: string,
  document: unknown,
  source: SourceReader,
): Promise<{ jobs: CiJob[] } | { problem: string }> {
  try {
    return { jobs: await jobsOf(path, document, source) }
  } catch (error) {
    if (error instanceof TooMuchWork) return { problem: error.message }
    throw error
  }
}

function jobsOf(path: string, document: unknown, source: SourceReader): CiJob[] | Promise<CiJob[]> {
  const spend = workLimit()
  if (path.startsWith('.github/')) return readGithubWorkflow(path, document, source, spend)
  if (path.startsWith('.gitlab-ci')) return readGitlabFile(path, document, source, spend)
  return path.startsWith('.travis') ? readTravisFile(path, document) : readCircleFile(path, document, spend)
}

/** Where commands lead; `depths` remembers what was found of each script and target. */
type Indirections = {
  scripts: Record<string, string>
  makefile: string
  /** Programs of the source that publish, by their paths. */
  programs: ReadonlySet<string>
  depths: Map<string, number | undefined>
}

/** `at`: how many of the job's commands come before it. */
type Publication = Pick<PublishingJob, 'how' | 'before' | 'publishing'> & { rank: number; at: number }

const publishingAction =
  /npm-publish|publish-npm|semantic-release|publish-to-npm|\/\.github\/workflows\/[^/]*(?:release|publish|npm)/i
/** Publications of another kind than a release. */
const besidesReleases = /canary|nightly|snapshot|preview|docs|gh-?pages/i

function publicationOf(job: CiJob, indirections: Indirections): Omit<Publication, 'at'> | undefined {
  const [command, action] = [commandThatPublishes(job, indirections), actionThatPublishes(job)]
  const found = firstOf(command, action)
  if (found === undefined) return undefined
  const named = /publish|release|deploy/i.test(job.from) ? 1 : 0
  const known = job.node.length > 0 ? 2 : 0
  const beside = besidesReleases.test(job.from) ? -8 : 0
  const { at: _, ...rest } = found
  return { ...rest, rank: found.rank + named + known + beside }
}

/** What comes after something that publishes is not what that has published: canaries, notes of the release. */
function firstOf(command: Publication | undefined, action: Publication | undefined): Publication | undefined {
  if (command === undefined || action === undefined) return command ?? action
  const first = action.at < command.at ? action : command
  return { ...first, rank: Math.max(command.rank, action.rank) }
}

function commandThatPublishes(job: CiJob, indirections: Indirections): Publication | undefined {
  for (const [index, command] of job.commands.entries()) {
    const { run } = command
    for (const words of commandsOf(run)) {
      const depth = publishDepth(words, command.directory, indirections)
      if (depth === undefined) continue
      const earlier = { ...command, run: untilPublish(command, indirections) }
      const parts = partsBefore(words, indirections).map((text) => ({ ...command, run: text, ofScript: true }))
      const before = [...job.commands.slice(0, index), earlier, ...parts]
      return { how: words.join(' ').slice(0, 200), before, publishing: [command], rank: depth === 0 ? 6 : 4, at: index }
    }
  }
  return undefined
}

function actionThatPublishes(job: CiJob): Publication | undefined {
  const action = job.actions.find(({ name }) => publishingAction.test(name))
  if (action === undefined && !job.publishes) return undefined
  const { name: how, after: at } = action ?? { name: 'deploy to npm', after: job.commands.length }
  return { how, before: job.commands.slice(0, at), publishing: [], rank: action ? 4 : 5, at }
}

/** How many scripts or Makefile targets lie between a command and the publishing; `undefined` where it does none. */
function publishDepth(words: string[], directory: string, indirections: Indirections, level = 0): number | undefined {
  if (isPublish(words)) return 0
  if (indirections.programs.has(programOf(words, { directory }) ?? '')) return 1
  if (level > depthLimit) return undefined
  const texts = [
    ...scriptsRunBy(words).map((name) => ({ key: `script ${name}`, texts: ownText(indirections.scripts, name) })),
    ...(words[0] === 'make' ? words.slice(1) : []).map((target) => ({
      key: `target ${target}`,
      texts: makeCommands(indirections.makefile, target),
    })),
  ]
  for (const { key, texts: bodies } of texts) {
    if (!indirections.depths.has(key)) {
      // Set before it is known, so that scripts that run each other end.
      indirections.depths.set(key, undefined)
      const inner = bodies.flatMap(commandsOf).map((command) => publishDepth(command, '', indirections, level + 1))
      indirections.depths.set(
        key,
        inner.find((found) => found !== undefined),
      )
    }
    const depth = indirections.depths.get(key)
    if (depth !== undefined) return depth + 1
  }
  return undefined
}

/** What a script that publishes builds before it does. */
function partsBefore(words: string[], indirections: Indirections): string[] {
  const { scripts, programs } = indirections
  const publishes = (part: string) =>
    commandsOf(part).some((command) => publishDepth(command, '', indirections) !== undefined)
  const isProgram = (part: string) =>
    commandsOf(part).some((command) => programs.has(programOf(command, { directory: '' }) ?? ''))
  return scriptsRunBy(words)
    .flatMap((name) => ownText(scripts, name))
    .flatMap((text) => {
      const parts = buildingParts(text, scripts) ?? []
      const all = partsOf(text)
      const after = new Set(all.slice(all.findIndex(publishes) + 1))
      return parts.filter((part) => !after.has(part) && !isProgram(part))
    })
}

function ownText(scripts: Record<string, string>, name: string): string[] {
  const text = Object.hasOwn(scripts, name) ? scripts[name] : undefined
  return text === undefined ? [] : [text]
}

/** The lines of one step before the one that publishes. */
function untilPublish({ run, directory }: CiCommand, indirections: Indirections): string {
  const lines = run.split('\n')
  const publish = lines.findIndex((line) =>
    commandsOf(line).some((words) => publishDepth(words, directory, indirections) !== undefined),
  )
  return lines.slice(0, publish < 0 ? undefined : publish).join('\n')
}
