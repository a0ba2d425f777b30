import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import { type SignedEntity, type TrustMaterial, Verifier } from '@sigstore/verify'
import { parseJson } from './json.ts'
import { type Check, failed, isRecord, messageOf, passed, skipped } from './model.ts'
import type { TrustRoot } from './trust-root.ts'

export type LogResult = {
  entry: TransparencyLogEntry
  /** Of the log, when it promised to include the entry at a time; only then is that time signed. */
  promisedAt?: Date
  fault?: { code: 'LOG_ENTRY_INVALID' | 'LOG_ENTRY_OF_ANOTHER_KEY'; detail: string }
}

/** Asks the library for one thing only: everything else about the entity is as if it were right. */
export function isolated(
  root: Pick<TrustRoot, 'material'>,
  key: KeyObject,
): (part: Partial<SignedEntity>, whole: SignedEntity) => void {
  const trust: TrustMaterial = {
    ...root.material,
    publicKey: () => ({ publicKey: key, validFor: () => true }),
  }
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  return (part, whole) => void verifier.verify({ ...whole, ...part })
}

/** Whether each entry is in its log and is about this signature by this key; https://docs.sigstore.dev/logging/verify-release */
export function logResults(
  entries: TransparencyLogEntry[],
  { whole, key, root }: { whole: SignedEntity; key: KeyObject; root: TrustRoot },
): LogResult[] {
  return entries.map((entry): LogResult => {
    try {
      isolated(namedAsIn(entry, root), key)({ tlogEntries: [entry] }, whole)
    } catch (error) {
      const dropped = root.faults.find(({ logId }) => logId === entry.logId.keyId.toString('hex'))
      const detail = dropped?.detail ?? `Its log entry does not hold: ${messageOf(error)}.`
      return { entry, fault: { code: 'LOG_ENTRY_INVALID', detail } }
    }
    const contradiction = contradictionIn(entry)
    if (contradiction) return { entry, fault: { code: 'LOG_ENTRY_INVALID', detail: contradiction } }
    if (!speaksOf(entry, key)) {
      const detail = 'Its log entry is of another key than the one that signed.'
      return { entry, fault: { code: 'LOG_ENTRY_OF_ANOTHER_KEY', detail } }
    }
    const promised = entry.inclusionPromise !== undefined && Number(entry.integratedTime) > 0
    return { entry, ...(promised && { promisedAt: new Date(Number(entry.integratedTime) * 1000) }) }
  })
}

/**
 * The id of a Rekor v1 log is the digest of its key, and the name in its checkpoints that of the machine it ran on; only
 * since Rekor v2 is the name a part of the id, and the one in the trusted root. The library compares it always.
 * https://github.com/C2SP/C2SP/blob/main/signed-note.md#signatures
 */
function namedAsIn({ inclusionProof }: TransparencyLogEntry, { material }: TrustRoot): Pick<TrustRoot, 'material'> {
  const anyName = inclusionProof?.checkpoint?.envelope
  if (anyName === undefined) return { material }
  const tlogs = material.tlogs.map((log) => {
    const der = log.publicKey.export({ format: 'der', type: 'spki' })
    return createHash('sha256').update(der).digest().equals(log.logID) ? { ...log, baseURL: anyName } : log
  })
  return { material: { ...material, tlogs } }
}

/** What clients write; `dsse` of Rekor v2 was withdrawn, and the others refuse it too. */
const kinds = new Set(['hashedrekord/0.0.1', 'hashedrekord/0.0.2', 'dsse/0.0.1', 'intoto/0.0.1', 'intoto/0.0.2'])

/** What the log signed is its checkpoint; what stands beside it unsigned, and would be shown, must say the same. */
function contradictionIn({ logIndex, kindVersion, inclusionProof }: TransparencyLogEntry): string | undefined {
  const kind = `${kindVersion.kind}/${kindVersion.version}`
  if (!kinds.has(kind)) return `Its log entry is of the kind ${kind.slice(0, 100)}, which is not used for signatures.`
  if (!inclusionProof) return undefined
  const [, size, rootHash] = inclusionProof.checkpoint?.envelope.split('\n') ?? []
  if (size !== inclusionProof.treeSize) return 'Its log entry has another size of the log than the checkpoint.'
  if (rootHash !== inclusionProof.rootHash.toString('base64')) {
    return 'Its log entry has another root hash than the checkpoint.'
  }
  // Rekor v1 counts all its shards here and one in the proof; of Rekor v2 every shard is a log of its own.
  const isRekorV2 = kindVersion.version === '0.0.2' && kindVersion.kind !== 'intoto'
  return isRekorV2 && logIndex !== inclusionProof.logIndex
    ? 'Its log entry has another index than its proof of inclusion.'
    : undefined
}

