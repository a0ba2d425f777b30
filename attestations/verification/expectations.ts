import { runInNewContext } from 'node:vm'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Check } from './model.ts'
import type { StatementView } from './statement.ts'

/** A value that must be exactly so, or, when a pattern is asked for, match it from its first character to its last. */
export type Matcher = { exactly: string } | { pattern: string }

/** Somebody whose signature counts: a workload or person with a certificate, or the owner of a key. */
export type TrustedSigner = { identity: Matcher; issuer: Matcher } | { key: 'given' | 'npm-registry' }

export type Expectations = {
  /** One of them must have signed. */
  signers: TrustedSigner[]
  sourceRepository?: string
  /** Whole id of the commit. */
  sourceCommit?: string
  /** As `refs/tags/v1.0.0`. */
  sourceRef?: string
  builder?: Matcher
  predicateType?: string
  buildType?: string
  /** All the parameters that there may be, with their values. */
  parameters?: Record<string, unknown>
  /** How many of each there must be at least, where the default is not right. */
  require?: { logEntries?: number; certificateLogs?: number; timestamps?: number }
  /** Judge what no single option can. */
  dependencies?: (view: StatementView) => Check
  policy?: (view: StatementView) => Check
}

/**
 * Refuses to verify without knowing whose signature is asked for: anybody can sign anything.
 * @throws {Problem} SIGNER_NOT_NAMED, or USAGE for a pattern that is none
 */
export function checkExpectations({ signers, builder }: Expectations): void {
  if (signers.length === 0) {
    throw new Problem(
      'SIGNER_NOT_NAMED',
      'Signed by whom? No identity and no key is expected, so any signature would do.',
      {
        hint: 'Give --certificate-identity with --certificate-oidc-issuer, or --key.',
      },
    )
  }
  for (const signer of signers) {
    if ('key' in signer) continue
    for (const matcher of [signer.identity, signer.issuer]) matches(matcher, '')
    if ('exactly' in signer.identity && signer.identity.exactly === '')
      throw new Problem('USAGE', 'The identity is empty.')
  }
  if (builder) matches(builder, '')
}

/** In milliseconds; what is sensible takes none. */
const longestMatch = 1000

/** @throws {Problem} USAGE for a pattern that is none, or that takes for ever on this value */
export function matches(matcher: Matcher, value: string): boolean {
  if ('exactly' in matcher) return value === matcher.exactly
  try {
    // By itself first: `a)|(?:b` would end the group, and with it both anchors.
    new RegExp(matcher.pattern, 'u')
    // With the group, `a|b` is anchored on both sides too; with u, no escape has a meaning by accident.
    const pattern = new RegExp(`^(?:${matcher.pattern})$`, 'u')
    if (isQuick(matcher.pattern, value)) return pattern.test(value)
    // The value is a stranger's choice, and some patterns take longer than anybody lives on the right one.
    return Boolean(runInNewContext('pattern.test(value)', { pattern, value }, { timeout: longestMatch }))
  } catch (error) {
    const isTooLong = error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
    const what = isTooLong ? 'takes too long on the value that it was compared with' : 'is no regular expression'
    throw new Problem('USAGE', `${matcher.pattern} ${what}.`, {
      hint: 'Write one as JavaScript has them, without repetitions of repetitions, or give the value without a pattern.',
      cause: error,
    })
  }
}

/** Without a repetition of a group, the time grows with a power of the length, which is the number of repetitions. */
const isQuick = (pattern: string, value: string): boolean =>
  value.length <= 512 && !/\)[*+{]/.test(pattern) && (pattern.match(/[*+{]/g) ?? []).length <= 2

export const told = (matcher: Matcher): string =>
  'exactly' in matcher ? matcher.exactly : `something like ${matcher.pattern}`
