/** What was asked of one statement, in the order of https://slsa.dev/spec/v1.2/verifying-artifacts. */
export const checkIds = [
  'format',
  'signature',
  'certificate-chain',
  'timestamps',
  'log-inclusion',
  'identity',
  'payload-type',
  'predicate-type',
  'subject',
  'source',
  'builder',
  'build-type',
  'parameters',
  'dependencies',
  'policy',
] as const

export type CheckId = (typeof checkIds)[number]

/**
 * Why a check failed. What is `wrong` can never be right, whoever looks; what is `missing` may be found elsewhere, and
 * leaves the statement unverifiable.
 */
export const failureKinds = {
  // format
  FORMAT_NOT_UTF8: 'wrong',
  FORMAT_NOT_JSON: 'wrong',
  FORMAT_TOO_LARGE: 'wrong',
  FORMAT_TOO_DEEP: 'wrong',
  FORMAT_TOO_MANY: 'wrong',
  FORMAT_DUPLICATE_KEY: 'wrong',
  FORMAT_UNKNOWN: 'missing',
  FORMAT_UNSUPPORTED: 'missing',
  FORMAT_MEDIA_TYPE: 'wrong',
  FORMAT_FIELDS: 'wrong',
  FORMAT_BASE64: 'wrong',
  FORMAT_SIGNATURE_COUNT: 'wrong',
  // signature
  SIGNATURE_INVALID: 'wrong',
  SIGNATURE_KEY_UNUSABLE: 'wrong',
  SIGNATURE_KEY_WEAK: 'wrong',
  SIGNATURE_KEY_UNKNOWN: 'missing',
  SIGNATURE_NEEDS_FILE: 'missing',
  // certificate chain
  CERTIFICATE_UNTRUSTED: 'wrong',
  CERTIFICATE_NOT_FOR_SIGNING: 'wrong',
  CERTIFICATE_UNREADABLE: 'wrong',
  KEY_NOT_VALID_THEN: 'wrong',
  KEY_EXPIRED: 'wrong',
  // timestamps
  TIME_INVALID: 'wrong',
  TIME_IN_FUTURE: 'wrong',
  TIME_MISSING: 'wrong',
  TIME_NOT_IN_ENVELOPE: 'missing',
  // log inclusion
  LOG_ENTRY_INVALID: 'wrong',
  LOG_NOT_TRUSTED_THEN: 'wrong',
  LOG_ENTRY_OF_ANOTHER_KEY: 'wrong',
  LOG_ENTRY_MISSING: 'wrong',
  LOG_ENTRY_NOT_IN_ENVELOPE: 'missing',
  // identity
  IDENTITY_MISMATCH: 'wrong',
  ISSUER_MISMATCH: 'wrong',
  IDENTITY_AMBIGUOUS: 'wrong',
  SIGNER_UNKNOWN: 'wrong',
  SIGNER_NOT_IN_ENVELOPE: 'missing',
  // payload
  PAYLOAD_TYPE: 'wrong',
  PAYLOAD_INVALID: 'wrong',
  STATEMENT_TYPE: 'wrong',
  PREDICATE_TYPE: 'wrong',
  LABEL_MISMATCH: 'wrong',
  SUBJECT_MISMATCH: 'wrong',
  SUBJECT_INCONSISTENT: 'wrong',
  SUBJECT_TOO_WEAK: 'wrong',
  SUBJECT_NOT_COMPARABLE: 'missing',
  // expectations
  SOURCE_MISMATCH: 'wrong',
  SOURCE_NOT_STATED: 'wrong',
  BUILDER_MISMATCH: 'wrong',
  BUILDER_NOT_STATED: 'wrong',
  BUILD_TYPE_MISMATCH: 'wrong',
  PARAMETER_MISMATCH: 'wrong',
  PARAMETER_UNKNOWN: 'wrong',
  DEPENDENCY_REFUSED: 'wrong',
  POLICY_REFUSED: 'wrong',
} as const satisfies Record<string, 'wrong' | 'missing'>

export type FailureCode = keyof typeof failureKinds

export type Evidence = Record<string, unknown>

export type Check =
  | { id: CheckId; result: 'passed' | 'skipped'; detail: string; evidence: Evidence }
  | { id: CheckId; result: 'failed'; code: FailureCode; detail: string; evidence: Evidence }

/** Texts of strangers stand in it, which may be as long as a document. */
const clipped = (detail: string): string => (detail.length > 1000 ? `${detail.slice(0, 1000)}…` : detail)

export const passed = (id: CheckId, detail: string, evidence: Evidence = {}): Check => ({
  id,
  result: 'passed',
  detail: clipped(detail),
  evidence,
})

/** Was not asked for, or makes no sense here, or rests on a check that failed; `detail` says which. */
export const skipped = (id: CheckId, detail: string, evidence: Evidence = {}): Check => ({
  id,
  result: 'skipped',
  detail: clipped(detail),
  evidence,
})

export const failed = (id: CheckId, code: FailureCode, detail: string, evidence: Evidence = {}): Check => ({
  id,
  result: 'failed',
  code,
  detail: clipped(detail),
  evidence,
})

export type VerificationVerdict = 'verified' | 'rejected' | 'unverifiable'

/** One statement holds when none of its checks failed; it is unverifiable when nothing is wrong but evidence is missing. */
export function verdictOf(checks: Check[]): VerificationVerdict {
  const codes = checks.flatMap((check) => (check.result === 'failed' ? [check.code] : []))
  if (codes.length === 0) return 'verified'
  return codes.some((code) => failureKinds[code] === 'wrong') ? 'rejected' : 'unverifiable'
}

/** A failure that is found before there is a check for it. */
export type Fault = { code: FailureCode; detail: string }

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
