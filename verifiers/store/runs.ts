import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { Problem, type ProblemCode } from '../model/problem.ts'
import { writeFileAtomically } from './atomic.ts'
import { removeTree } from './remove.ts'

/** What was asked, and how far it got. Written when the run begins and when it ends. */
const runSchema = z.object({
  id: z.string().max(256),
  /** Everything that decides the outcome, so that the same request finds the run that was killed. */
  request: z.record(z.string(), z.unknown()),
  startedAt: z.iso.datetime({ offset: true }),
  finishedAt: z.iso.datetime({ offset: true }).optional(),
})

export type RunInfo = z.infer<typeof runSchema>

/**
 * A run's folder: one file per noun of the pipeline, each written whole as soon as it exists. While the value lives, the
 * folder is locked by this process.
 */
export type Run = {
  info: RunInfo
  folder: string
  /** True when an earlier process began it. */
  resumed: boolean
  /** The noun kept under this name, or `undefined` where there is none that still fits its schema. */
  load<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema> | undefined>
  save(name: string, value: unknown): Promise<void>
  /** Removes what was kept under this name, so that the stage is done again. */
  drop(name: string): Promise<void>
  finish(): Promise<void>
  /** Gives the lock back; the run stays unfinished unless `finish` was called. */
  release(): Promise<void>
  /** Removes the run: nothing was found out. */
  discard(): Promise<void>
}

/** After these a run stays open, and the same request goes on with it. */
export const goesOn: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['INTERRUPTED', 'DISK_FULL'])

const largestNoun = 256 * 1024 * 1024

/**
 * The newest unfinished run of the same request that no living process holds, or a new one.
 *
 * @param options.folder where runs are kept; `options.exact` names the run's own folder instead (`--out`).
 * @throws {Problem} OUTPUT_NOT_EMPTY when the exact folder holds something else, RUN_BUSY when another process holds it.
 */
export async function openRun(options: {
  folder: string
  exact?: string
  label: string
  request: Record<string, unknown>
  now: () => Date
}): Promise<Run> {
  const request = JSON.parse(JSON.stringify(options.request)) as Record<string, unknown>
  if (options.exact !== undefined) return await openExact(resolve(options.exact), request, options)
  const digest = digestOf(request)
  // With many runs, reading all of them for each new one would take most of the time.
  for (const info of await listRuns(options.folder, `${safeName(options.label)}-`)) {
    if (info.finishedAt !== undefined || digestOf(info.request) !== digest) continue
    const folder = join(options.folder, info.id)
    const release = await lockFolder(folder)
    // Another process may have finished it between the listing and the lock.
    if (release && (await readInfo(folder))?.finishedAt === undefined)
      return runIn(folder, info, true, release, options.now)
    await release?.()
  }
  const stamp = options
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '')
  const id = `${safeName(options.label)}-${stamp}-${randomBytes(3).toString('hex')}`
  const folder = join(options.folder, id)
  await mkdir(folder, { recursive: true })
  return await begin(folder, { id, request, startedAt: options.now().toISOString() }, options.now)
}

/**
 * All runs below the folder whose id has this beginning, newest first; folders that hold no readable run are passed over.
 */
export async function listRuns(folder: string, beginning = ''): Promise<RunInfo[]> {
  const names = await readdir(folder).catch(whenMissing<string[]>([]))
  const wanted = names.filter((name) => name.startsWith(beginning))
  const infos = await Promise.all(wanted.map((name) => readInfo(join(folder, name))))
  return infos
    .filter((info) => info !== undefined)
    .sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : a.id < b.id ? 1 : -1))
}

/**
 * The folder of the run that `name` means: a path of a folder that holds one, the id of one below `runsFolder`, the name of
 * a folder that holds one, or the beginning of exactly one id.
 *
 * @throws {Problem} RUN_NOT_FOUND
 */
export async function findRun(runsFolder: string, name: string): Promise<string> {
  if (name.includes('/') && (await readInfo(name))) return name
  const ids = (await listRuns(runsFolder)).map(({ id }) => id)
  if (!ids.includes(name) && (await readInfo(name))) return name
  const matching = ids.includes(name) ? [name] : ids.filter((id) => id.startsWith(name))
  if (matching.length === 1 && matching[0] !== undefined) return join(runsFolder, matching[0])
  throw new Problem(
    'RUN_NOT_FOUND',
    matching.length === 0 ? `There is no run ${name}.` : `${matching.length} runs begin with ${name}.`,
    { hint: '`reproof runs` lists them; of a run with --out, name the folder.' },
  )
}

/** Reads one noun of a run that may belong to another process. */
export async function loadNoun<Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  const file = join(folder, `${name}.json`)
  const size = await stat(file).then(({ size }) => size, whenMissing(undefined))
  if (size === undefined || size > largestNoun) return undefined
  const parsed = schema.safeParse(parseJson(await readFile(file, 'utf8')))
  return parsed.success ? parsed.data : undefined
}

