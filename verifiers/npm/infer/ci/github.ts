import { managerNames, request } from '../managers.ts'
import type { SourceReader } from '../reader.ts'
import {
  type CiCommand,
  type CiJob,
  literalVariables,
  type ManagerRequest,
  nodeOfImage,
  type ToolRequest,
} from './job.ts'
import { type WrittenJob, withNeededJobs } from './needed-jobs.ts'
import { fileCost, type Spend, textCost } from './work.ts'
import { asList, asRecord, asText, asTexts, parseYaml } from './yaml.ts'

/** Values that `${{ … }}` may stand for. */
type Scope = { env: Record<string, unknown>; inputs: Record<string, unknown>; matrix: Record<string, string[]> }

const depthLimit = 4

/**
 * Jobs of a GitHub workflow, with the steps of local composite actions in their place.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
 */
export async function readGithubWorkflow(
  path: string,
  workflow: unknown,
  source: SourceReader,
  spend: Spend,
): Promise<CiJob[]> {
  return await jobsOfWorkflow(path, workflow, { source, spend, given: {}, depth: 0 })
}

/** `given`: what the job that calls this workflow gives it. */
type WorkflowContext = Pick<StepContext, 'source' | 'spend' | 'depth'> & { given: Record<string, unknown> }

async function jobsOfWorkflow(path: string, workflow: unknown, context: WorkflowContext): Promise<CiJob[]> {
  const { source, spend, given } = context
  const root = asRecord(workflow)
  const inputs = {
    ...declaredInputs(asRecord(asRecord(root.on).workflow_call).inputs),
    ...declaredInputs(asRecord(asRecord(root.on).workflow_dispatch).inputs),
    ...given,
  }
  const jobs = new Map<string, WrittenJob>()
  const called: CiJob[] = []
  for (const [name, value] of Object.entries(asRecord(root.jobs)).slice(0, 100)) {
    const job = asRecord(value)
    const scope: Scope = {
      env: { ...asRecord(root.env), ...asRecord(job.env) },
      inputs,
      matrix: matrixValues(asRecord(job.strategy).matrix),
    }
    const from = `${path} job "${name}"`
    const uses = asText(job.uses)
    if (uses?.startsWith('./')) called.push(...(await calledWorkflow(uses, job, scope, context)))
    const container = asText(job.container) ?? asText(asRecord(job.container).image) ?? ''
    const found = emptyJob(from, scope)
    found.node.push(...expand(container, scope).flatMap((image) => nodeOfImage(image, from)))
    const directory = asText(asRecord(asRecord(job.defaults).run)['working-directory'])
    await readSteps(asList(job.steps), scope, found, { source, spend, directory: directory ?? '', depth: 0 })
    if (uses && !uses.startsWith('./')) readForeignWorkflow(uses, asRecord(job.with), scope, { job: found, spend })
    jobs.set(name, { job: found, written: job })
  }
  return [...called, ...withNeededJobs(jobs)]
}

/** https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows */
async function calledWorkflow(
  uses: string,
  job: Record<string, unknown>,
  scope: Scope,
  context: WorkflowContext,
): Promise<CiJob[]> {
  const { source, spend, depth } = context
  if (depth >= depthLimit) return []
  const path = uses.slice(2)
  spend(fileCost)
  const parsed = parseYaml((await source.text(path)) ?? '')
  if ('problem' in parsed) return []
  const given = givenInputs(job.with, scope)
  return await jobsOfWorkflow(path, parsed.value, { ...context, given, depth: depth + 1 })
}

/** A workflow of another repository is not read; what it is told to run is the project's own. */
function readForeignWorkflow(
  uses: string,
  given: Record<string, unknown>,
  scope: Scope,
  { job, spend }: { job: CiJob; spend: Spend },
): void {
  job.node.push(...setupNode(uses, given, scope, job.from))
  job.managers = [...(job.managers ?? []), ...setupManagers(uses, given, scope, job.from)]
  for (const [name, value] of Object.entries(given).slice(0, 64)) {
    const run = /(?:^|[-_])(?:commands?|cmd|scripts?|run)$/i.test(name) ? asText(value) : undefined
    if (run === undefined) continue
    spend(textCost(run))
    job.commands.push({ run, directory: '' })
  }
  if (!isDryRun(given)) job.actions.push({ name: uses, after: job.commands.length })
}