/** The library does not compare the key in the entry with the one of the bundle. */
function speaksOf(entry: TransparencyLogEntry, key: KeyObject): boolean {
  const parsed = parseJson(entry.canonicalizedBody.toString('utf8'))
  if ('fault' in parsed || !isRecord(parsed.value) || !isRecord(parsed.value.spec)) return false
  const verifiers = verifiersIn(parsed.value.spec)
  return verifiers.length > 0 && verifiers.every((verifier) => keyFrom(verifier)?.equals(key) ?? false)
}

/** Base64 of a PEM or DER certificate or key, wherever the kinds of entry keep it. */
function verifiersIn(spec: Record<string, unknown>): unknown[] {
  const at = (value: unknown, ...path: string[]): unknown =>
    path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value)
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
  const v2 = (verifier: unknown) => at(verifier, 'x509Certificate', 'rawBytes') ?? at(verifier, 'publicKey', 'rawBytes')
  return [
    at(spec, 'signature', 'publicKey', 'content'),
    ...list(spec.signatures).map((one) => at(one, 'verifier')),
    ...list(at(spec, 'content', 'envelope', 'signatures')).map((one) => at(one, 'publicKey')),
    v2(at(spec, 'hashedRekordV002', 'signature', 'verifier')),
    ...list(at(spec, 'dsseV002', 'signatures')).map((one) => v2(at(one, 'verifier'))),
  ].filter((one) => one !== undefined)
}

function keyFrom(verifier: unknown): KeyObject | undefined {
  const bytes = Buffer.from(String(verifier), 'base64')
  const text = bytes.toString('latin1')
  try {
    if (text.includes('BEGIN CERTIFICATE')) return new X509Certificate(bytes).publicKey
    if (text.startsWith('-----BEGIN')) return createPublicKey(text)
  } catch {
    return undefined
  }
  const readings = [
    () => new X509Certificate(bytes).publicKey,
    () => createPublicKey({ key: bytes, format: 'der', type: 'spki' }),
  ]
  for (const reading of readings) {
    try {
      return reading()
    } catch {
      // The other reading, or none.
    }
  }
  return undefined
}

/** @param times all trusted times of the signature, at each of which a log must have been trusted */
export function logCheck(
  results: LogResult[],
  { times, required, root }: { times: Date[]; required: number; root: TrustRoot },
): Check {
  const id = 'log-inclusion'
  const evidence = { entries: results.map(({ entry, promisedAt }) => told(entry, promisedAt)), required }
  const faulty = results.find(({ fault }) => fault)?.fault
  if (faulty) return failed(id, faulty.code, faulty.detail, evidence)
  const identities = results.map(
    ({ entry }) => `${entry.logId.keyId.toString('hex')} ${entry.canonicalizedBody.toString('base64')}`,
  )
  if (new Set(identities).size !== identities.length) {
    return failed(id, 'LOG_ENTRY_INVALID', 'The same log entry stands twice in it.', evidence)
  }
  const untimely = results.find(({ entry }) => !wasTrusted(entry, times, root))
  if (untimely) {
    const detail = `The log of index ${untimely.entry.logIndex} was not trusted at the time of the signature.`
    return failed(id, 'LOG_NOT_TRUSTED_THEN', detail, evidence)
  }
  if (results.length < required) {
    return failed(id, 'LOG_ENTRY_MISSING', `It has ${results.length} log entries; ${required} are required.`, evidence)
  }
  if (results.length === 0) return skipped(id, 'It is in no transparency log, and none is required.', evidence)
  const indices = results.map(({ entry }) => entry.logIndex).join(', ')
  return passed(id, `It is in the transparency log, index ${indices}.`, evidence)
}

/** The library asks when a log was trusted only of entries with a signed time of their own. */
function wasTrusted(entry: TransparencyLogEntry, times: Date[], root: TrustRoot): boolean {
  const logs = root.material.tlogs.filter(({ logID }) => logID.equals(entry.logId.keyId))
  return times.every((time) => logs.some(({ validFor: { start, end } }) => start <= time && time <= end))
}

function told(entry: TransparencyLogEntry, promisedAt?: Date) {
  return {
    logIndex: entry.logIndex,
    logId: entry.logId.keyId.toString('hex'),
    kind: `${entry.kindVersion.kind}/${entry.kindVersion.version}`,
    ...(promisedAt && { promisedAt: promisedAt.toISOString() }),
    proof: entry.inclusionProof !== undefined,
  }
}
