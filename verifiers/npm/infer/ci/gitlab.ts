import type { SourceReader } from '../reader.ts'
import { type CiJob, literalVariables, nodeOfImage } from './job.ts'
import { fileCost, type Spend, textCost } from './work.ts'
import { asList, asRecord, asText, parseYaml } from './yaml.ts'

/** Keys of the file that are not jobs. https://docs.gitlab.com/ci/yaml/#global-keywords */
const reserved = new Set([
  'default',
  'include',
  'stages',
  'variables',
  'workflow',
  'spec',
  'pages',
  'image',
  'services',
  'cache',
  'before_script',
  'after_script',
  'types',
])

const depthLimit = 10

/** Jobs of a GitLab CI file, with what they extend and what the file includes from the same repository. */
export async function readGitlabFile(
  path: string,
  document: unknown,
  source: SourceReader,
  spend: Spend,
): Promise<CiJob[]> {
  const root = await withIncludes(asRecord(document), source, spend, 0)
  const defaults = { ...root, ...asRecord(root.default) }
  const jobs: CiJob[] = []
  for (const name of Object.keys(root).slice(0, 300)) {
    if (reserved.has(name) || name.startsWith('.')) continue
    const job = extended(root, name, spend, 0)
    if (job.script === undefined && job.trigger === undefined) continue
    const from = `${path} job "${name}"`
    const variables = { ...asRecord(root.variables), ...asRecord(job.variables) }
    const image = imageName(job.image) ?? imageName(defaults.image) ?? ''
    const scripts = [job.before_script ?? defaults.before_script, job.script]
    const commands = scripts.flatMap((script) => scriptLines(script, root, spend, 0))
    jobs.push({
      from,
      node: nodeOfImage(substitute(image, variables), from),
      commands: commands.map((run) => ({ run, directory: '' })),
      actions: [],
      variables: literalVariables(variables),
      publishes: false,
    })
  }
  return jobs
}

function imageName(image: unknown): string | undefined {
  return asText(image) ?? asText(asRecord(image).name)
}

/** https://docs.gitlab.com/ci/yaml/#extends: deep for maps, the job's own value for everything else. */
function extended(root: Record<string, unknown>, name: string, spend: Spend, depth: number): Record<string, unknown> {
  const own = Object.hasOwn(root, name) ? asRecord(root[name]) : {}
  spend(1 + Object.keys(own).length + Object.keys(asRecord(own.variables)).length)
  if (depth >= depthLimit) return own
  let merged: Record<string, unknown> = {}
  for (const parent of asList(own.extends).slice(0, depthLimit)) {
    const inherited = extended(root, asText(parent) ?? '', spend, depth + 1)
    spend(Object.keys(asRecord(inherited.variables)).length)
    merged = { ...merged, ...inherited, variables: { ...asRecord(merged.variables), ...asRecord(inherited.variables) } }
  }
  return { ...merged, ...own, variables: { ...asRecord(merged.variables), ...asRecord(own.variables) } }
}

function scriptLines(script: unknown, root: Record<string, unknown>, spend: Spend, depth: number): string[] {
  if (depth >= depthLimit) return []
  return asList(script).flatMap((line) => {
    const text = asText(line)
    spend(1 + textCost(text ?? ''))
    if (text !== undefined) return [text]
    if (Array.isArray(line)) return scriptLines(line, root, spend, depth + 1)
    const [job, key] = asList(asRecord(line).reference).map(asText)
    if (job === undefined || key === undefined) return []
    return scriptLines(extended(root, job, spend, depth + 1)[key], root, spend, depth + 1)
  })
}

function substitute(text: string, variables: Record<string, unknown>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? ''
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    return asText(value) ?? asText(asRecord(value).value) ?? whole
  })
}

async function withIncludes(
  document: Record<string, unknown>,
  source: SourceReader,
  spend: Spend,
  depth: number,
): Promise<Record<string, unknown>> {
  if (depth >= 3) return document
  let included: Record<string, unknown> = {}
  for (const entry of asList(document.include).slice(0, 20)) {
    const local = asText(entry) ?? asText(asRecord(entry).local)
    if (local === undefined || local.includes('://')) continue
    spend(fileCost)
    const text = await source.text(local.replace(/^\/+/, ''))
    const parsed = text === undefined ? undefined : parseYaml(text)
    if (parsed && 'value' in parsed) {
      included = { ...included, ...(await withIncludes(asRecord(parsed.value), source, spend, depth + 1)) }
    }
  }
  return { ...included, ...document }
}
