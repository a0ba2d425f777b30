import { X509Certificate } from 'node:crypto'
import type { TrustMaterial } from '@sigstore/verify'
import type { TrustFault, TrustRoot } from './trust-root.ts'

/** One authority of a root, as people look at it. */
export type ShownAuthority = {
  kind: 'certificate authority' | 'certificate log' | 'transparency log' | 'timestamp authority'
  /** Its address, or the subject of its certificate where none is given. */
  name: string
  /** Of the key of a log, or of the last certificate of a chain: sha256, hexadecimal. */
  sha256: string
  /** RFC 3339; what it signed outside of it is not believed. */
  from?: string
  to?: string
  /** Whether it is valid now. */
  current: boolean
}

export type ShownRoot = Pick<TrustRoot, 'name' | 'sha256' | 'publishedOn'> & {
  authorities: ShownAuthority[]
  /** Authorities that are in the file and not believed. */
  faults: TrustFault[]
}

/** Whom a root names, with the windows in which each is believed. */
export function showRoot({ name, sha256, publishedOn, material, faults }: TrustRoot, now: Date): ShownRoot {
  const { certificateAuthorities, timestampAuthorities, tlogs, ctlogs } = material
  return {
    name,
    sha256,
    ...(publishedOn !== undefined && { publishedOn }),
    authorities: [
      ...certificateAuthorities.map((one) => authority('certificate authority', one, now)),
      ...ctlogs.map((one) => log('certificate log', one, now)),
      ...tlogs.map((one) => log('transparency log', one, now)),
      ...timestampAuthorities.map((one) => authority('timestamp authority', one, now)),
    ],
    faults,
  }
}

type Window = { start: Date; end: Date }

function authority(
  kind: ShownAuthority['kind'],
  { certChain, validFor }: TrustMaterial['certificateAuthorities'][number],
  now: Date,
): ShownAuthority {
  const last = new X509Certificate(certChain.at(-1)?.root.toDER() ?? Buffer.alloc(0))
  const sha256 = last.fingerprint256.replaceAll(':', '').toLowerCase()
  return { kind, name: last.subject.replaceAll('\n', ', '), sha256, ...windowOf(validFor, now) }
}

function log(
  kind: ShownAuthority['kind'],
  one: { logID: Buffer; baseURL?: string; validFor: Window },
  now: Date,
): ShownAuthority {
  const id = one.logID.toString('hex')
  return { kind, name: one.baseURL ?? `log ${id.slice(0, 16)}`, sha256: id, ...windowOf(one.validFor, now) }
}

/** The library writes the end of time for a window without end. */
const never = Date.parse('9999-01-01')

function windowOf({ start, end }: Window, now: Date): Pick<ShownAuthority, 'from' | 'to' | 'current'> {
  const isMoment = (date: Date) => Number.isFinite(date.getTime())
  return {
    ...(isMoment(start) && { from: start.toISOString() }),
    ...(isMoment(end) && end.getTime() < never && { to: end.toISOString() }),
    current: start <= now && now <= end,
  }
}
