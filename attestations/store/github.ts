import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import { jsonFrom, limits } from '../verification/json.ts'
import { type Reading, readAttestations } from '../verification/read.ts'
import { type AskLimits, type AskOptions, ask, nextPage, refused } from './ask.ts'
import { unsnap } from './snappy.ts'

export type GitHubOptions = {
  /** `owner/name`. */
  repository: string
  /** Of the file, `sha256:…`. */
  digest: string
  /** As `gh` reads it: GITHUB_API_URL or GH_HOST, GH_TOKEN or GITHUB_TOKEN. */
  environment: NodeJS.ProcessEnv
  limits?: AskLimits
  signal: AbortSignal
}

const most = { page: 32 * 1024 * 1024, pages: 10, attestations: 500 }

/** https://docs.github.com/en/rest/repos/attestations; newer versions name only where the bundle is. */
const pageSchema = z.object({
  attestations: z
    .array(z.object({ bundle: z.unknown().optional(), bundle_url: z.string().max(8192).nullish() }))
    .max(most.attestations),
})

/**
 * The attestations of a file that GitHub keeps for a repository.
 * @returns no attestations when it has none, or does not have the repository.
 * @throws {Problem} USAGE, ATTESTATIONS_UNREACHABLE, ATTESTATIONS_ANSWER_INVALID
 */
export async function gitHubAttestations(options: GitHubOptions): Promise<Reading> {
  const { repository, digest, environment } = options
  const what = `GitHub’s attestations of ${digest}`
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(repository) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(repository)) {
    throw new Problem('USAGE', `${repository} is no repository.`, { hint: 'Write it as owner/name.' })
  }
  const { api, token } = serviceFrom(environment)
  const asked: AskOptions = {
    ...options,
    what,
    most: most.page,
    authorization: token === undefined ? undefined : `Bearer ${token}`,
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  }
  let address: string | undefined = `${api}/repos/${repository}/attestations/${digest}?per_page=100`
  const readings: Reading[] = []
  for (let page = 0; address !== undefined && page < most.pages; page++) {
    const answer = await ask(address, asked)
    // Both can mean that there is none.
    if (answer.status === 404 || answer.status === 422) break
    if (answer.status !== 200) refused(answer, what)
    for (const entry of entriesOf(answer.body, what)) readings.push(await readEntry(entry, asked))
    address = nextPage(answer, address)
  }
  return {
    attestations: readings.flatMap(({ attestations }) => attestations),
    ignored: readings.flatMap(({ ignored }) => ignored),
  }
}

type Entry = z.infer<typeof pageSchema>['attestations'][number]

function entriesOf(body: Buffer, what: string): Entry[] {
  const page = pageSchema.safeParse(jsonFrom(body))
  if (page.success) return page.data.attestations
  throw new Problem('ATTESTATIONS_ANSWER_INVALID', `What came for ${what} is no list of attestations.`, {
    hint: 'See that GITHUB_API_URL or GH_HOST names a GitHub.',
    cause: page.error,
  })
}

async function readEntry({ bundle, bundle_url: address }: Entry, asked: AskOptions): Promise<Reading> {
  const file = asked.what
  if (bundle !== undefined && bundle !== null) {
    return readAttestations({ bytes: Buffer.from(JSON.stringify(bundle)), file })
  }
  if (address === undefined || address === null) {
    return { attestations: [], ignored: [{ reason: 'It has neither a bundle nor the address of one.' }] }
  }
  // It lies at a store whose address is the permission to read it.
  const answer = await ask(address, { ...asked, authorization: undefined, headers: {} })
  if (answer.status !== 200) refused(answer, asked.what)
  const isPlain = answer.body[0] === 0x7b
  const bytes = isPlain ? answer.body : unsnap(answer.body, limits.bytes)
  if (bytes) return readAttestations({ bytes, file })
  throw new Problem('ATTESTATIONS_ANSWER_INVALID', `A bundle that came for ${asked.what} is damaged.`, {
    hint: 'Try again later.',
  })
}

/** Where GitHub is: https://cli.github.com/manual/gh_help_environment */
function serviceFrom(environment: NodeJS.ProcessEnv): { api: string; token: string | undefined } {
  const { GITHUB_API_URL, GH_HOST, GH_TOKEN, GITHUB_TOKEN, GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN } = environment
  const host = GH_HOST || 'github.com'
  const isPublic = host === 'github.com' || host.endsWith('.ghe.com')
  const derived = isPublic ? `https://api.${host}` : `https://${host}/api/v3`
  const own = GH_TOKEN || GITHUB_TOKEN
  const enterprise = GH_ENTERPRISE_TOKEN || GITHUB_ENTERPRISE_TOKEN
  return {
    api: (GITHUB_API_URL || derived).replace(/\/+$/, ''),
    token: (GITHUB_API_URL || isPublic ? own || enterprise : enterprise) || undefined,
  }
}
