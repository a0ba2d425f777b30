import type { SignedEntity } from '@sigstore/verify'
import { chainCheck } from './certificate-chain.ts'
import type { Expectations } from './expectations.ts'
import { isolated, logCheck, logResults } from './log-inclusion.ts'
import { type Check, failed, skipped } from './model.ts'
import { comparable, incomparable } from './signed.ts'
import { findSigner, type Signer, type SignerInput } from './signer.ts'
import { timeCheck, timestampResults } from './timestamps.ts'
import type { TrustRoot } from './trust-root.ts'

export type MaterialInput = SignerInput & {
  root: TrustRoot
  require: NonNullable<Expectations['require']>
  now: Date
}

export type MaterialResult = {
  signer?: Signer
  /** Trusted times of the signature. */
  times: Date[]
  /** Signature, certificate chain, timestamps, log inclusion. */
  checks: Check[]
}

/** All that does not depend on what is said, only on who signed it and when. */
export async function verifyMaterial(input: MaterialInput): Promise<MaterialResult> {
  const { content, signed } = input
  const found = await findSigner(input)
  const { signer } = found
  if (!signer) {
    const rest = ['certificate-chain', 'timestamps', 'log-inclusion'] as const
    return { times: [], checks: [found.check, ...rest.map((id) => skipped(id, 'The signer is not known.'))] }
  }
  const ask = isolated(input.root, signer.key)
  const isBundle = content.format !== 'dsse'
  const whole: SignedEntity = {
    signature: isBundle ? comparable(content, signed) : incomparable,
    key: { $case: 'public-key', hint: '' },
    timestamps: [],
    tlogEntries: [],
  }
  const entries = isBundle ? content.bundle.verificationMaterial.tlogEntries : []
  const log = logResults(entries, { whole, key: signer.key, root: input.root })
  const clocks = isBundle
    ? timestampResults(content.bundle.verificationMaterial.timestampVerificationData, ask, whole)
    : []
  const timing = timeCheck(input, signer, log, clocks)
  const { times } = timing
  const required =
    input.require.logEntries ?? (signer.kind === 'key' ? 0 : Math.min(1, input.root.material.tlogs.length))
  const inclusion = isBundle
    ? logCheck(log, { times, required: atLeastOneKnown(required, input.root, signer), root: input.root })
    : envelopeLogCheck(required)
  return {
    signer,
    times,
    checks: [found.check, chainCheck(input, signer, times, clocks, whole), timing.check, inclusion],
  }
}

/** A root whose every log was refused still asks for one; a root that names none does not. */
function atLeastOneKnown(required: number, root: TrustRoot, signer: Signer): number {
  const refused = root.faults.some(({ logId, authority }) => logId !== undefined && authority.startsWith('The log'))
  return signer.kind === 'certificate' && refused ? Math.max(1, required) : required
}

function envelopeLogCheck(required: number): Check {
  return required === 0
    ? skipped('log-inclusion', 'It is in no transparency log, and none is required.')
    : failed(
        'log-inclusion',
        'LOG_ENTRY_NOT_IN_ENVELOPE',
        'A bare envelope carries no log entry, and whether the log has one can only be asked online.',
      )
}