function emptyJob(from: string, scope: Scope): CiJob {
  const variables = literalVariables(scope.env)
  return { from, node: [], commands: [], actions: [], variables, publishes: false }
}

type StepContext = { source: SourceReader; spend: Spend; directory: string; depth: number }

async function readSteps(steps: unknown[], scope: Scope, job: CiJob, context: StepContext): Promise<void> {
  for (const value of steps) {
    const step = asRecord(value)
    context.spend(1 + Object.keys(asRecord(step.env)).length)
    const stepScope = { ...scope, env: { ...scope.env, ...asRecord(step.env) } }
    const uses = asText(step.uses)
    const run = asText(step.run)
    context.spend(textCost(run ?? ''))
    if (run !== undefined) job.commands.push(commandOf(run, step, scope, context.directory))
    if (uses === undefined) continue
    if (uses.startsWith('./')) await readLocalAction(uses, step, stepScope, job, context)
    else {
      const given = asRecord(step.with)
      if (!isDryRun(given)) job.actions.push({ name: uses, after: job.commands.length })
      job.node.push(...setupNode(uses, given, stepScope, job.from))
      job.managers = [...(job.managers ?? []), ...setupManagers(uses, given, stepScope, job.from)]
      // changesets/action and its like run a command of the project.
      const publish = asText(given.publish) ?? asText(given['publish-script']) ?? asText(given.command)
      if (publish !== undefined) job.commands.push({ run: publish, directory: context.directory })
      const cleaning = cleaningFlags(uses, given)
      if (cleaning !== undefined) job.cleaning = cleaning
    }
  }
}

/** The action that leaves what is to be published in a folder of its own does so with clean-publish, by the same people. */
function cleaningFlags(uses: string, given: Record<string, unknown>): string[] | undefined {
  if (!isCleaning(uses)) return undefined
  return ['clean-docs', 'clean-comments'].filter((name) => String(given[name]) === 'true').map((name) => `--${name}`)
}

export function isCleaning(uses: string): boolean {
  return uses.startsWith('ai/clean-npm-project@')
}

/** What only says which version would be published. */
function isDryRun(given: Record<string, unknown>): boolean {
  return Object.entries(given).some(([name, value]) => /^dry[-_]?run$/i.test(name) && String(value) === 'true')
}

function commandOf(run: string, step: Record<string, unknown>, scope: Scope, directory: string): CiCommand {
  const folder = asText(step['working-directory']) ?? directory
  const expanded = expand(folder, scope)[0] ?? ''
  const directoryOf = expanded.replace(/^\.\/?/, '').replace(/\/+$/, '')
  return { run, directory: directoryOf, variables: literalVariables(asRecord(step.env)) }
}

