import type { X509Certificate } from '@sigstore/core'

/** The library writes a certificate out again each time that it compares it; nobody changes one after it was read. */
function withKeptBytes(certificate: X509Certificate): X509Certificate {
  for (const part of [certificate.root, certificate.tbsCertificate]) {
    const write = part.toDER.bind(part)
    let der: Buffer | undefined
    part.toDER = () => {
      der ??= write()
      return der
    }
  }
  return certificate
}

/** A certificate whose own signature need not be checked again for everything that was signed with it. */
export function remembering(certificate: X509Certificate): X509Certificate {
  const answers = new Map<X509Certificate | undefined, boolean>()
  const verify = certificate.verify.bind(certificate)
  // Keyed by the object: the certificates of a trusted root, a dozen of them, are the only issuers that are asked about.
  certificate.verify = (issuer) => {
    const known = answers.get(issuer)
    if (known !== undefined) return known
    const answer = verify(issuer)
    if (answers.size < 64) answers.set(issuer, answer)
    return answer
  }
  return withKeptBytes(certificate)
}
