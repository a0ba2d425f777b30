import { type Bundle, bundleFromJSON, ValidationError } from '@sigstore/bundle'
import { bytesFrom } from './json.ts'
import { type Fault, isRecord, messageOf } from './model.ts'

export type Signature = {
  bytes: Buffer
  /** A hint, never a reason to trust. */
  keyId: string
  /** DER or PEM, as slsa-github-generator adds it to bare envelopes. */
  certificate?: Buffer | string
}

/** What was signed, how, and what else came with it. */
export type AttestationContent =
  | { format: 'sigstore-bundle' | 'pep740'; mediaType: string; bundle: Bundle }
  | { format: 'dsse'; payloadType: string; payload: Buffer; signatures: Signature[] }

const mediaTypes = new Set([
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json',
])

/** How much of each there may be in one attestation. */
const most = { signatures: 16, entries: 32, timestamps: 32, certificates: 16, hashes: 64 }

/** Whether a value looks like a single attestation of a format that is in use. */
export function recognises(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && (isBundle(value) || isEnvelope(value) || isPep740(value))
}

const isBundle = (value: Record<string, unknown>) =>
  'verificationMaterial' in value ||
  (typeof value.mediaType === 'string' && value.mediaType.includes('sigstore.bundle'))
const isEnvelope = (value: Record<string, unknown>) => 'payloadType' in value && 'signatures' in value
const isPep740 = (value: Record<string, unknown>) => 'verification_material' in value && 'envelope' in value

/** One attestation of any format, or what is wrong with it. */
export function contentFrom(value: unknown): { content: AttestationContent } | { fault: Fault } {
  if (!isRecord(value)) return { fault: { code: 'FORMAT_UNKNOWN', detail: 'It is not a JSON object.' } }
  const content = isBundle(value)
    ? bundleContent(value)
    : isEnvelope(value)
      ? envelopeContent(value)
      : isPep740(value)
        ? pep740Content(value)
        : unsupported(value)
  return 'code' in content ? { fault: content } : { content }
}

function bundleContent(value: Record<string, unknown>): AttestationContent | Fault {
  const { mediaType } = value
  if (typeof mediaType !== 'string' || !mediaTypes.has(mediaType)) {
    const told = typeof mediaType === 'string' ? JSON.stringify(mediaType.slice(0, 200)) : 'none'
    return {
      code: 'FORMAT_MEDIA_TYPE',
      detail: `Its media type is ${told}, which is no version of a Sigstore bundle up to 0.3.`,
    }
  }
  const bundle = bundleOf(value)
  return 'code' in bundle ? bundle : { format: 'sigstore-bundle', mediaType, bundle }
}

function bundleOf(value: Record<string, unknown>): Bundle | Fault {
  const fault = alternativesFault(value) ?? envelopeFault(value.dsseEnvelope) ?? messageFault(value.messageSignature)
  if (fault) return fault
  let bundle: Bundle
  try {
    bundle = bundleFromJSON(value)
  } catch (error) {
    const fields = error instanceof ValidationError ? error.fields.slice(0, 8).join(', ') : messageOf(error)
    return { code: 'FORMAT_FIELDS', detail: `Fields of the Sigstore bundle are missing or wrong: ${fields}.` }
  }
  const { content, tlogEntries, timestampVerificationData } = bundle.verificationMaterial
  const chain = content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates.length : 1
  const counts = [
    [tlogEntries.length, most.entries, 'log entries'],
    [timestampVerificationData?.rfc3161Timestamps.length ?? 0, most.timestamps, 'timestamps'],
    [chain, most.certificates, 'certificates'],
    [
      Math.max(0, ...tlogEntries.map((entry) => entry.inclusionProof?.hashes.length ?? 0)),
      most.hashes,
      'hashes in a proof',
    ],
  ] as const
  const over = counts.find(([count, limit]) => count > limit)
  if (over) return { code: 'FORMAT_TOO_MANY', detail: `It has ${over[0]} ${over[2]}; at most ${over[1]} are read.` }
  return bundle
}

/** Of each of these Protobuf has one at most; readers differ on which they take when there are two. */
const alternatives = [
  { within: 'verificationMaterial', of: ['certificate', 'x509CertificateChain', 'publicKey'] },
  { within: undefined, of: ['dsseEnvelope', 'messageSignature'] },
]

function alternativesFault(bundle: Record<string, unknown>): Fault | undefined {
  for (const { within, of } of alternatives) {
    const part = within === undefined ? bundle : bundle[within]
    const present = of.filter((name) => isRecord(part) && part[name] !== undefined && part[name] !== null)
    if (present.length > 1) {
      return { code: 'FORMAT_FIELDS', detail: `It has both ${present.join(' and ')}, of which there may be one.` }
    }
  }
  return undefined
}

