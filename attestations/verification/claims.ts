import { X509Certificate as NodeCertificate } from 'node:crypto'
import type { X509Certificate } from '@sigstore/core'
import { alternativeNamesIn, type Extensions, extensionsOf, isPlausible, parsed, textOf } from './extensions.ts'

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

/** @throws when the certificate is none that can be read, or is ambiguous. */
export function claimsOf(certificate: X509Certificate): Claims {
  // Two parsers, of which this one is strict: what one of them refuses is refused.
  const strict = new NodeCertificate(certificate.root.toDER())
  const extensions = extensionsOf(certificate)
  const { named, issuers } = fulcioExtensions(extensions)
  const names = alternativeNamesIn(extensions)
  const [name] = names
  return {
    identity: name && isPlausible(name) ? name.text : '',
    identities: names.length,
    ...(issuers[0] !== undefined && { issuer: issuers[0] }),
    issuerIsClear: issuers.every((issuer) => issuer === issuers[0]),
    extensions: named,
    forCodeSigning: strict.keyUsage?.includes(codeSigning) ?? false,
    isAuthority: strict.ca,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  }
}

/** Numbers 1 to 6 are bare text, those from 8 on DER UTF8String. */
function fulcioExtensions(extensions: Extensions) {
  const text = (number: number): string | undefined => {
    const value = extensions.get(`${fulcio}${number}`)
    return value && textOf(number < 8 ? value : parsed(value).value)
  }
  const named: Claims['extensions'] = {}
  for (const [number, name] of Object.entries(extensionNames)) {
    const value = text(Number(number))
    if (value !== undefined) named[name] = value
  }
  return { named, issuers: [text(8), text(1)].filter((issuer) => issuer !== undefined) }
}
