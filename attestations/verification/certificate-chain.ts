import { TransparencyLogEntry } from '@sigstore/protobuf-specs'
import { type SignedEntity, Verifier } from '@sigstore/verify'
import type { TrustedKey } from './keys.ts'
import type { MaterialInput } from './material.ts'
import { type Check, failed, messageOf, passed, skipped } from './model.ts'
import type { Signer } from './signer.ts'
import type { Clock } from './timestamps.ts'

export function chainCheck(
  input: MaterialInput,
  signer: Signer,
  times: Date[],
  clocks: Clock[],
  whole: SignedEntity,
): Check {
  const id = 'certificate-chain'
  if (signer.kind === 'key') return keyValidity(signer.trusted, times, input.now)
  const { claims, certificate } = signer
  const validity = { notBefore: claims.notBefore.toISOString(), notAfter: claims.notAfter.toISOString() }
  const evidence = { ...validity, at: times.map((time) => time.toISOString()), trustRoot: input.root.sha256 }
  if (!claims.forCodeSigning || claims.isAuthority) {
    return failed(id, 'CERTIFICATE_NOT_FOR_SIGNING', 'The certificate is not one for signing code.', evidence)
  }
  const { material, faults } = input.root
  // Certificates of the time of bare envelopes have their log's promise elsewhere, as the envelope has its log entry.
  const byDefault = input.content.format === 'dsse' ? 0 : Math.min(1, material.ctlogs.length)
  const required = input.require.certificateLogs ?? byDefault
  const verifier = new Verifier(
    {
      ...material,
      publicKey: () => {
        throw new Error('No key is meant.')
      },
    },
    {
      tlogThreshold: 0,
      ctlogThreshold: required,
      timestampThreshold: 0,
    },
  )
  // Where nobody trusted says when, the chain is at least asked whether it was right when it was issued.
  const moments = times.length > 0 ? times : [claims.notBefore]
  try {
    const stamps = clocks.flatMap(({ timestamp }) => (timestamp ? [timestamp] : []))
    const promised = moments.filter((time) => !clocks.some((clock) => clock.time === time)).map(loggedAt)
    verifier.verify({ ...whole, key: { $case: 'certificate', certificate }, timestamps: [...stamps, ...promised] })
  } catch (error) {
    const dropped = faults
      .filter(({ authority }) => authority.startsWith('The certificate'))
      .map(({ detail }) => ` ${detail}`)
    return failed(
      id,
      'CERTIFICATE_UNTRUSTED',
      `The certificate is not trusted: ${reasonsOf(error)}.${dropped.join('')}`,
      evidence,
    )
  }
  const when = times.length > 0 ? 'at the time of the signature' : 'when it was issued; when it was used is not shown'
  return passed(id, `The certificate comes from a trusted authority and was valid ${when}.`, evidence)
}

/** A moment as the library takes it; whether it can be trusted was asked before. */
function loggedAt(time: Date): SignedEntity['timestamps'][number] {
  const integratedTime = String(Math.floor(time.getTime() / 1000))
  const message = TransparencyLogEntry.fromJSON({
    integratedTime,
    logId: { keyId: '' },
    kindVersion: {},
    inclusionPromise: {},
  })
  return { $case: 'transparency-log', tlogEntry: message as never }
}

function keyValidity({ name, validFor }: TrustedKey, times: Date[], now: Date): Check {
  const id = 'certificate-chain'
  if (!validFor) return skipped(id, `The key of ${name} has no certificate and no validity.`)
  const { start, end } = validFor
  const evidence = { start: start?.toISOString(), end: end?.toISOString() }
  const isValid = (time: Date) => (start === undefined || start <= time) && (end === undefined || time <= end)
  const untimely = times.find((time) => !isValid(time))
  if (untimely) {
    return failed(
      id,
      'KEY_NOT_VALID_THEN',
      `The key of ${name} was not valid at ${untimely.toISOString()}, when it signed.`,
      evidence,
    )
  }
  if (times.length === 0 && !isValid(now)) {
    const detail = `The key of ${name} is not valid now, and nobody says that it signed while it was.`
    return failed(id, 'KEY_EXPIRED', detail, evidence)
  }
  return passed(id, `The key of ${name} was valid at the time of the signature.`, evidence)
}

function reasonsOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? `${messageOf(error)} (${cause.message})` : messageOf(error)
}