/** https://docs.sigstore.dev/about/bundle: exactly one signature, so that nobody can guess which of them counts. */
function envelopeFault(envelope: unknown): Fault | undefined {
  if (envelope === undefined) return undefined
  if (!isRecord(envelope) || !Array.isArray(envelope.signatures)) {
    return { code: 'FORMAT_FIELDS', detail: 'The DSSE envelope in it has no list of signatures.' }
  }
  // The library makes a text of anything.
  if (envelope.payloadType !== undefined && typeof envelope.payloadType !== 'string') {
    return { code: 'FORMAT_FIELDS', detail: 'The payload type of the DSSE envelope is no text.' }
  }
  if (envelope.signatures.length !== 1) {
    const detail = `The DSSE envelope has ${envelope.signatures.length} signatures; a Sigstore bundle has exactly one.`
    return { code: 'FORMAT_SIGNATURE_COUNT', detail }
  }
  const [signature] = envelope.signatures
  if (!bytesFrom(envelope.payload) || !bytesFrom(isRecord(signature) ? signature.sig : undefined)) {
    return { code: 'FORMAT_BASE64', detail: 'The payload or the signature of the DSSE envelope is not base64.' }
  }
  return undefined
}

function messageFault(message: unknown): Fault | undefined {
  if (message === undefined || (isRecord(message) && bytesFrom(message.signature))) return undefined
  return { code: 'FORMAT_BASE64', detail: 'The signature in it is not base64.' }
}

/** https://github.com/secure-systems-lab/dsse/blob/master/envelope.md */
function envelopeContent(value: Record<string, unknown>): AttestationContent | Fault {
  const { payloadType } = value
  const payload = bytesFrom(value.payload)
  if (typeof payloadType !== 'string' || !payload || !Array.isArray(value.signatures)) {
    return {
      code: 'FORMAT_FIELDS',
      detail: 'A DSSE envelope needs a payloadType, a payload in base64 and a list of signatures.',
    }
  }
  const count = value.signatures.length
  if (count === 0 || count > most.signatures) {
    const detail = `The DSSE envelope has ${count} signatures; from 1 to ${most.signatures} are read.`
    return { code: 'FORMAT_SIGNATURE_COUNT', detail }
  }
  const signatures: Signature[] = []
  for (const one of value.signatures) {
    const bytes = isRecord(one) ? bytesFrom(one.sig) : undefined
    if (!isRecord(one) || !bytes)
      return { code: 'FORMAT_BASE64', detail: 'A signature of the DSSE envelope is not base64.' }
    signatures.push({
      bytes,
      keyId: typeof one.keyid === 'string' ? one.keyid : '',
      ...(typeof one.cert === 'string' && one.cert !== '' && { certificate: one.cert }),
    })
  }
  return { format: 'dsse', payloadType, payload, signatures }
}

/** https://peps.python.org/pep-0740/#attestation-objects: a Sigstore bundle under other names. */
function pep740Content(value: Record<string, unknown>): AttestationContent | Fault {
  const { version, verification_material: material, envelope } = value
  if (version !== 1 || !isRecord(material) || !isRecord(envelope)) {
    return {
      code: 'FORMAT_FIELDS',
      detail: 'A PEP 740 attestation needs version 1, a verification_material and an envelope.',
    }
  }
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const bundle = bundleOf({
    mediaType,
    verificationMaterial: {
      certificate: { rawBytes: material.certificate },
      tlogEntries: material.transparency_entries,
    },
    dsseEnvelope: {
      payload: envelope.statement,
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: envelope.signature, keyid: '' }],
    },
  })
  return 'code' in bundle ? bundle : { format: 'pep740', mediaType, bundle }
}

function unsupported(value: Record<string, unknown>): Fault {
  if (isRecord(value.signed) && Array.isArray(value.signatures)) {
    return { code: 'FORMAT_UNSUPPORTED', detail: 'It is an in-toto link of the time before DSSE, which is not read.' }
  }
  if ('base64Signature' in value) {
    return {
      code: 'FORMAT_UNSUPPORTED',
      detail: 'It is a bundle of cosign before version 3; have cosign write the new format (--new-bundle-format).',
    }
  }
  if (typeof value._type === 'string' && value._type.startsWith('https://in-toto.io/Statement/')) {
    return { code: 'FORMAT_UNSUPPORTED', detail: 'It is a statement that nobody signed.' }
  }
  return { code: 'FORMAT_UNKNOWN', detail: 'It is none of the formats that attestations are kept in.' }
}
