import { strongAlgorithms, type VerifiedArtifact } from './artifact.ts'
import { type Expectations, matches, type TrustedSigner, told } from './expectations.ts'
import { type Check, failed, passed, skipped } from './model.ts'
import type { Signed } from './signed.ts'
import type { Signer } from './signer.ts'
import type { StatementView, Subject } from './statement.ts'

/** https://www.in-toto.io: with the predicate's name inside since in-toto 1.2. What is signed says what it is, not this. */
const payloadTypes = /^application\/vnd\.in-toto(\.[\w.-]+)?\+json$/

/** What OSS Rebuild signed its statements as until 2025, in envelopes of its own. */
const olderPayloadType = 'https://in-toto.io/Statement/v1'

const emptyFile: Record<string, string> = {
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  sha384: '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  sha512:
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
}

/** Whether who signed is one of those whose signature counts. */
export function identityCheck(signer: Signer | undefined, { signers }: Expectations, format: string): Check {
  const id = 'identity'
  if (!signer && format === 'dsse') {
    const detail = 'A bare envelope need not carry the certificate of its signer, and this one carries none that holds.'
    return failed(id, 'SIGNER_NOT_IN_ENVELOPE', detail)
  }
  if (!signer) return failed(id, 'SIGNER_UNKNOWN', 'Nobody knows who signed it.')
  if (signer.kind === 'key') {
    const { name, sha256, keyId } = signer.trusted
    const evidence = { key: name, sha256, ...(keyId && { keyId }) }
    return signers.some((one) => 'key' in one)
      ? passed(id, `It is signed with the key of ${name}, as expected.`, evidence)
      : failed(
          id,
          'IDENTITY_MISMATCH',
          `It is signed with the key of ${name}, and a certificate was expected.`,
          evidence,
        )
  }
  const { identity, issuer = '', identities, issuerIsClear, extensions } = signer.claims
  const evidence = { identity, issuer, extensions }
  if (identities !== 1 || !issuerIsClear || identity === '') {
    return failed(
      id,
      'IDENTITY_AMBIGUOUS',
      'The certificate does not name exactly one identity of one issuer.',
      evidence,
    )
  }
  const named = signers.filter((one): one is Extract<TrustedSigner, { issuer: unknown }> => 'issuer' in one)
  const byIssuer = named.filter((one) => matches(one.issuer, issuer))
  if (byIssuer.some((one) => matches(one.identity, identity))) {
    const vouching = issuer === '' ? 'whose certificate names no issuer' : `as ${issuer} says`
    return passed(id, `It is signed by ${identity}, ${vouching}.`, evidence)
  }
  const [first] = byIssuer.length > 0 ? byIssuer : named
  if (!first) return failed(id, 'IDENTITY_MISMATCH', `It is signed by ${identity}, and a key was expected.`, evidence)
  return byIssuer.length > 0
    ? failed(
        id,
        'IDENTITY_MISMATCH',
        `It is signed by ${identity}, and ${told(first.identity)} was expected.`,
        evidence,
      )
    : failed(
        id,
        'ISSUER_MISMATCH',
        `The identity comes from ${issuer || 'no issuer'}, and ${told(first.issuer) || 'none'} was expected.`,
        evidence,
      )
}

export function payloadTypeCheck(signed: Extract<Signed, { kind: 'envelope' }>): Check {
  const { payloadType, payload, isBare } = signed
  const evidence = { payloadType, bytes: payload.length }
  return payloadTypes.test(payloadType) || (isBare && payloadType === olderPayloadType)
    ? passed('payload-type', 'It contains an in-toto statement.', evidence)
    : failed(
        'payload-type',
        'PAYLOAD_TYPE',
        `Its payload is ${JSON.stringify(payloadType.slice(0, 200))}, not an in-toto statement.`,
        evidence,
      )
}

