import { createHash } from 'node:crypto'
import type { CertificateAuthority, TransparencyLogInstance, TrustedRoot } from '@sigstore/protobuf-specs'
import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs'
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify'
import { Problem } from '../../verifiers/model/problem.ts'
import { readBounded } from './bounded-file.ts'
import { decodeText, parseJson } from './json.ts'
import { isRecord, messageOf } from './model.ts'
import { remembering } from './remembering.ts'

type Material = Omit<TrustMaterial, 'publicKey'>

/** Whom to believe: certificate authorities, logs and clocks, as one file names them. */
export type TrustRoot = {
  /** `embedded`, or the path of the file. */
  name: string
  /** Of the bytes of the trusted root. */
  sha256: string
  /** When the embedded one was published; a file says nothing of that. */
  publishedOn?: string
  material: Material
  /** Authorities that are in the file and not believed. */
  faults: TrustFault[]
}

export type TrustFault = { authority: string; logId?: string; detail: string }

const mediaTypes = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.1+json',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
])

/** Few know more than a dozen authorities of each kind. */
const most = { bytes: 8 * 1024 * 1024, authorities: 256, roots: 64 }

/**
 * The roots in a file: the official trusted root, the client configuration that contains one, or JSON Lines of either, as
 * `gh attestation trusted-root` writes them. They are never mixed: a signature is checked against each one by itself.
 *
 * @throws {Problem} FILE_UNREADABLE, or TRUST_ROOT_INVALID when it is none of these.
 */
export async function readTrustRoots(path: string): Promise<TrustRoot[]> {
  return trustRootsFrom(await readBounded(path, most.bytes), path)
}

/** @throws {Problem} TRUST_ROOT_INVALID */
export function trustRootsFrom(bytes: Uint8Array, name: string): TrustRoot[] {
  const decoded = decodeText(bytes)
  if (bytes.length > most.bytes || 'fault' in decoded) throw invalid(name, 'It is too large, or no text.')
  const whole = parseJson(decoded.text)
  if ('value' in whole) return [rootFrom(whole.value, bytes, name)]
  const lines = decoded.text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2 || lines.length > most.roots) throw invalid(name, whole.fault.detail)
  return lines.map((line, index) => {
    const parsed = parseJson(line)
    if ('fault' in parsed) throw invalid(name, index === 0 ? whole.fault.detail : parsed.fault.detail)
    return rootFrom(parsed.value, Buffer.from(line), `${name}#${index + 1}`)
  })
}

function rootFrom(value: unknown, bytes: Uint8Array, name: string): TrustRoot {
  const json = isRecord(value) && isRecord(value.trustedRoot) ? value.trustedRoot : value
  if (!isRecord(json)) throw invalid(name, 'It is not a JSON object.')
  if (typeof json.mediaType !== 'string' || !mediaTypes.has(json.mediaType)) {
    throw invalid(name, `Its media type is ${JSON.stringify(json.mediaType ?? null)}.`)
  }
  // The library reads a list of a wrong type as an empty one, and of a root without logs no log entry is asked.
  for (const list of ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities']) {
    if (Object.hasOwn(json, list) && !Array.isArray(json[list])) throw invalid(name, `Its ${list} are no list.`)
  }
  let message: TrustedRoot
  try {
    message = TrustedRootMessage.fromJSON(json)
  } catch (error) {
    throw invalid(name, messageOf(error))
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { name, sha256, ...believable(message, name) }
}

/** What of a root is complete enough to be believed. The library takes a missing start of validity for "always". */
function believable(message: TrustedRoot, name: string): { material: Material; faults: TrustFault[] } {
  const faults: TrustFault[] = []
  const { tlogs, ctlogs, certificateAuthorities, timestampAuthorities } = message
  if ([tlogs, ctlogs, certificateAuthorities, timestampAuthorities].some(({ length }) => length > most.authorities)) {
    throw invalid(name, `It names more than ${most.authorities} authorities of a kind.`)
  }
  const empty = { ...message, tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] }
  const keep = <One, Kept>(
    list: One[],
    describe: Describe<One>,
    faultOf: FaultOf<One>,
    convert: (one: One) => Kept[],
  ) =>
    list.flatMap((one) => {
      let detail = faultOf(one)
      try {
        if (detail === undefined) return convert(one)
      } catch (error) {
        detail = `cannot be read: ${messageOf(error)}`
      }
      faults.push({ ...describe(one), detail: `${describe(one).authority} ${detail}` })
      return []
    })
  const only = (one: Partial<TrustedRoot>) => toTrustMaterial({ ...empty, ...one })
  const material: Material = {
    tlogs: keep(tlogs.map(withWholeKeyId), describeLog('The log'), logFault, (one) => only({ tlogs: [one] }).tlogs),
    ctlogs: keep(ctlogs, describeLog('The certificate log'), logFault, (one) => only({ ctlogs: [one] }).ctlogs),
    certificateAuthorities: keep(
      certificateAuthorities,
      describeAuthority('The certificate authority'),
      authorityFault,
      (one) => only({ certificateAuthorities: [one] }).certificateAuthorities.map(remembered),
    ),
    timestampAuthorities: keep(
      timestampAuthorities,
      describeAuthority('The timestamp authority'),
      authorityFault,
      (one) => only({ timestampAuthorities: [one] }).timestampAuthorities.map(remembered),
    ),
  }
  return { material, faults }
}

const remembered = (authority: Material['certificateAuthorities'][number]) => ({
  ...authority,
  certChain: authority.certChain.map(remembering),
})

type Describe<One> = (one: One) => { authority: string; logId?: string }
type FaultOf<One> = (one: One) => string | undefined

const describeLog =
  (kind: string): Describe<TransparencyLogInstance> =>
  ({ baseUrl, logId }) => ({
    authority: `${kind} ${baseUrl}`,
    ...(logId && { logId: logId.keyId.toString('hex') }),
  })

const describeAuthority =
  (kind: string): Describe<CertificateAuthority> =>
  ({ uri }) => ({ authority: `${kind} ${uri}` })

function logFault(log: TransparencyLogInstance): string | undefined {
  if (!log.publicKey?.rawBytes) return 'has no key in the trusted root.'
  if (!log.publicKey.validFor?.start) return 'has no start of validity in the trusted root, so it is not believed.'
  if (log.logId?.keyId.length !== 32) return 'has no log id of 32 bytes in the trusted root.'
  return undefined
}

function authorityFault({ validFor, certChain }: CertificateAuthority): string | undefined {
  if (!certChain?.certificates.length) return 'has no certificates in the trusted root.'
  if (!validFor?.start) return 'has no start of validity in the trusted root, so it is not believed.'
  return undefined
}

/** The protobuf's comment recommends four bytes, which the library takes for a whole id that nothing has. */
function withWholeKeyId(log: TransparencyLogInstance): TransparencyLogInstance {
  const short = log.checkpointKeyId?.keyId
  const whole = log.logId?.keyId
  return short?.length === 4 && whole?.subarray(0, 4).equals(short) ? { ...log, checkpointKeyId: undefined } : log
}

function invalid(name: string, detail: string): Problem {
  return new Problem('TRUST_ROOT_INVALID', `${name} is not a trusted root: ${detail}`, {
    hint: 'Give a trusted_root.json of Sigstore, or a client configuration that contains one.',
  })
}
