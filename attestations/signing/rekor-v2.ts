import { createHash, createPublicKey, X509Certificate } from 'node:crypto'
import type { TransparencyLogEntry as BundleEntry } from '@sigstore/bundle'
import { dsse } from '@sigstore/core'
import { PublicKeyDetails, TransparencyLogEntry } from '@sigstore/protobuf-specs'
import { CreateEntryRequest } from '@sigstore/protobuf-specs/rekor/v2'
import type { SignatureBundle, Witness } from '@sigstore/sign'
import { Problem } from '../../verifiers/model/problem.ts'

/** In milliseconds: the log answers when its next checkpoint is made, every ten seconds by default. */
const patience = 40_000
const largestAnswer = 1024 * 1024

/**
 * Logs a signature in Rekor v2 as `hashedrekord`, with the digest of the envelope's pre-authentication encoding: since
 * rekor-tiles 2.3.0 there is no other kind of entry, and the witness of @sigstore/sign still asks for the one that went.
 * https://github.com/sigstore/rekor-tiles/blob/main/CLIENTS.md
 */
export function rekorV2Witness(url: string): Witness {
  return {
    async testify(content, pem) {
      const response = await fetch(`${url}/api/v2/log/entries`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(CreateEntryRequest.toJSON(requestOf(content, pem))),
        redirect: 'error',
        // Not the user's signal: rekor-tiles 2.3.0 answers every later request with 499 once one was cancelled.
        signal: AbortSignal.timeout(patience),
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw Object.assign(new Error('the log did not take it'), { statusCode: response.status })
      }
      return { tlogEntries: [entryFrom(await boundedText(response))] }
    },
  }
}

function requestOf(content: SignatureBundle, pem: string): CreateEntryRequest {
  if (content.$case !== 'dsseEnvelope') throw new Problem('FAULT', 'Only envelopes are logged.')
  const { payloadType, payload, signatures } = content.dsseEnvelope
  const digest = createHash('sha256').update(dsse.preAuthEncoding(payloadType, payload)).digest()
  const isCertificate = pem.includes('BEGIN CERTIFICATE')
  const rawBytes = isCertificate
    ? new X509Certificate(pem).raw
    : createPublicKey(pem).export({ format: 'der', type: 'spki' })
  return {
    spec: {
      $case: 'hashedRekordRequestV002',
      hashedRekordRequestV002: {
        digest,
        signature: {
          content: signatures[0]?.sig ?? Buffer.alloc(0),
          verifier: {
            keyDetails: PublicKeyDetails.PKIX_ECDSA_P256_SHA_256,
            verifier: isCertificate
              ? { $case: 'x509Certificate', x509Certificate: { rawBytes } }
              : { $case: 'publicKey', publicKey: { rawBytes } },
          },
        },
      },
    },
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largestAnswer) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function entryFrom(text: string): BundleEntry {
  const { logId, kindVersion, ...entry } = TransparencyLogEntry.fromJSON(JSON.parse(text))
  if (!logId || !kindVersion || !entry.inclusionProof) throw new Error('the answer is no log entry')
  return { ...entry, logId, kindVersion }
}
