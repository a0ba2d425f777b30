import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import { readBounded } from '../verification/bounded-file.ts'
import type { Expectations, TrustedSigner } from '../verification/expectations.ts'
import { readKeys, type TrustedKey } from '../verification/keys.ts'
import { rebuildIn } from './claims.ts'
import { checkDependencies, checkRebuild } from './evaluate.ts'
import { checkOwnVerdict } from './own-verdict.ts'
import type { RosterEntry } from './roster.ts'
import { type Policy, type PolicySigner, policySchema } from './schema.ts'

export type ReadPolicy = {
  policy: Policy
  /** Of the file's bytes, for whoever asks later by which policy it was judged. */
  sha256: string
  expectations: Expectations
  keys: TrustedKey[]
  /** Its signers, and who runs what they sign on. */
  roster: RosterEntry[]
}

/**
 * A policy file, and what it expects of a statement.
 * @param now decides which exceptions still count
 * @throws {Problem} FILE_UNREADABLE, or POLICY_INVALID with what is wrong and where
 */
export async function readPolicy(path: string, { now }: { now: Date }): Promise<ReadPolicy> {
  const bytes = await readBounded(path, 1024 * 1024)
  const policy = policyFrom(bytes.toString('utf8'), path)
  const keys: TrustedKey[] = []
  const roster: RosterEntry[] = []
  for (const signer of policy.signers) {
    const { operator, level } = signer
    const own = 'key' in signer ? await readKeys(resolve(dirname(path), signer.key)) : []
    keys.push(...own)
    roster.push({
      trusted: trustedSigner(signer),
      keys: own.map(({ sha256 }) => sha256),
      ...(operator !== undefined && { operator }),
      ...(level !== undefined && { level }),
    })
  }
  return {
    policy,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    keys,
    roster,
    expectations: { signers: roster.map(({ trusted }) => trusted), ...expectationsOf(policy, now) },
  }
}

function trustedSigner(signer: PolicySigner): TrustedSigner {
  if ('key' in signer) return { key: 'given' }
  const identity = 'identity' in signer ? { exactly: signer.identity } : { pattern: signer.identityPattern }
  return { identity, issuer: { exactly: signer.issuer } }
}

/** @throws {Problem} POLICY_INVALID */
export function policyFrom(text: string, name: string): Policy {
  let value: unknown
  try {
    // Aliases make a small file large, and nobody needs them here.
    value = parse(text, { maxAliasCount: 0, uniqueKeys: true })
  } catch (error) {
    throw invalid(name, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error)
  }
  const parsed = policySchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(name, z.prettifyError(parsed.error).replaceAll('\n', ' '), parsed.error)
}

function expectationsOf(policy: Policy, now: Date): Omit<Expectations, 'signers'> {
  const { source, builder } = policy
  return {
    ...(source?.repository !== undefined && { sourceRepository: source.repository }),
    ...(source?.ref !== undefined && { sourceRef: source.ref }),
    ...(builder && { builder: 'id' in builder ? { exactly: builder.id } : builder }),
    dependencies: (view) => checkDependencies(view, policy, now),
    policy: (view) => (policy.rebuild && rebuildIn(view) ? checkRebuild(view, policy) : checkOwnVerdict(view)),
  }
}

function invalid(name: string, detail: string, cause: unknown): Problem {
  return new Problem('POLICY_INVALID', `${name} is no policy: ${detail}`, {
    hint: 'docs/schemas/policy.v1.json says what may stand in it.',
    cause,
  })
}
