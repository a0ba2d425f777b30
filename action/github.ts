import { z } from 'zod'
import { type Answer, type AskLimits, ask, nextPage } from '../attestations/store/ask.ts'
import { jsonFrom } from '../attestations/verification/json.ts'
import { Problem } from '../verifiers/model/problem.ts'

/** GitHub’s REST API, as a job may use it. */
export type GitHub = {
  api: string
  /** `owner/name`. */
  repository: string
  /** Empty where the job has none. */
  token: string
  environment: NodeJS.ProcessEnv
  limits?: AskLimits
  signal: AbortSignal
}

export type Request = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
  /** For messages, as "the release v1.0.0". */
  what: string
  /** What the job has to have for it, as `attestations: write`. */
  permission: string
  accept?: string
}

const most = 32 * 1024 * 1024

/** A job has an hour and more; how long a service that is asked too often is waited for, in milliseconds. */
const limits: AskLimits = { attempts: 4, retryDelay: 1000, silence: 30_000, duration: 180_000, longestDelay: 90_000 }

/**
 * Asks the API. What it refuses is said with the permission that the job lacks; 404 and 422 are for the caller to judge.
 *
 * @param address a path below `/repos/OWNER/NAME`, or a whole address that the API named
 * @throws {Problem} ATTESTATIONS_UNREACHABLE, IDENTITY_MISSING without a token
 */
export async function askGitHub(github: GitHub, address: string, request: Request): Promise<Answer> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body))
  return await send(github, address, request, {
    ...(body && { body, headers: { 'content-type': 'application/json' } }),
  })
}

/** Sends the bytes of a file, to an address that the API named. */
export async function uploadToGitHub(
  github: GitHub,
  address: string,
  bytes: Uint8Array,
  request: Request & { mediaType: string },
): Promise<Answer> {
  const headers = { 'content-type': request.mediaType }
  return await send(github, address, { ...request, method: 'POST' }, { body: bytes, headers })
}

type Content = { body?: Uint8Array; headers?: Record<string, string> }

async function send(github: GitHub, address: string, request: Request, content: Content): Promise<Answer> {
  const { api, repository, token, environment, signal } = github
  const { method = 'GET', what, permission } = request
  if (token === '') {
    throw new Problem('IDENTITY_MISSING', `GitHub cannot be asked for ${what}: the job has no token.`, {
      hint: `Give \`github-token\`, and let the job have \`permissions: ${permission}\`.`,
    })
  }
  const url = address.startsWith('/') ? `${api}/repos/${repository}${address}` : address
  const answer = await ask(url, {
    method,
    what,
    most,
    environment,
    signal,
    authorization: `Bearer ${token}`,
    limits: github.limits ?? limits,
    ...(content.body && { body: content.body }),
    headers: {
      accept: request.accept ?? 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...content.headers,
    },
  })
  const { status } = answer
  if (status < 400 || status === 404 || status === 422) return answer
  throw refusedBy(answer, what, permission)
}

const errorSchema = z.object({ message: z.string().max(1024) })

/** @returns what GitHub said no to, and why, as far as it said. */
export function refusedBy({ status, body }: Answer, what: string, permission: string): Problem {
  const said = errorSchema.safeParse(jsonFrom(body)).data?.message
  const isPermission = status === 401 || status === 403 || status === 404
  return new Problem(
    'ATTESTATIONS_UNREACHABLE',
    `GitHub answers ${status} to ${what}${said === undefined ? '' : `: ${said.replace(/\.$/, '')}`}.`,
    {
      hint: isPermission
        ? `The job needs \`permissions: ${permission}\`; a pull request from a fork never has it.`
        : 'Run the job again; see https://www.githubstatus.com if that does not help.',
      details: { status },
    },
  )
}

/** @throws {Problem} ATTESTATIONS_ANSWER_INVALID */
export function answered<Value>(answer: Answer, schema: z.ZodType<Value>, what: string): Value {
  const read = schema.safeParse(jsonFrom(answer.body))
  if (read.success) return read.data
  throw new Problem('ATTESTATIONS_ANSWER_INVALID', `What GitHub answered to ${what} is not what its API describes.`, {
    hint: 'See that GITHUB_API_URL names a GitHub.',
    cause: read.error,
  })
}

const mostPages = 20

/** All entries of a list that comes in pages. @throws {Problem} as `askGitHub` */
export async function listed<Value>(
  github: GitHub,
  path: string,
  schema: z.ZodType<Value>,
  request: Request,
): Promise<Value[]> {
  const entries: Value[] = []
  let address: string | undefined = `${github.api}/repos/${github.repository}${path}`
  for (let page = 0; address !== undefined && page < mostPages; page++) {
    const answer = await askGitHub(github, address, request)
    if (answer.status >= 400) throw refusedBy(answer, request.what, request.permission)
    entries.push(...answered(answer, z.array(schema).max(1000), request.what))
    address = nextPage(answer, address)
  }
  return entries
}