/** What counts is the type in the statement; the label beside a bundle was signed by nobody. */
export function predicateTypeCheck(view: StatementView, label: string | undefined, wanted: string | undefined): Check {
  const id = 'predicate-type'
  const { predicateType } = view
  const evidence = { predicateType, ...(label !== undefined && { label }) }
  if (label !== undefined && label !== predicateType) {
    const detail = `The list calls it ${JSON.stringify(label.slice(0, 200))}, and the statement is ${JSON.stringify(predicateType.slice(0, 200))}.`
    return failed(id, 'LABEL_MISMATCH', detail, evidence)
  }
  if (wanted === undefined) return skipped(id, `No type was asked for; it is ${predicateType}.`, evidence)
  return wanted === predicateType
    ? passed(id, `It is the wanted ${predicateType}.`, evidence)
    : failed(id, 'PREDICATE_TYPE', `It is ${predicateType}, and ${wanted} was wanted.`, evidence)
}

/**
 * Whether the statement is about the file. The specification lets one digest that matches decide; here every digest that
 * can be compared has to match, because one that does not shows that somebody is wrong about the file.
 */
export function subjectCheck(subjects: Subject[], artifact: VerifiedArtifact): Check {
  const id = 'subject'
  const compared = subjects.map((subject) => compare(subject, artifact))
  const inconsistent = compared.find(({ same, other }) => same.length > 0 && other.length > 0)
  const evidence = { artifact: artifact.digests, subjects: subjects.length }
  if (inconsistent) {
    const detail = `A subject has the ${inconsistent.same.join(' and ')} of the file, and another file's ${inconsistent.other.join(' and ')}.`
    return failed(id, 'SUBJECT_INCONSISTENT', detail, evidence)
  }
  const found = compared.filter(({ same }) => same.length > 0)
  const isEnough = (algorithm: string) =>
    strongAlgorithms.has(algorithm) || artifact.identifiers?.includes(algorithm) === true
  const strong = found.find(({ same }) => same.some(isEnough))
  if (strong) {
    const { name, uri } = strong.subject
    const empty = isEmptyFile(artifact)
      ? ' It is the empty file: whatever is said of one empty file is said of all.'
      : ''
    return passed(id, `It is about this file (${strong.same.join(', ')}).${empty}`, {
      ...evidence,
      ...(name !== undefined && { name }),
      ...(uri !== undefined && { uri }),
      algorithms: strong.same,
      ...(empty !== '' && { emptyFile: true }),
    })
  }
  if (found.length > 0) {
    const detail = `Only a weak digest (${found[0]?.same.join(', ')}) says that it is about this file.`
    return failed(id, 'SUBJECT_TOO_WEAK', detail, evidence)
  }
  if (compared.every(({ other }) => other.length === 0)) {
    const algorithms = [...new Set(subjects.flatMap(({ digest }) => Object.keys(digest)))].slice(0, 8).join(', ')
    const detail = `It names files by ${algorithms}, and of this file no such digest is known.`
    return failed(id, 'SUBJECT_NOT_COMPARABLE', detail, evidence)
  }
  const [only] = subjects
  const about =
    subjects.length === 1 && only ? (only.name ?? only.uri ?? 'another file') : `${subjects.length} other files`
  return failed(id, 'SUBJECT_MISMATCH', `It is about ${about}, not about a file with these digests.`, evidence)
}

function compare(subject: Subject, { digests }: VerifiedArtifact) {
  const known = Object.entries(subject.digest).filter(([algorithm]) => Object.hasOwn(digests, algorithm))
  const isSame = ([algorithm, hex]: [string, string]) => digests[algorithm] === hex
  return {
    subject,
    same: known.filter(isSame).map(([algorithm]) => algorithm),
    other: known.filter((one) => !isSame(one)).map(([algorithm]) => algorithm),
  }
}

/** A plain signature is about the file whose digest it signs. */
export function signedFileCheck(signed: Extract<Signed, { kind: 'file' }>, artifact: VerifiedArtifact): Check {
  const { algorithm, digest } = signed
  const same = artifact.digests[algorithm] === digest.toString('hex')
  const evidence = { artifact: artifact.digests, algorithm, digest: digest.toString('hex') }
  return same
    ? passed('subject', `It signs this file (${algorithm}).`, evidence)
    : failed('subject', 'SUBJECT_MISMATCH', 'It signs another file.', evidence)
}

const isEmptyFile = ({ digests }: VerifiedArtifact): boolean =>
  Object.entries(emptyFile).some(([algorithm, hex]) => digests[algorithm] === hex)
