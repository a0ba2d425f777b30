import { matches, type TrustedSigner } from '../verification/expectations.ts'
import type { StatementResult } from '../verification/verify.ts'

/** A signer of the policy, and what else the policy says of him. */
export type RosterEntry = {
  trusted: TrustedSigner
  /** Of a signer with keys: sha256 of each. */
  keys: string[]
  operator?: string
  level?: number
}

/** Whom of the policy's signers the signature is of; the first that fits, as the policy lists them. */
export function rosterEntry({ signer }: StatementResult, roster: RosterEntry[]): RosterEntry | undefined {
  if (!signer) return undefined
  return roster.find(({ trusted, keys }) => {
    if ('key' in signer || 'key' in trusted) return 'key' in signer && 'key' in trusted && keys.includes(signer.sha256)
    return matches(trusted.identity, signer.identity) && matches(trusted.issuer, signer.issuer ?? '')
  })
}

/**
 * Who stands behind a statement: the operator that the policy names for its signer, otherwise the signer itself. Two
 * statements of one operator are one opinion.
 */
export function operatorOf(result: StatementResult, roster: RosterEntry[]): string {
  const { signer } = result
  const operator = rosterEntry(result, roster)?.operator
  if (operator !== undefined) return `operator ${operator}`
  if (!signer) return ''
  return 'key' in signer ? `key ${signer.sha256}` : JSON.stringify([signer.issuer, signer.identity])
}