async function openExact(
  folder: string,
  request: Record<string, unknown>,
  { label, now }: { label: string; now: () => Date },
): Promise<Run> {
  await makeFolder(folder)
  const info = await readInfo(folder)
  if (info === undefined) {
    if ((await readdir(folder)).length > 0) {
      throw new Problem('OUTPUT_NOT_EMPTY', `${folder} is not empty and holds no run of reproof.`, {
        hint: 'Name a folder that does not exist yet.',
      })
    }
    return await begin(folder, { id: safeName(label), request, startedAt: now().toISOString() }, now)
  }
  if (info.finishedAt !== undefined || digestOf(info.request) !== digestOf(request)) {
    throw new Problem('OUTPUT_NOT_EMPTY', `${folder} holds another run, of ${info.startedAt}.`, {
      hint: 'Name a folder that does not exist yet.',
    })
  }
  const release = await lockFolder(folder)
  if (!release) {
    throw new Problem('RUN_BUSY', `Another process is working in ${folder}.`, {
      hint: 'Wait for it, or name another folder.',
    })
  }
  return runIn(folder, info, true, release, now)
}

/** Level by level: below /proc, Node's own way of making parents never ends. */
async function makeFolder(folder: string): Promise<void> {
  try {
    const there = await stat(folder).catch(whenMissing(undefined))
    if (there === undefined) {
      await makeFolder(dirname(folder))
      await mkdir(folder)
    } else if (!there.isDirectory()) throw notAFolder(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Another process was faster.
    if (code === 'EEXIST') return
    if (code === 'ENOTDIR') throw notAFolder(folder, error)
    if (code === 'ENOENT') {
      throw new Problem('FOLDER_UNUSABLE', `No folder can be made at ${folder}.`, {
        hint: 'Name one on a disk that can be written to.',
        cause: error,
      })
    }
    throw error
  }
}

function notAFolder(folder: string, cause?: unknown): Problem {
  return new Problem('OUTPUT_NOT_EMPTY', `${folder} is not a folder.`, {
    hint: 'Name a folder that does not exist yet.',
    cause,
  })
}

async function begin(folder: string, info: RunInfo, now: () => Date): Promise<Run> {
  const release = await lockFolder(folder)
  if (!release) {
    throw new Problem('RUN_BUSY', `Another process is working in ${folder}.`, {
      hint: 'Wait for it, or name another folder.',
    })
  }
  await writeFileAtomically(join(folder, 'run.json'), format(info))
  return runIn(folder, info, false, release, now)
}

function runIn(folder: string, info: RunInfo, resumed: boolean, release: () => Promise<void>, now: () => Date): Run {
  return {
    info,
    folder,
    resumed,
    load: (name, schema) => loadNoun(folder, name, schema),
    save: (name, value) => writeFileAtomically(join(folder, `${name}.json`), format(value)),
    drop: (name) => rm(join(folder, `${name}.json`), { force: true }),
    async finish() {
      info.finishedAt = now().toISOString()
      await writeFileAtomically(join(folder, 'run.json'), format(info))
    },
    release,
    discard: () => removeTree(folder),
  }
}

async function readInfo(folder: string): Promise<RunInfo | undefined> {
  return await loadNoun(folder, 'run', runSchema).catch(() => undefined)
}

const lockSchema = z.object({ pid: z.int().positive(), started: z.string() })

/**
 * Takes the folder's lock, or `undefined` while a living process holds it. A lock names a process by its id and its
 * start time, because ids are used again. It appears with its content, because it is linked into place.
 */
export async function lockFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const file = join(folder, 'lock')
  const mine = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  await writeFile(mine, JSON.stringify({ pid: process.pid, started: await startOf(process.pid) }))
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await linked(mine, file)) return () => rm(file, { force: true })
      if (await heldByLiving(file)) return undefined
      // Of two processes that find the same dead lock, the slower one may take away the faster one's new lock: it looks
      // at what it took, and puts it back.
      const taken = `${mine}.dead`
      await rename(file, taken).catch(whenMissing(undefined))
      if (await heldByLiving(taken)) await linked(taken, file)
      await rm(taken, { force: true })
    }
    return undefined
  } finally {
    await rm(mine, { force: true })
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  return await link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

async function heldByLiving(file: string): Promise<boolean> {
  const holder = lockSchema.safeParse(parseJson(await readFile(file, 'utf8').catch(whenMissing(''))))
  return holder.success && (await startOf(holder.data.pid)) === holder.data.started
}

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat); empty when it is gone. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function digestOf(request: Record<string, unknown>): string {
  const sorted = Object.fromEntries(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

function safeName(label: string): string {
  const safe = label
    .replace(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 120)
  return safe || 'run'
}

function format(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function whenMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}
