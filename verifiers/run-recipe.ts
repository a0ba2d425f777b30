import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectOutput } from './collect-output.ts'
import { compressOutput } from './compress-output.ts'
import { keepManifests, keptFolder } from './kept-manifests.ts'
import { Problem } from './model/problem.ts'
import type { Progress } from './model/progress.ts'
import type { Exchange, Rebuild, StepResult } from './model/rebuild.ts'
import type { Recipe, Step } from './model/recipe.ts'
import type { NetworkContext } from './open-network.ts'
import type { EngineName, Mount, SandboxOptions, SandboxRoot, SandboxUser } from './sandbox/options.ts'
import { runInSandbox } from './sandbox/sandbox.ts'
import { scriptedDependencies } from './scripted-dependencies.ts'
import type { SharedInstall } from './shared-install.ts'
import type { ContentStore } from './store/content.ts'
import { type Log, openLog } from './store/log.ts'
import { removeTree } from './store/remove.ts'
import { withUnavailable } from './unavailable-dependencies.ts'
import { lineWithUnreadableTypes } from './unreadable-types.ts'

export type RunRecipeOptions = Pick<NetworkContext, 'registry' | 'cacheFolder' | 'env'> & {
  recipe: Recipe
  /** Lays the source out in a folder that does not exist yet. */
  checkout: (into: string, options: { umask: string; lost?: (path: string) => void }) => Promise<void>
  engine: EngineName
  root: SandboxRoot
  /** The toolchains, read-only, each where the recipe's PATH expects it. */
  toolchains: Mount[]
  /** The same for the recipe's compressor. */
  compressing: Mount[]
  store: ContentStore
  /** What earlier attempts installed. */
  installs?: SharedInstall
  /** The run's folder: `work/`, `home/`, `rebuilt/`, `build.log` and `network.jsonl` are written here. */
  folder: string
  now: () => Date
  progress: Progress
  signal: AbortSignal
}

/** What a recipe does not decide. */
export type Surroundings = Pick<SandboxOptions, 'hostName' | 'oneProcessor'> & { user: Omit<SandboxUser, 'home'> }

export const usualSurroundings: Surroundings = {
  hostName: 'reproof',
  user: { name: 'builder', uid: 1000, gid: 1000 },
}

/**
 * Runs a recipe's steps, each in a sandbox of its own over the same work folder, and takes the file they leave.
 *
 * @throws {Problem} STEP_FAILED and the other STEP_ codes, DEPENDENCY_UNAVAILABLE (an installation failed that could not
 * have all that it asked for), with `details.phase`, `details.number` (of the step, counted from 1), `details.log` (its last lines) and `details.refused` (what the build asked the network for in vain).
 */
export async function runRecipe(options: RunRecipeOptions): Promise<Rebuild> {
  const { recipe, folder, now, signal } = options
  const work = join(folder, 'work')
  const home = join(folder, 'home')
  const startedAt = now().toISOString()
  await Promise.all([work, home, join(folder, 'rebuilt'), join(folder, 'network.jsonl')].map(removeTree))
  await using log = openLog(join(folder, 'build.log'))
  const places = { work, home, manifests: join(folder, keptFolder) }
  const context = { ...options, ...usualSurroundings, work, home, log }
  const begun = await beginSteps(context, places)
  const rest = await runSteps(recipe.steps.slice(1), context)
  const exchanges = [...begun.exchanges, ...rest.exchanges]
  const steps = [...begun.steps, ...rest.steps]
  const into = join(folder, 'rebuilt')
  const packed = await collectOutput({ work, path: recipe.output, into, name: recipe.artifact.fileName, signal })
  const { compressor } = recipe
  const output = compressor ? await compressOutput({ ...options, compressor, output: packed, folder: into }) : packed
  return {
    engine: options.engine,
    output,
    exchanges,
    steps,
    ...(begun.lost.length > 0 && { lost: begun.lost }),
    startedAt,
    finishedAt: now().toISOString(),
  }
}

/** Lays the source out and does the first step; an installation that an earlier attempt did is laid out with it. */
export async function beginSteps(
  context: Omit<StepContext, 'exchanges'> & Pick<RunRecipeOptions, 'checkout'>,
  places: { work: string; home: string; manifests: string },
): Promise<Pick<Rebuild, 'exchanges' | 'steps'> & { lost: string[] }> {
  const { recipe, folder, log } = context
  const installs = recipe.steps[0]?.phase === 'install' ? context.installs : undefined
  const isThere = (await installs?.has(recipe)) ?? false
  let lost = await layOut(context)
  const since = Date.now()
  const installed = isThere ? await installs?.restore(places) : undefined
  if (installed) {
    log.add(Buffer.from(`\n$ ${recipe.steps[0]?.run}    # install, as an earlier attempt left it\n`))
    const lines = installed.exchanges.map((one) => `${JSON.stringify(one)}\n`)
    await writeFile(join(folder, 'network.jsonl'), lines.join(''))
    return { exchanges: installed.exchanges, steps: [installed.step], lost }
  }
  if (isThere) {
    // It may have been put there in part.
    await Promise.all([places.work, places.home].map(removeTree))
    lost = await layOut(context)
  }
  const done = await runSteps(recipe.steps.slice(0, 1), context)
  const [step] = done.steps
  if (step) await installs?.keep(recipe, places, { step, exchanges: done.exchanges }, since)
  return { ...done, lost }
}

