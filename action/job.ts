import { z } from 'zod'
import { readBounded } from '../attestations/verification/bounded-file.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { parseBoundedJson } from '../verifiers/network/json.ts'

const repositoryName = z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)
const commit = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
const folder = z.string().startsWith('/').max(4096)
const address = z.url({ protocol: /^https?$/ }).max(4096)

const variablesSchema = z.object({
  GITHUB_REPOSITORY: repositoryName,
  GITHUB_SHA: commit,
  GITHUB_REF: z.string().max(1024).default(''),
  GITHUB_SERVER_URL: address,
  GITHUB_API_URL: address,
  GITHUB_WORKSPACE: folder,
  GITHUB_EVENT_NAME: z.string().max(100).default(''),
  GITHUB_EVENT_PATH: z.string().max(4096).optional(),
  RUNNER_TEMP: folder,
})

/** What is read of a webhook's payload; somebody who opens a pull request decides the rest of it. */
const eventSchema = z.object({
  pull_request: z
    .object({
      number: z.int().positive(),
      base: z.object({ sha: commit }),
      head: z.object({ sha: commit, repo: z.object({ full_name: repositoryName }).nullish() }),
    })
    .optional(),
})

/** The job that this step is in. */
export type Job = {
  /** `owner/name`. */
  repository: string
  commit: string
  ref: string
  server: string
  api: string
  workspace: string
  /** Emptied by the runner before and after each job. */
  temporary: string
  pullRequest?: { number: number; base: string; head: string; isFork: boolean }
}

/** @throws {Problem} CONFIGURATION_INVALID outside of a job of GitHub Actions. */
export async function readJob(environment: NodeJS.ProcessEnv): Promise<Job> {
  const read = variablesSchema.safeParse(environment)
  if (!read.success) {
    const names = [...new Set(read.error.issues.map(({ path }) => path.join('.')))].join(', ')
    throw new Problem('CONFIGURATION_INVALID', `This is no job of GitHub Actions: ${names} cannot be used.`, {
      hint: 'Elsewhere use the command line: docs/ci.md has examples for GitLab CI and for any shell.',
    })
  }
  const variables = read.data
  const repository = variables.GITHUB_REPOSITORY
  const pull = await pullRequestOf(variables.GITHUB_EVENT_PATH)
  return {
    repository,
    commit: variables.GITHUB_SHA,
    ref: variables.GITHUB_REF,
    server: variables.GITHUB_SERVER_URL.replace(/\/+$/, ''),
    api: variables.GITHUB_API_URL.replace(/\/+$/, ''),
    workspace: variables.GITHUB_WORKSPACE,
    temporary: variables.RUNNER_TEMP,
    ...(pull && {
      pullRequest: {
        number: pull.number,
        base: pull.base.sha,
        head: pull.head.sha,
        isFork: pull.head.repo?.full_name.toLowerCase() !== repository.toLowerCase(),
      },
    }),
  }
}

const largestEvent = 32 * 1024 * 1024

async function pullRequestOf(path: string | undefined) {
  if (!path) return undefined
  let event: unknown
  try {
    event = parseBoundedJson(await readBounded(path, largestEvent))
  } catch (error) {
    throw new Problem('CONFIGURATION_INVALID', 'The event that started this job cannot be read.', { cause: error })
  }
  const read = eventSchema.safeParse(event)
  if (read.success) return read.data.pull_request
  throw new Problem('CONFIGURATION_INVALID', 'The event that started this job is none of GitHub’s.', {
    cause: read.error,
  })
}
