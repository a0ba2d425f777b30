import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { Problem } from '../../verifiers/model/problem.ts'
import { readBounded } from './bounded-file.ts'
import { decodeText, parseJson } from './json.ts'
import { isRecord } from './model.ts'

/** A key that the user trusts. */
export type TrustedKey = {
  /** As the user named it. */
  name: string
  /** Absent for what says that it is a public key and is none: nothing can be signed with it. */
  key?: KeyObject
  /** Of its SubjectPublicKeyInfo; cosign and reproof write it as the hint of a bundle, in base64. */
  sha256: string
  /** What a registry calls it. */
  keyId?: string
  validFor?: { start?: Date; end?: Date }
}

/**
 * The keys in a file: a public key or a certificate in PEM or DER, or a registry's list of keys.
 * @throws {Problem} FILE_UNREADABLE, or KEY_INVALID
 */
export async function readKeys(path: string): Promise<TrustedKey[]> {
  return keysFrom(await readBounded(path, 1024 * 1024), path)
}

/** What a registry's key may be for; a list that does not say it is of keys for either. */
export type RegistryKeyUsage = 'npm:attestations' | 'npm:signatures'

/**
 * @param usage which keys of a registry's list are meant
 * @throws {Problem} KEY_INVALID
 */
export function keysFrom(bytes: Buffer, name: string, usage: RegistryKeyUsage = 'npm:attestations'): TrustedKey[] {
  const decoded = decodeText(bytes)
  const text = 'text' in decoded ? decoded.text.trim() : ''
  try {
    if (text.startsWith('{')) return listedKeys(text, name, usage)
    if (text.includes('PRIVATE KEY')) throw invalid(name, 'It is a private key; give the public one.')
    if (text.includes('BEGIN CERTIFICATE')) return [certified(new X509Certificate(text), name)]
    if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return [fromPem(text, name)]
    return [trusted(text.startsWith('-----') ? createPublicKey(text) : fromDer(bytes), name)]
  } catch (error) {
    if (error instanceof Problem) throw error
    throw invalid(name, 'It is no public key.', error)
  }
}

function trusted(key: KeyObject, name: string): TrustedKey {
  const der = key.export({ format: 'der', type: 'spki' })
  return { name, key, sha256: createHash('sha256').update(der).digest('hex') }
}

function fromPem(text: string, name: string): TrustedKey {
  try {
    return trusted(createPublicKey(text), name)
  } catch {
    const der = Buffer.from(text.replace(/-----[^-]*-----/g, ''), 'base64')
    return { name, sha256: createHash('sha256').update(der).digest('hex') }
  }
}

const fromDer = (bytes: Buffer) => createPublicKey({ key: bytes, format: 'der', type: 'spki' })

function certified(certificate: X509Certificate, name: string): TrustedKey {
  const validFor = { start: new Date(certificate.validFrom), end: new Date(certificate.validTo) }
  return { ...trusted(certificate.publicKey, name), validFor }
}

/** TUF target `keys.json`, and what a registry answers at `/-/npm/v1/keys`. */
function listedKeys(text: string, name: string, usage: RegistryKeyUsage): TrustedKey[] {
  const parsed = parseJson(text)
  const list = 'value' in parsed && isRecord(parsed.value) ? parsed.value.keys : undefined
  if (!Array.isArray(list) || list.length > 100) throw invalid(name, 'It is no list of keys.')
  return list.filter(isRecord).flatMap((one): TrustedKey[] => {
    if (one.keyUsage !== undefined && one.keyUsage !== usage) return []
    const nested = isRecord(one.publicKey) ? one.publicKey : { rawBytes: one.key, validFor: { end: one.expires } }
    const validity = isRecord(nested.validFor) ? nested.validFor : {}
    const [start, end] = [dateFrom(validity.start, name), dateFrom(validity.end, name)]
    const keyId = one.keyId ?? one.keyid
    return [
      {
        ...trusted(fromDer(Buffer.from(String(nested.rawBytes), 'base64')), name),
        ...(typeof keyId === 'string' && { keyId }),
        validFor: { ...(start && { start }), ...(end && { end }) },
      },
    ]
  })
}

function dateFrom(value: unknown, name: string): Date | undefined {
  if (value === undefined || value === null) return undefined
  const date = new Date(String(value))
  if (Number.isNaN(date.getTime())) throw invalid(name, 'A key in it has a validity that is no date.')
  return date
}

function invalid(name: string, detail: string, cause?: unknown): Problem {
  return new Problem('KEY_INVALID', `${name} cannot be used as a key: ${detail}`, {
    hint: 'Give a public key in PEM, as `reproof key` or `cosign generate-key-pair` write it.',
    cause,
  })
}
