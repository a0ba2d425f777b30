import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import { readBounded } from '../verification/bounded-file.ts'
import { jsonFrom } from '../verification/json.ts'
import { type Answer, type AskLimits, ask, checkedAddress, nextPage, refused } from './ask.ts'

export type OciRegistry = {
  /** `path` is below the repository; or an address that `next` gave. */
  get(path: string, options: { what: string; most: number; accept: string }): Promise<Answer>
  /** The next page of a list. */
  next(answer: Answer, path: string): string | undefined
}

export type RegistryOptions = {
  host: string
  name: string
  environment: NodeJS.ProcessEnv
  limits?: AskLimits
  signal: AbortSignal
}

/**
 * One repository in a registry. It logs in when it is asked to, with what `docker login` left, or as nobody.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export function openRegistry({ host, name, ...rest }: RegistryOptions): OciRegistry {
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host)
  const base = `${isLocal ? 'http' : 'https'}://${host}/v2/${name}/`
  let authorization: string | undefined
  return {
    async get(path, { what, most, accept }) {
      const address = new URL(path, base).href
      const options = { ...rest, what, most, headers: { accept } }
      const answer = await ask(address, { ...options, authorization })
      if (answer.status !== 401 || authorization !== undefined) return answer
      authorization = await loggedIn(answer, { host, name, what, ...rest })
      return await ask(address, { ...options, authorization })
    },
    next: (answer, path) => nextPage(answer, new URL(path, base).href),
  }
}

const tokenSchema = z.object({
  token: z.string().max(65_536).optional(),
  access_token: z.string().max(65_536).optional(),
})

async function loggedIn(answer: Answer, options: RegistryOptions & { what: string }): Promise<string> {
  const { host, name, what, environment } = options
  const credentials = await credentialsFor(host, environment)
  const basic = credentials === undefined ? undefined : `Basic ${credentials}`
  const challenge = [answer.headers['www-authenticate']].flat().join(', ')
  if (/^basic\b/i.test(challenge) && basic !== undefined) return basic
  const parameter = (key: string) => challenge.match(new RegExp(`\\b${key}="([^"]{0,2048})"`, 'i'))?.[1]
  const realm = parameter('realm')
  if (!/^bearer\b/i.test(challenge) || realm === undefined) refused(answer, what)
  const url = checkedAddress(realm, 'a token for the registry')
  url.searchParams.set('scope', `repository:${name}:pull`)
  const service = parameter('service')
  if (service !== undefined) url.searchParams.set('service', service)
  const given = await ask(url.href, { ...options, most: 1024 * 1024, authorization: basic })
  const parsed = given.status === 200 ? tokenSchema.safeParse(jsonFrom(given.body)) : undefined
  const token = parsed?.data?.token ?? parsed?.data?.access_token
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`
  throw new Problem('ATTESTATIONS_UNREACHABLE', `${host} gives no token to read ${name}.`, {
    hint: 'Log in with `docker login`.',
  })
}

const dockerSchema = z.object({ auths: z.record(z.string(), z.object({ auth: z.string().optional() })).optional() })

/** What `docker login` wrote where no credential helper is used, as base64. */
async function credentialsFor(host: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = environment.DOCKER_CONFIG || join(environment.HOME ?? homedir(), '.docker')
  const bytes = await readBounded(join(folder, 'config.json'), 1024 * 1024).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'FILE_UNREADABLE') return undefined
    throw error
  })
  const parsed = bytes && dockerSchema.safeParse(jsonFrom(bytes))
  const auth = parsed?.success ? parsed.data.auths?.[host]?.auth : undefined
  return auth !== undefined && /^[A-Za-z0-9+/=]+$/.test(auth) ? auth : undefined
}
