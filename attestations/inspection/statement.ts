import { createHash } from 'node:crypto'
import { X509Certificate } from '@sigstore/core'
import { claimsOf } from '../verification/claims.ts'
import type { AttestationContent } from '../verification/formats.ts'
import { bytesFrom } from '../verification/json.ts'
import { isRecord } from '../verification/model.ts'
import type { Attestation } from '../verification/read.ts'
import { signedBy } from '../verification/signed.ts'
import { readStatement, type StatementView } from '../verification/statement.ts'
import type { InspectedSigner, InspectedStatement } from './model.ts'
import { described } from './predicates.ts'

/** What is read of an attestation before anybody asks whether it holds. */
export type Opened = { statement: InspectedStatement; view?: StatementView }

const mostSubjects = 100

/** Reads one attestation and believes nothing of it. */
export function openAttestation(attestation: Attestation): Opened {
  const { origin } = attestation
  const from = { file: origin.file, ...(origin.line !== undefined && { line: origin.line }) }
  const nothing = { subjects: [], logEntries: [], timestamps: 0, sources: [], facts: [], dependencies: 0 }
  if ('fault' in attestation) {
    const { detail } = attestation.fault
    return { statement: { ...from, ...nothing, format: 'unreadable', says: `It cannot be read: ${detail}` } }
  }
  const { content } = attestation
  const signed = signedBy(content)
  const brought = { format: content.format, ...signerOf(content), ...evidenceOf(content) }
  if (signed.kind === 'file') {
    const digest = { [signed.algorithm]: signed.digest.toString('hex') }
    const says = 'Somebody signed this file, and says nothing about how it came about.'
    return { statement: { ...from, ...nothing, ...brought, subjects: [{ digest }], says } }
  }
  const payloadSha256 = createHash('sha256').update(signed.payload).digest('hex')
  const read = readStatement(signed.payload)
  if ('fault' in read) {
    const says = `What was signed cannot be read: ${read.fault.detail}`
    return { statement: { ...from, ...nothing, ...brought, payloadSha256, says } }
  }
  return { statement: { ...from, ...brought, payloadSha256, ...aboutView(read.view) }, view: read.view }
}

/** A statement that nobody signed yet, as a run of this machine gives them. */
export function openStatement(name: string, payload: Uint8Array): Opened {
  const read = readStatement(payload)
  const rest = { file: name, format: 'unsigned', logEntries: [], timestamps: 0 }
  if ('fault' in read) {
    const nothing = { subjects: [], sources: [], facts: [], dependencies: 0 }
    return { statement: { ...rest, ...nothing, says: `It cannot be read: ${read.fault.detail}` } }
  }
  return { statement: { ...rest, ...aboutView(read.view) }, view: read.view }
}

function aboutView(view: StatementView) {
  const { predicateType, subjects, builder, buildType, sources, dependencies } = view
  const completeness = completenessIn(view)
  return {
    predicateType,
    subjects: subjects
      .slice(0, mostSubjects)
      .map(({ name, digest }) => ({ ...(name !== undefined && { name }), digest })),
    ...(builder !== undefined && { builder }),
    ...(buildType !== undefined && { buildType }),
    sources,
    dependencies: dependencies.length,
    ...(completeness && { completeness }),
    ...described(view),
  }
}

/** reproof's own summary of how complete its list of dependencies is. */
function completenessIn({ predicate }: StatementView): Record<string, unknown> | undefined {
  const internal = internalParametersOf(predicate)
  return isRecord(internal.dependencyCompleteness) ? internal.dependencyCompleteness : undefined
}

export function internalParametersOf(predicate: Record<string, unknown>): Record<string, unknown> {
  const definition = isRecord(predicate.buildDefinition) ? predicate.buildDefinition : {}
  return isRecord(definition.internalParameters) ? definition.internalParameters : {}
}

function signerOf(content: AttestationContent): { signer?: InspectedSigner } {
  const encoded = certificateIn(content)
  if (encoded === undefined) {
    const hint = content.format === 'dsse' ? (content.signatures[0]?.keyId ?? '') : hintIn(content)
    return { signer: { kind: 'key', hint } }
  }
  try {
    const claims = claimsOf(X509Certificate.parse(typeof encoded === 'string' ? encoded : Buffer.from(encoded)))
    const { identity, issuer, extensions, notBefore } = claims
    return {
      signer: {
        kind: 'certificate',
        identity,
        ...(issuer !== undefined && { issuer }),
        extensions: extensions as Record<string, string>,
        validFrom: notBefore.toISOString(),
      },
    }
  } catch {
    // Whoever verifies it gets told; here there is only nobody to name.
    return {}
  }
}

/** The key in the terms of `reproof key show`, where it is known or its hint is the usual one, its digest in base64. */
export function keyName({ hint, sha256 }: Extract<InspectedSigner, { kind: 'key' }>): string | undefined {
  if (sha256 !== undefined) return `the key sha256:${sha256}`
  const digest = bytesFrom(hint)
  if (digest?.length === 32) return `a key that calls itself sha256:${digest.toString('hex')}`
  return hint === '' ? undefined : `a key that calls itself ${hint}`
}

function certificateIn(content: AttestationContent): Buffer | string | undefined {
  if (content.format === 'dsse') return content.signatures.find((one) => one.certificate)?.certificate
  const { content: material } = content.bundle.verificationMaterial
  if (material.$case === 'certificate') return material.certificate.rawBytes
  if (material.$case === 'x509CertificateChain') return material.x509CertificateChain.certificates[0]?.rawBytes
  return undefined
}

function hintIn({ bundle }: Exclude<AttestationContent, { format: 'dsse' }>): string {
  const { content } = bundle.verificationMaterial
  return content.$case === 'publicKey' ? content.publicKey.hint : ''
}

function evidenceOf(content: AttestationContent): Pick<InspectedStatement, 'logEntries' | 'timestamps'> {
  if (content.format === 'dsse') return { logEntries: [], timestamps: 0 }
  const { tlogEntries, timestampVerificationData } = content.bundle.verificationMaterial
  return {
    logEntries: tlogEntries.map(({ logIndex, integratedTime }) => {
      const seconds = Number(integratedTime)
      // Rekor v2 writes none; a stranger may write any number, and not all are moments.
      const isMoment = seconds > 0 && seconds < 253_402_300_800
      return { index: logIndex, ...(isMoment && { integratedAt: new Date(seconds * 1000).toISOString() }) }
    }),
    timestamps: timestampVerificationData?.rfc3161Timestamps.length ?? 0,
  }
}
