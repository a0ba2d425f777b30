import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'

/** Who signs, as an OpenID Connect token says. The token itself is a secret, and is only handed out by this function. */
export type Identity = {
  /** What goes into the certificate's request: the e-mail address, or else the subject. */
  subject: string
  issuer: string
  expires: Date
  /** Where the token came from, for people. */
  from: string
  token(): string
}

export type IdentityOptions = {
  environment: NodeJS.ProcessEnv
  /** Given by the user, and then the only one. */
  token?: string
  /** Lets a person log in; where there is nobody it is absent. */
  login?: () => Promise<string>
  now: () => Date
  signal: AbortSignal
}

const audience = 'sigstore'
/** In milliseconds. */
const patience = 20_000
const largestAnswer = 1024 * 1024

/**
 * The identity that this job has: of a given token, of `SIGSTORE_ID_TOKEN` (which GitLab sets for `id_tokens`), of GitHub
 * Actions, or of Buildkite; otherwise that of the person who logs in. sigstore's own provider lets these race, and says only that none was there.
 *
 * @throws {Problem} IDENTITY_MISSING when there is none, IDENTITY_INVALID when it cannot be used. No message has the token.
 */
export async function findIdentity(options: IdentityOptions): Promise<Identity> {
  const { environment, token } = options
  if (token !== undefined) return identityFrom(token, 'the given token', options)
  const fromEnvironment = environment.SIGSTORE_ID_TOKEN
  if (fromEnvironment) return identityFrom(fromEnvironment, 'SIGSTORE_ID_TOKEN', options)
  if (environment.ACTIONS_ID_TOKEN_REQUEST_URL && environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    return identityFrom(await githubToken(options), 'GitHub Actions', options)
  }
  if (environment.BUILDKITE === 'true') return identityFrom(await buildkiteToken(options), 'Buildkite', options)
  if (options.login) return identityFrom(await options.login(), 'the login', options)
  throw new Problem('IDENTITY_MISSING', 'There is nobody to sign as: no identity token is at hand.', {
    hint: environment.GITHUB_ACTIONS
      ? 'The job needs `permissions: id-token: write`.'
      : environment.GITLAB_CI
        ? 'The job needs `id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }`.'
        : 'Sign with a key of your own (`reproof key create`, then --key), or give a token with --identity-token.',
  })
}

const answerSchema = z.object({ value: z.string().min(1).max(65_536) })

/** https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
async function githubToken({ environment, signal }: IdentityOptions): Promise<string> {
  const url = URL.parse(environment.ACTIONS_ID_TOKEN_REQUEST_URL ?? '')
  if (!url) throw new Problem('IDENTITY_INVALID', 'ACTIONS_ID_TOKEN_REQUEST_URL is not an address.')
  url.searchParams.set('audience', audience)
  const failed = (what: string) =>
    new Problem('IDENTITY_INVALID', `GitHub gave no identity token: ${what}.`, {
      hint: 'Run the job again; see whether it has `permissions: id-token: write`.',
    })
  const response = await fetch(url, {
    headers: { accept: 'application/json', authorization: `Bearer ${environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
  }).catch(() => {
    signal.throwIfAborted()
    throw failed('its address cannot be reached')
  })
  if (!response.ok) throw failed(`it answered ${response.status}`)
  if (Number(response.headers.get('content-length') ?? 0) > largestAnswer) throw failed('its answer is too long')
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined))
  if (!answer.success) throw failed('its answer has none')
  return answer.data.value
}

/** https://buildkite.com/docs/agent/v3/cli-oidc */
async function buildkiteToken({ environment, signal }: IdentityOptions): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('buildkite-agent', ['oidc', 'request-token', '--audience', audience], {
      env: environment,
      signal,
      timeout: patience,
      maxBuffer: largestAnswer,
    })
    return stdout.trim()
  } catch {
    // The error has the output, and the output may have the token.
    signal.throwIfAborted()
    throw new Problem('IDENTITY_INVALID', 'buildkite-agent gave no identity token.', {
      hint: 'See whether `buildkite-agent oidc request-token --audience sigstore` works in this job.',
    })
  }
}

const claimsSchema = z.object({
  iss: z.string().min(1).max(4096),
  sub: z.string().min(1).max(4096).optional(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  email: z.string().max(4096).optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
})

/** Whatever a certificate authority would refuse is refused here, before anything goes over the network. */
function identityFrom(token: string, from: string, { now }: IdentityOptions): Identity {
  const claims = claimsSchema.safeParse(payloadOf(token)).data
  const invalid = (what: string, hint: string) =>
    new Problem('IDENTITY_INVALID', `The identity token (${from}) cannot be used: ${what}.`, { hint })
  if (!claims) throw invalid('it is no OpenID Connect token', 'Give the token itself, three parts with dots between.')
  const { iss: issuer, sub, aud, exp, email, email_verified: verified } = claims
  if (![aud].flat().includes(audience)) {
    throw invalid('it is for another audience', `Ask for one whose audience is "${audience}".`)
  }
  if (exp * 1000 <= now().getTime()) throw invalid('it has expired', 'Get a new one: they last a few minutes.')
  if (email && verified !== true && verified !== 'true') {
    throw invalid('its issuer did not verify the e-mail address', 'Use an identity whose address is verified.')
  }
  const subject = email || sub
  if (!subject) throw invalid('it names nobody', 'It needs a subject, or an e-mail address.')
  return { subject, issuer, from, expires: new Date(exp * 1000), token: () => token }
}

function payloadOf(token: string): unknown {
  const parts = token.split('.')
  if (parts.length !== 3 || token.length > 65_536 || !/^[\w.=-]+$/.test(token)) return undefined
  try {
    return JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
