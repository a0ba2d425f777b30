import { X509Certificate as NodeCertificate } from 'node:crypto'
import { ASN1Obj, type X509Certificate } from '@sigstore/core'

/** What Fulcio wrote into a certificate: who signed, and what the issuer of the identity said about the job. */
export type Claims = {
  /** The subject alternative name. */
  identity: string
  /** How many names there are; Fulcio writes one. */
  identities: number
  issuer?: string
  /** False when the two extensions that name the issuer disagree. */
  issuerIsClear: boolean
  /** By the names of https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
  extensions: Partial<Record<ExtensionName, string>>
  forCodeSigning: boolean
  isAuthority: boolean
  notBefore: Date
  notAfter: Date
}

const extensionNames = {
  9: 'buildSignerUri',
  10: 'buildSignerDigest',
  11: 'runnerEnvironment',
  12: 'sourceRepositoryUri',
  13: 'sourceRepositoryDigest',
  14: 'sourceRepositoryRef',
  15: 'sourceRepositoryIdentifier',
  16: 'sourceRepositoryOwnerUri',
  17: 'sourceRepositoryOwnerIdentifier',
  18: 'buildConfigUri',
  19: 'buildConfigDigest',
  20: 'buildTrigger',
  21: 'runInvocationUri',
  22: 'sourceRepositoryVisibilityAtSigning',
} as const

export type ExtensionName = (typeof extensionNames)[keyof typeof extensionNames]

const fulcio = '1.3.6.1.4.1.57264.1.'
const codeSigning = '1.3.6.1.5.5.7.3.3'

/** @throws when the certificate is none that can be read. */
export function claimsOf(certificate: X509Certificate): Claims {
  const { raw, extensions, issuers } = { raw: certificate.root.toDER(), ...fulcioExtensions(certificate) }
  // Two parsers, of which this one is strict: what one of them refuses is refused.
  const strict = new NodeCertificate(raw)
  const names = certificate.extSubjectAltName
  const identity = names?.uri ?? names?.rfc822Name ?? names?.otherName(`${fulcio}7`) ?? ''
  return {
    identity,
    identities: names?.valueObj.subs.length ?? 0,
    ...(issuers[0] !== undefined && { issuer: issuers[0] }),
    issuerIsClear: issuers.every((issuer) => issuer === issuers[0]),
    extensions,
    forCodeSigning: strict.keyUsage?.includes(codeSigning) ?? false,
    isAuthority: strict.ca,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}

/** Numbers 1 to 6 are bare text, those from 8 on DER UTF8String. */
function fulcioExtensions(certificate: X509Certificate) {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const text = (number: number): string | undefined => {
    const value = certificate.extension(`${fulcio}${number}`)?.value
    if (!value) return undefined
    return utf8.decode(number < 8 ? value : ASN1Obj.parseBuffer(Buffer.from(value)).value)
  }
  const extensions: Claims['extensions'] = {}
  for (const [number, name] of Object.entries(extensionNames)) {
    const value = text(Number(number))
    if (value !== undefined) extensions[name] = value
  }
  return { extensions, issuers: [text(8), text(1)].filter((issuer) => issuer !== undefined) }
}