/** @returns paths of the files that the source's server has lost */
async function layOut(
  options: Pick<RunRecipeOptions, 'recipe' | 'folder' | 'checkout' | 'progress'> & { work: string; home: string },
): Promise<string[]> {
  const { recipe, work, home, folder, checkout, progress } = options
  await mkdir(home, { recursive: true })
  progress({ type: 'activity', stage: 'rebuild', text: 'checking the source out' })
  const lost: string[] = []
  await checkout(work, { umask: recipe.umask, lost: (path) => lost.push(path) })
  const install = recipe.steps.find(({ phase }) => phase === 'install')
  if (install === undefined) return lost
  const { cwd: directory, run: command } = install
  await keepManifests(work, { directory, built: recipe.source.directory, command }, folder)
  return lost
}

export type StepsOptions = Omit<RunRecipeOptions, 'checkout' | 'compressing'> &
  Surroundings & {
    /** Folders of the host that the steps leave things in, for each other and for whoever called. */
    work: string
    home: string
    log: Log
  }

/**
 * Runs steps in their order, each in a sandbox of its own over the same folders.
 *
 * @throws {Problem} STEP_FAILED and the other STEP_ codes, with details as `runRecipe`
 */
export async function runSteps(steps: Step[], options: StepsOptions): Promise<Pick<Rebuild, 'exchanges' | 'steps'>> {
  const done: Pick<Rebuild, 'exchanges' | 'steps'> = { exchanges: [], steps: [] }
  for (const step of steps) done.steps.push(await runStep(step, { ...options, exchanges: done.exchanges }))
  return done
}

type StepContext = StepsOptions & { exchanges: Exchange[] }

async function runStep(step: Step, context: StepContext): Promise<StepResult> {
  const { recipe, work, home, log } = context
  context.progress({ type: 'activity', stage: 'rebuild', text: `${step.phase}: ${step.run}` })
  log.add(Buffer.from(`\n$ ${step.run}    # ${step.phase}, in /${step.cwd}\n`))
  const isOnline = step.phase === 'install' || step.installs
  await using network = isOnline ? await (await import('./open-network.ts')).openNetwork(step, context) : undefined
  const variables = { ...recipe.variables, ...step.variables, ...network?.variables }
  const homeInside = variables.HOME ?? '/home/builder'
  try {
    const { exitCode, seconds, peakMemory } = await runInSandbox({
      engine: context.engine,
      root: context.root,
      mounts: [
        { from: work, to: recipe.workFolder, writable: true },
        { from: home, to: homeInside, writable: true },
        ...context.toolchains,
        ...(network?.mounts ?? []),
      ],
      argv: ['/bin/sh', '-eu', '-c', step.run],
      cwd: join(recipe.workFolder, step.cwd),
      variables,
      umask: recipe.umask,
      hostName: context.hostName,
      user: { ...context.user, ...recipe.owner, home: homeInside },
      ...(context.oneProcessor && { oneProcessor: true }),
      terminal: { columns: Number(variables.COLUMNS ?? 80), rows: Number(variables.LINES ?? 24) },
      ...(network && { networkSocket: network.socket }),
      limits: recipe.limits,
      signal: context.signal,
      onOutput(chunk) {
        log.add(chunk)
        context.progress({ type: 'output', stage: 'rebuild', chunk })
      },
    })
    if (exitCode !== 0) throw failed(step, exitCode)
    return { phase: step.phase, exitCode, seconds, ...(peakMemory !== undefined && { peakMemory }) }
  } catch (error) {
    if (error instanceof Problem) {
      const refused = network?.refusals().map(({ url, reason }) => `${url} (${reason ?? 'refused'})`) ?? []
      Object.assign(error.details, {
        phase: step.phase,
        number: recipe.steps.indexOf(step) + 1,
        step: step.run,
        log: log.tail(),
        refused: refused.slice(0, 100),
        ...(step.phase === 'build' && (await installedIn(work, recipe))),
      })
      throw withUnavailable(error, network?.exchanges() ?? [])
    }
    throw error
  } finally {
    if (network) context.exchanges.push(...network.exchanges())
  }
}

/**
 * What a build may have failed for: scripts of dependencies are not run when these are installed, and types can be of a
 * later TypeScript than the one that reads them.
 */
async function installedIn(work: string, { steps }: Recipe) {
  const install = steps.find(({ phase }) => phase === 'install')
  if (install === undefined) return { scripted: [] }
  const place = join(work, install.cwd)
  const unreadableTo = await lineWithUnreadableTypes(place)
  // By it graceful-fs 3, and so gulp 3, has Node's own modules anew: https://github.com/addaleax/natives#readme
  const nodeBelow = existsSync(join(place, 'node_modules', 'natives')) ? 12 : undefined
  return {
    scripted: await scriptedDependencies(place).catch(() => []),
    ...(unreadableTo && { unreadableTo }),
    ...(nodeBelow && { nodeBelow }),
  }
}

function failed(step: Step, exitCode: number): Problem {
  return new Problem('STEP_FAILED', `The ${step.phase} step ended with exit code ${exitCode}: ${inShort(step.run)}`, {
    hint: 'The last lines of its output are in the report, all of it is in build.log of the run.',
    details: { exitCode },
  })
}

/** A step's command as a sentence can name it: how it begins and how it ends. The whole is beside it in the details. */
function inShort(run: string): string {
  return run.length <= 200 ? run : `${run.slice(0, 80)} … ${run.slice(-100)}`
}
