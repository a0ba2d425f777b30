import { createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { FulcioSigner, type Signature, type Signer } from '@sigstore/sign'
import { Problem } from '../../verifiers/model/problem.ts'
import { ask } from './ask.ts'
import type { Identity } from './identity.ts'
import type { LocalKey } from './local-key.ts'
import type { ServiceAddress } from './services.ts'

const timing = { timeout: 15_000, retry: { retries: 2 } }

/**
 * Signs with a key that is made now, lives in this process only, and has one certificate for everything that it signs.
 *
 * @throws {Problem} SIGNING_SERVICE_FAILED
 */
export async function certifiedSigner(
  identity: Identity,
  service: ServiceAddress,
  signal: AbortSignal,
): Promise<Signer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  const signed = (data: Buffer) => sign('sha256', data, privateKey)
  const authority = new FulcioSigner({
    fulcioBaseURL: service.url,
    identityProvider: { getToken: async () => identity.token() },
    keyHolder: { sign: async (data) => ({ signature: signed(data), key: { $case: 'publicKey', publicKey: pem } }) },
    ...timing,
  })
  const { key } = await ask('the certificate authority', service.url, signal, () => authority.sign(Buffer.alloc(0)))
  if (key.$case !== 'x509Certificate' || !isFor(key.certificate, pem)) {
    throw new Problem('SIGNING_SERVICE_FAILED', `${service.url} gave a certificate for another key.`, {
      hint: 'Nothing was signed. Tell whoever runs it.',
    })
  }
  return { sign: async (data): Promise<Signature> => ({ signature: signed(data), key }) }
}

function isFor(certificate: string, pem: string): boolean {
  try {
    return new X509Certificate(certificate).publicKey.equals(createPublicKey(pem))
  } catch {
    return false
  }
}

/** Without a hint: it would become the envelope's key id, and verifiers look for signatures of a key id they know. */
export function keySigner(key: LocalKey): Signer {
  const publicKey = key.publicKey.export({ format: 'pem', type: 'spki' }).toString()
  return { sign: async (data) => ({ signature: key.sign(data), key: { $case: 'publicKey', publicKey } }) }
}
