import { z } from 'zod'
import type { SigningPlan } from '../attestations/signing/sign.ts'
import { Problem } from '../verifiers/model/problem.ts'

/** What GitHub says of a job in its identity token: https://docs.github.com/en/actions/reference/security/oidc */
const claimsSchema = z.object({
  iss: z.string().max(4096),
  repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/),
  repository_visibility: z.enum(['public', 'private', 'internal']),
  sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  ref: z.string().max(1024),
  job_workflow_ref: z.string().min(1).max(4096),
  runner_environment: z.string().max(100),
  run_id: z.string().regex(/^\d{1,20}$/),
  run_attempt: z.string().regex(/^\d{1,10}$/),
})

export type JobClaims = z.infer<typeof claimsSchema>

/**
 * What is said of the job in an attestation comes from the token that the certificate authority checks as well, and not
 * from variables, which an earlier step may have set.
 *
 * @throws {Problem} IDENTITY_INVALID
 */
export function claimsOf({ signer }: SigningPlan): JobClaims {
  const payload = signer.kind === 'identity' ? signer.identity.token().split('.')[1] : undefined
  const claims = claimsSchema.safeParse(payload === undefined ? undefined : parsed(payload))
  if (claims.success) return claims.data
  throw new Problem('IDENTITY_INVALID', 'The identity token is none of a job of GitHub Actions.', {
    hint: 'Elsewhere use `reproof attest`: docs/ci.md has examples.',
    cause: claims.error,
  })
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** Each mode of operation has an id of its own: docs/builders says what each may be trusted for. */
export const builderIds = {
  hosted: 'https://reproof.dev/builders/github-action/v1',
  selfHosted: 'https://reproof.dev/builders/github-action-self-hosted/v1',
  workflow: 'https://reproof.dev/builders/github-workflow/v1',
} as const

export function builderOf({ runner_environment: environment }: JobClaims): string {
  return environment === 'github-hosted' ? builderIds.hosted : builderIds.selfHosted
}

/** Who the certificate will name. @param server `https://github.com`, or the address of a server of one’s own */
export function signerOf({ job_workflow_ref: workflow, iss }: JobClaims, server: string) {
  return { identity: `${server}/${workflow}`, issuer: iss }
}

export function invocationOf({ repository, run_id: run, run_attempt: attempt }: JobClaims, server: string): string {
  return `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`
}

/**
 * @throws {Problem} NOT_AGREED where the public log would show for ever what a private repository is called and when it
 * releases what.
 */
export function refuseToPublish({ repository_visibility: visibility }: JobClaims, plan: SigningPlan, agreed: boolean) {
  if (visibility === 'public' || plan.isPublic !== true || agreed) return
  throw new Problem(
    'NOT_AGREED',
    `Nothing was signed: the repository is ${visibility}, and the public log would show its name for ever.`,
    {
      hint: 'Say `public-log: true` if that is all right, or sign with services of your own (`signing-config`).',
    },
  )
}
