/**
 * What went wrong, as a value: a code that programs decide on, a sentence for people, and what to do next.
 *
 * The class of a code decides the exit code and, where a pipeline stage ends early, the verdict; no text is ever matched.
 */

/** `usage` ends with exit code 2, `undecided` with 3, `fault` with 70. */
type ProblemClass = 'usage' | 'undecided' | 'fault'

const classes = {
  // what was asked
  USAGE: 'usage',
  SPEC_INVALID: 'usage',
  SOURCE_ARGUMENT_INVALID: 'usage',
  RECIPE_INVALID: 'usage',
  PASS_INVALID: 'usage',
  CONFIGURATION_INVALID: 'usage',
  FILE_UNREADABLE: 'usage',
  FOLDER_UNUSABLE: 'usage',
  RUN_NOT_FOUND: 'usage',
  RUN_BUSY: 'usage',
  OUTPUT_NOT_EMPTY: 'usage',

  // artifact
  PACKAGE_NOT_FOUND: 'undecided',
  VERSION_NOT_FOUND: 'undecided',
  REGISTRY_UNREACHABLE: 'undecided',
  REGISTRY_ERROR: 'undecided',
  REGISTRY_ANSWER_INVALID: 'undecided',
  REGISTRY_ANSWER_TOO_LARGE: 'undecided',
  REGISTRY_TIMEOUT: 'undecided',
  SEARCH_UNAVAILABLE: 'undecided',
  ARTIFACT_INTEGRITY_MISMATCH: 'undecided',
  ARTIFACT_TRUNCATED: 'undecided',
  ARTIFACT_TOO_LARGE: 'undecided',

  // archives
  ARCHIVE_INVALID: 'undecided',
  ARCHIVE_UNSAFE_PATH: 'undecided',
  ARCHIVE_LIMIT_EXCEEDED: 'undecided',
  ARCHIVE_FORMAT_UNSUPPORTED: 'undecided',

  // source
  SOURCE_NOT_DECLARED: 'undecided',
  SOURCE_UNREACHABLE: 'undecided',
  SOURCE_REFUSED: 'undecided',
  SOURCE_INCOMPLETE: 'undecided',
  SOURCE_EMPTY: 'undecided',
  SOURCE_TOO_LARGE: 'undecided',
  SOURCE_REF_NOT_FOUND: 'undecided',
  SOURCE_VERSION_NOT_FOUND: 'undecided',
  SOURCE_TAG_MISMATCH: 'undecided',
  SOURCE_DIGEST_MISMATCH: 'undecided',
  SOURCE_SIGNATURE_INVALID: 'undecided',
  SOURCE_MANIFEST_INVALID: 'undecided',

  // environment and toolchains
  LOCK_INVALID: 'undecided',
  IMAGE_PACKAGE_UNAVAILABLE: 'undecided',
  IMAGE_PACKAGE_MISMATCH: 'undecided',
  IMAGE_DIGEST_MISMATCH: 'undecided',
  ARCHITECTURE_UNSUPPORTED: 'undecided',
  TOOLCHAIN_UNAVAILABLE: 'undecided',
  TOOLCHAIN_MISMATCH: 'undecided',

  // recipe
  RECIPE_NOT_INFERRED: 'undecided',
  PACKAGE_MANAGER_UNSUPPORTED: 'undecided',

  // sandbox and network
  SANDBOX_UNAVAILABLE: 'undecided',
  ENGINE_UNAVAILABLE: 'undecided',
  STEP_FAILED: 'undecided',
  STEP_TIMED_OUT: 'undecided',
  STEP_MEMORY_EXCEEDED: 'undecided',
  STEP_PROCESSES_EXCEEDED: 'undecided',
  STEP_DISK_EXCEEDED: 'undecided',
  STEP_OUTPUT_MISSING: 'undecided',
  STEP_OUTPUT_AMBIGUOUS: 'undecided',
  NETWORK_REFUSED: 'undecided',
  DEPENDENCY_INTEGRITY_MISMATCH: 'undecided',
  DEPENDENCY_UNAVAILABLE: 'undecided',

  // attesting
  RUN_INCOMPLETE: 'undecided',
  SIGNING_CONFIG_INVALID: 'usage',
  TRUST_ROOT_INVALID: 'usage',
  KEY_INVALID: 'usage',
  IDENTITY_MISSING: 'usage',
  IDENTITY_INVALID: 'usage',
  NOT_AGREED: 'usage',
  SIGNER_NOT_NAMED: 'usage',
  POLICY_INVALID: 'usage',
  SIGNING_SERVICE_FAILED: 'undecided',
  SIGNATURE_UNVERIFIABLE: 'undecided',
  STATEMENT_INVALID: 'usage',
  TRUST_UPDATE_FAILED: 'undecided',
  ATTESTATIONS_UNREACHABLE: 'undecided',
  ATTESTATIONS_ANSWER_INVALID: 'undecided',

  // around
  STORE_DAMAGED: 'undecided',
  DISK_FULL: 'undecided',
  INTERRUPTED: 'undecided',
  FAULT: 'fault',
} as const satisfies Record<string, ProblemClass>

export type ProblemCode = keyof typeof classes

export const problemCodes = Object.keys(classes) as [ProblemCode, ...ProblemCode[]]

export class Problem extends Error {
  readonly code: ProblemCode
  /** What to do about it, as a full sentence. */
  readonly hint: string | undefined
  /** Evidence worth keeping: the last lines of a log, the two digests that disagree. */
  readonly details: Record<string, unknown>

  constructor(
    code: ProblemCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** The exit code of design.md: 2 usage or configuration, 3 could not be decided, 70 a fault of ours. */
export function exitCodeOf(code: ProblemCode): 2 | 3 | 70 {
  const kind = classes[code]
  return kind === 'usage' ? 2 : kind === 'undecided' ? 3 : 70
}

/** What the operating system says of folders and files that whoever started us may not use. */
const refusals: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EROFS', 'it can only be read'],
  ['ENOTDIR', 'it is not a folder'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open on this machine'],
])

/** Any thrown value as a Problem; what is none already, nor of the operating system's making, is a fault of ours. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Error && error.name === 'AbortError') {
    if (error.cause instanceof Problem) return error.cause
    return new Problem('INTERRUPTED', 'The run was interrupted.', {
      hint: 'Start it again: it goes on where it stopped.',
      cause: error,
    })
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new Problem('DISK_FULL', 'There is no space left on the disk.', {
      hint: 'Free some space and start it again: it goes on where it stopped.',
      cause: error,
    })
  }
  const refused = typeof code === 'string' ? refusals.get(code) : undefined
  if (refused !== undefined) {
    const path = error instanceof Error && 'path' in error ? ` ${error.path}` : ''
    return new Problem(
      'FOLDER_UNUSABLE',
      `The system refuses what has to be done at${path || ' some path'}: ${refused}.`,
      {
        hint: 'See who may write there, or name other folders in REPROOF_STATE, REPROOF_CACHE and TMPDIR.',
        cause: error,
      },
    )
  }
  const message = error instanceof Error ? error.message : String(error)
  return new Problem('FAULT', `Something in reproof itself failed: ${message}`, {
    hint: 'Please report it, with the output of the same command and REPROOF_DEBUG=1.',
    cause: error,
  })
}
