import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import {
  bits,
  boolean,
  type Der,
  implicit,
  integer,
  objectIdentifier,
  octets,
  sequence,
  set,
  tagged,
  utcTime,
  utf8,
} from './der.ts'

/** An authority that exists for one run, in memory only, and is trusted by nothing but that run's sandbox. */
export type CertificateAuthority = {
  /** PEM. */
  certificate: string
  /** For a TLS server that answers in the name of the host; made once a host. */
  contextFor(host: string): SecureContext
}

// A build's clock may be set back to the time of the release, or stand at the epoch of its archive.
const notBefore = new Date('2000-01-01T00:00:00Z')
const notAfter = new Date('2049-12-31T23:59:59Z')

/** A build could ask for any number of hosts. */
const contextCount = 1_000

/** ECDSA over P-256: any TLS 1.2 client knows it, and a certificate costs less than a millisecond. */
export function createCertificateAuthority(): CertificateAuthority {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = 'reproof recording proxy, one run'
  const certificate = issue({
    subject: name,
    issuer: name,
    key: authority.publicKey,
    signer: authority,
    host: undefined,
  })
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const contexts = new Map<string, SecureContext>()
  return {
    certificate,
    contextFor(host) {
      const known = contexts.get(host)
      if (known) return known
      const leaf = issue({ subject: 'reproof', issuer: name, key: server.publicKey, signer: authority, host })
      const context = createSecureContext({ key, cert: leaf + certificate, minVersion: 'TLSv1.2' })
      const oldest = contexts.keys().next().value
      if (contexts.size >= contextCount && oldest !== undefined) contexts.delete(oldest)
      contexts.set(host, context)
      return context
    },
  }
}

type Issue = {
  subject: string
  issuer: string
  key: KeyObject
  signer: { publicKey: KeyObject; privateKey: KeyObject }
  /** Of a server's certificate; the authority's own has none. */
  host: string | undefined
}

/** RFC 5280, section 4.1. */
function issue({ subject, issuer, key, signer, host }: Issue): string {
  const algorithm = sequence(objectIdentifier('1.2.840.10045.4.3.2')) // ecdsa-with-SHA256, RFC 5758
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0)
  const contents = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    distinguishedName(issuer),
    sequence(utcTime(notBefore), utcTime(notAfter)),
    distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...(host === undefined ? authorityExtensions(key) : serverExtensions(host, signer.publicKey)))),
  )
  const certificate = sequence(contents, algorithm, bits(sign('sha256', contents, signer.privateKey)))
  const base64 = Buffer.from(certificate).toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`
}

const distinguishedName = (commonName: string) => sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8(commonName))))

const extension = (id: string, value: Der, critical = false) =>
  sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octets(value))

/** RFC 5280, section 4.2.1: basic constraints, key usage (keyCertSign), subject key identifier. */
function authorityExtensions(key: KeyObject): Der[] {
  return [
    extension('2.5.29.19', sequence(boolean(true)), true),
    extension('2.5.29.15', bits(Buffer.of(0b0000_0100), 2), true),
    extension('2.5.29.14', octets(keyIdentifier(key))),
  ]
}

/** Key usage (digitalSignature), extended key usage (serverAuth), alternative name, authority key identifier. */
function serverExtensions(host: string, authority: KeyObject): Der[] {
  const name = isIPv4(host) ? implicit(7, Buffer.from(host.split('.').map(Number))) : implicit(2, Buffer.from(host))
  return [
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.15', bits(Buffer.of(0b1000_0000), 7), true),
    extension('2.5.29.37', sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(name)),
    extension('2.5.29.35', sequence(implicit(0, keyIdentifier(authority)))),
  ]
}

function keyIdentifier(key: KeyObject): Uint8Array {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20)
}
