import { type CiJob, literalVariables, nodeOfImage, type ToolRequest } from './job.ts'
import { type Spend, textCost } from './work.ts'
import { asList, asRecord, asText, asTexts } from './yaml.ts'

/** https://docs.travis-ci.com/user/deployment/npm/ */
export function readTravisFile(path: string, document: unknown): CiJob[] {
  const root = asRecord(document)
  const included = [...asList(asRecord(root.jobs).include), ...asList(asRecord(root.matrix).include)].map(asRecord)
  return [root, ...included].map((job, index) => {
    const from = index === 0 ? path : `${path} job ${index}`
    const deployments = asList(job.deploy).map(asRecord)
    const npm = deployments.find((deploy) => asText(deploy.provider) === 'npm')
    const wanted = [npm?.on, npm?.true].flatMap((on) => asTexts(asRecord(on).node ?? asRecord(on).node_js))
    const specs = wanted.length > 0 ? wanted : asTexts(job.node_js ?? root.node_js)
    const phases = ['before_install', 'install', 'before_script', 'script', 'before_deploy', 'after_success']
    const commands = phases.flatMap((phase) => asTexts(job[phase] ?? (index === 0 ? undefined : root[phase])))
    const scripted = deployments.flatMap((deploy) => asTexts(deploy.script))
    return {
      from,
      node: specs.map((spec): ToolRequest => ({ kind: 'version', spec, from: `${from} node_js` })),
      commands: [...commands, ...scripted].map((run) => ({ run, directory: '' })),
      actions: [],
      variables: {},
      publishes: npm !== undefined,
    }
  })
}

/** https://circleci.com/docs/reference/configuration-reference/ */
export function readCircleFile(path: string, document: unknown, spend: Spend): CiJob[] {
  const root = asRecord(document)
  const executors = asRecord(root.executors)
  const commands = asRecord(root.commands)
  return Object.entries(asRecord(root.jobs))
    .slice(0, 100)
    .map(([name, value]) => {
      const job = asRecord(value)
      const from = `${path} job "${name}"`
      const executorName = asText(job.executor) ?? asText(asRecord(job.executor).name) ?? ''
      const executor = Object.hasOwn(executors, executorName) ? asRecord(executors[executorName]) : {}
      const images = [...asList(job.docker), ...asList(executor.docker)].flatMap(
        (it) => asText(asRecord(it).image) ?? [],
      )
      const found: CiJob = {
        from,
        node: images.flatMap((image) => nodeOfImage(image, from)),
        commands: [],
        actions: [],
        variables: literalVariables(asRecord(job.environment)),
        publishes: false,
      }
      readCircleSteps(asList(job.steps), { commands, job: found, spend }, 0)
      return found
    })
}

type CircleContext = { commands: Record<string, unknown>; job: CiJob; spend: Spend }

function readCircleSteps(steps: unknown[], context: CircleContext, depth: number): void {
  if (depth > 3) return
  const { commands, job, spend } = context
  for (const step of steps) {
    spend(1 + Object.keys(asRecord(step)).length)
    const named = asText(step)
    if (named !== undefined && Object.hasOwn(commands, named)) {
      readCircleSteps(asList(asRecord(commands[named]).steps), context, depth + 1)
    }
    for (const [name, value] of Object.entries(asRecord(step))) {
      const run = name === 'run' ? (asText(value) ?? asText(asRecord(value).command)) : undefined
      const directory = asText(asRecord(value).working_directory) ?? ''
      spend(textCost(run ?? ''))
      if (run !== undefined) job.commands.push({ run, directory: directory.replace(/^\.\/?/, '') })
      const spec = name === 'node/install' ? asText(asRecord(value)['node-version']) : undefined
      if (spec !== undefined) job.node.push({ kind: 'version', spec, from: `${job.from} ${name}` })
      if (Object.hasOwn(commands, name)) {
        readCircleSteps(asList(asRecord(commands[name]).steps), context, depth + 1)
      }
    }
  }
}
