import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem, problemFrom } from '../model/problem.ts'
import { type EngineName, engineNames, type SandboxRoot } from './options.ts'
import { runInSandbox } from './sandbox.ts'

export type SelectEngineOptions = {
  /** The only one to try. */
  wanted?: EngineName
  root: SandboxRoot
  signal: AbortSignal
  /** Of the podman or docker client. Default: reproof's own. */
  clientVariables?: Record<string, string | undefined>
}

export type SelectedEngine = {
  engine: EngineName
  /** Those before it in the order, and why each cannot be used. */
  tried: { engine: EngineName; problem: Problem }[]
}

/**
 * The first engine that really runs a command over the pinned root and lets the caller read what it wrote.
 *
 * @throws {Problem} that of the wanted engine, or of bubblewrap, with all that were tried in its details.
 */
export async function selectEngine({ wanted, ...options }: SelectEngineOptions): Promise<SelectedEngine> {
  const tried: SelectedEngine['tried'] = []
  for (const engine of wanted ? [wanted] : engineNames) {
    try {
      await tryEngine(engine, options)
      return { engine, tried }
    } catch (error) {
      options.signal.throwIfAborted()
      tried.push({ engine, problem: problemFrom(error) })
    }
  }
  const [first] = tried
  const { code, message, hint } = first?.problem ?? new Problem('ENGINE_UNAVAILABLE', 'There is no engine to try.')
  throw new Problem(code, message, {
    ...(hint !== undefined && { hint }),
    details: {
      tried: tried.map(({ engine, problem }) => ({ engine, message: problem.message, details: problem.details })),
    },
    cause: first?.problem,
  })
}

async function tryEngine(engine: EngineName, options: Omit<SelectEngineOptions, 'wanted'>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-engine-'))
  try {
    const work = join(folder, 'work')
    await mkdir(work)
    const { exitCode } = await runInSandbox({
      ...options,
      engine,
      mounts: [{ from: work, to: '/home/builder/work', writable: true }],
      argv: ['/bin/sh', '-c', 'echo works >file'],
      cwd: '/home/builder/work',
      variables: {},
      umask: '022',
      hostName: 'reproof',
      user: { name: 'builder', uid: 1000, gid: 1000, home: '/home/builder' },
      terminal: { columns: 80, rows: 24 },
      limits: { seconds: 60, memory: 1 << 30, processes: 64, disk: 1 << 20 },
      onOutput: () => undefined,
    })
    const written = await readFile(join(work, 'file'), 'utf8').catch(() => '')
    if (exitCode === 0 && written === 'works\n') return
    throw new Problem('ENGINE_UNAVAILABLE', `A sandbox of ${engine} cannot write to a folder of the user's.`, {
      hint: 'Use another --engine; podman without root rights must be version 4.3 or later.',
      details: { exitCode },
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
