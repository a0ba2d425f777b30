import { spawn } from 'node:child_process'
import { join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { oneLine } from '../cli/context.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { parseBoundedJson } from '../verifiers/network/json.ts'
import { tellChecked } from './checked.ts'
import type { Ended, World } from './world.ts'

const text = z.string().max(1_000_000)

/** What is read of https://reproof.dev/check/v1; there may be more in it. */
const checkSchema = z.object({
  subject: text,
  verdict: text.optional(),
  met: z.boolean(),
  deterministic: z.boolean().optional(),
  varied: z.array(z.object({ id: text, title: text, from: text.optional(), to: text.optional() })).max(100),
  notVaried: z.array(z.object({ id: text, title: text, why: text })).max(100),
  findings: z
    .array(
      z.object({
        kind: text,
        title: text,
        advice: text,
        paths: z.array(text).max(1000),
        places: z.array(z.object({ file: text, line: z.int().positive(), text, says: text })).max(100),
      }),
    )
    .max(1000),
  problem: z.object({ code: text, message: text, hint: text.optional() }).optional(),
})

export type Checked = z.infer<typeof checkSchema>

/**
 * Whether the package of the job's checkout builds the same twice; what makes it differ is said at the line that does it.
 *
 * @throws {Problem} what `reproof check` ends with before it has a report
 */
export async function check(world: World): Promise<Ended> {
  const { inputs, job } = world
  const folder = resolve(job.workspace, inputs.folder ?? '.')
  const options = [
    ...(inputs.require === undefined ? [] : ['--require', inputs.require]),
    ...(inputs.engine === undefined ? [] : ['--engine', inputs.engine]),
    ...(inputs.except === undefined ? [] : ['--except', inputs.except]),
  ]
  const { code, stdout, stderr } = await reproof(['check', folder, '--json', ...options], world)
  const read = checkSchema.safeParse(parsed(stdout))
  if (!read.success) throw ended(code, stderr)
  // The folder of the repository is where its files are named from.
  await tellChecked(read.data, stdout, relative(job.workspace, folder), world)
  return { code }
}

type Output = { code: number; stdout: string; stderr: string }

const largestOutput = 256 * 1024 * 1024
const program = join(import.meta.dirname, '..', 'bin', 'reproof.js')

/** As a person would call it, without what only a job knows. */
async function reproof(words: string[], { context, job }: World): Promise<Output> {
  const { ACTIONS_ID_TOKEN_REQUEST_TOKEN: _, INPUT_GITHUB_TOKEN: __, ...env } = context.environment
  const child = spawn(process.execPath, [program, ...words], {
    cwd: job.workspace,
    env,
    signal: context.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  let size = 0
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= largestOutput) chunks.push(chunk)
  })
  child.stderr.setEncoding('utf8').on('data', (said: string) => {
    stderr = (stderr + said).slice(-65_536)
  })
  const code = await new Promise<number>((end, reject) => {
    child.on('error', reject)
    child.on('close', (status) => end(status ?? 70))
  })
  return { code, stdout: Buffer.concat(chunks).toString('utf8'), stderr }
}

function parsed(output: string): unknown {
  try {
    return parseBoundedJson(Buffer.from(output))
  } catch {
    return undefined
  }
}

/** The command says in one line what is wrong, and in the next what to do. */
function ended(code: number, stderr: string): Problem {
  const [first = '', hint] = stderr.trim().split('\n').slice(-2)
  const message = oneLine(first.replace(/^reproof: /, '')) || `reproof check ended with ${code}.`
  return new Problem(code === 2 ? 'USAGE' : code === 3 ? 'RUN_INCOMPLETE' : 'FAULT', message, {
    ...(hint !== undefined && { hint: oneLine(hint.trim()) }),
  })
}