/** https://github.com/actions/setup-node#usage; others that install Node take the same names. */
function setupNode(uses: string, given: Record<string, unknown>, scope: Scope, from: string): ToolRequest[] {
  const action = uses.split('@', 1)[0]
  const where = `${from} ${action}`
  const file = asText(given['node-version-file'])
  const spec = asText(given['node-version']) ?? (action === 'actions/setup-node' ? asText(given.version) : undefined)
  if (spec !== undefined) {
    return expand(spec, scope).map((value) => ({ kind: 'version', spec: value, from: `${where} node-version` }))
  }
  if (file === undefined) return []
  return expand(file, scope).map((path) => ({
    kind: 'file',
    path: path.replace(/^\.\//, ''),
    from: `${where} node-version-file`,
  }))
}

/** https://github.com/pnpm/action-setup#version, https://github.com/oven-sh/setup-bun#inputs, and others like them. */
function setupManagers(uses: string, given: Record<string, unknown>, scope: Scope, from: string): ManagerRequest[] {
  const action = uses.split('@', 1)[0] ?? ''
  return managerNames.flatMap((manager) => {
    const own = action.toLowerCase() === `${manager}/action-setup` ? asText(given.version) : undefined
    const spec = asText(given[`${manager}-version`]) ?? own
    return spec === undefined ? [] : expand(spec, scope).map((value) => request(manager, value, `${from} ${action}`))
  })
}

async function readLocalAction(
  uses: string,
  step: Record<string, unknown>,
  scope: Scope,
  job: CiJob,
  context: StepContext,
): Promise<void> {
  if (context.depth >= depthLimit) return
  const folder = uses.slice(2).replace(/\/+$/, '')
  for (const name of ['action.yml', 'action.yaml']) {
    context.spend(fileCost)
    const text = await context.source.text(`${folder}/${name}`)
    if (text === undefined) continue
    const parsed = parseYaml(text)
    if ('problem' in parsed) return
    const action = asRecord(parsed.value)
    const given = givenInputs(step.with, scope)
    const inner = { ...scope, inputs: { ...declaredInputs(action.inputs), ...given } }
    await readSteps(asList(asRecord(action.runs).steps), inner, job, { ...context, depth: context.depth + 1 })
    return
  }
}

function givenInputs(given: unknown, scope: Scope): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asRecord(given)).map(([key, value]) => [key, expand(asText(value) ?? '', scope)[0] ?? '']),
  )
}

function declaredInputs(inputs: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(asRecord(inputs)).flatMap(([name, input]) => {
      const value = asText(asRecord(input).default)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Values of each key of a matrix, those of `include` too. */
function matrixValues(matrix: unknown): Record<string, string[]> {
  const values: Record<string, string[]> = {}
  const add = (key: string, found: string[]) => {
    values[key] = [...(Object.hasOwn(values, key) ? (values[key] ?? []) : []), ...found].slice(0, 64)
  }
  for (const [key, list] of Object.entries(asRecord(matrix)).slice(0, 64)) {
    if (key === 'include') {
      for (const entry of asList(list)) {
        for (const [name, value] of Object.entries(asRecord(entry)).slice(0, 64)) add(name, asTexts(value))
      }
    } else if (key !== 'exclude') add(key, asTexts(list))
  }
  return values
}

/** The values that a text with `${{ matrix.x }}`, `${{ env.X }}` or `${{ inputs.x }}` may have; none where it is unknown. */
function expand(text: string, scope: Scope): string[] {
  let texts = [text]
  for (let depth = 0; ; depth++) {
    const isDone = texts.every((one) => !expression.test(one))
    if (isDone) return texts
    if (depth >= depthLimit) return []
    texts = texts.flatMap((one) => expandOnce(one, scope)).slice(0, 64)
  }
}

const expression = /\$\{\{([^}]{0,1024})\}\}/
/** In characters; a version or a folder is never that long. */
const longestText = 4096

function expandOnce(text: string, scope: Scope): string[] {
  if (text.length > longestText) return []
  const match = expression.exec(text)
  if (match === null) return [text]
  return valuesOf(match[1]?.trim() ?? '', scope).map((value) => text.replace(match[0], () => value))
}

function valuesOf(expression: string, scope: Scope): string[] {
  // `a || b`: the first that has a value.
  for (const part of expression.split('||')) {
    const name = part.trim()
    const literal = /^'([^']*)'$/.exec(name) ?? /^(\d[\d.]*)$/.exec(name)
    if (literal?.[1]) return [literal[1]]
    const reference = /^(matrix|env|inputs)(?:\.([\w-]+)|\['([^']+)'\])$/.exec(name)
    const key = reference?.[2] ?? reference?.[3]
    if (key === undefined) continue
    const from = reference?.[1] === 'matrix' ? scope.matrix : reference?.[1] === 'env' ? scope.env : scope.inputs
    const values = Object.hasOwn(from, key) ? asTexts(from[key]) : []
    if (values.length > 0 && values[0] !== '') return values
  }
  return []
}
