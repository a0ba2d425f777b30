import type { X509Certificate } from '@sigstore/core'

/** The library writes a certificate out again each time that it compares it; nobody changes one after it was read. */
export function withKeptBytes(certificate: X509Certificate): X509Certificate {
  for (const part of [certificate.root, certificate.tbsCertificate]) {
    const der = part.toDER()
    part.toDER = () => der
  }
  return certificate
}

/** An authority's certificate, whose own signature need not be checked again for everything that the authority signed. */
export function remembering(certificate: X509Certificate): X509Certificate {
  const answers = new Map<X509Certificate | undefined, boolean>()
  const verify = certificate.verify.bind(certificate)
  // Keyed by the object, of which a trusted root has a dozen; a signer's certificate never issues one of these.
  certificate.verify = (issuer) => {
    const known = answers.get(issuer)
    if (known !== undefined) return known
    const answer = verify(issuer)
    if (answers.size < 64) answers.set(issuer, answer)
    return answer
  }
  return withKeptBytes(certificate)
}
