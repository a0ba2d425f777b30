import { RFC3161Timestamp } from '@sigstore/core'
import type { SignedEntity } from '@sigstore/verify'
import type { isolated, LogResult } from './log-inclusion.ts'
import type { MaterialInput } from './material.ts'
import { type Check, failed, messageOf, passed, skipped } from './model.ts'
import type { Signer } from './signer.ts'

/** A clock may be this much ahead of ours before something is wrong. */
const clockSkew = 5 * 60_000

export type Clock = { time?: Date; serial?: string; timestamp?: SignedEntity['timestamps'][number]; fault?: string }

/** Whether each timestamp of an authority holds. */
export function timestampResults(
  data: { rfc3161Timestamps: { signedTimestamp: Buffer }[] } | undefined,
  ask: ReturnType<typeof isolated>,
  whole: SignedEntity,
): Clock[] {
  return (data?.rfc3161Timestamps ?? []).map(({ signedTimestamp }): Clock => {
    try {
      const parsed = RFC3161Timestamp.parse(Buffer.from(signedTimestamp))
      // RFC 3161 section 2.4.2: granted, or granted with modifications.
      if (parsed.status !== 0n && parsed.status !== 1n) return { fault: 'the authority refused it' }
      const timestamp = { $case: 'timestamp-authority', timestamp: parsed } as const
      ask({ timestamps: [timestamp] }, whole)
      return { time: parsed.signingTime, serial: parsed.signerSerialNumber.toString('hex'), timestamp }
    } catch (error) {
      return { fault: messageOf(error) }
    }
  })
}

/** When it was signed, as somebody trusted says: a timestamp authority, or a log that promised inclusion at a time. */
export function timeCheck(
  { require, now, content }: Pick<MaterialInput, 'require' | 'now' | 'content'>,
  signer: Signer,
  log: LogResult[],
  clocks: Clock[],
) {
  const id = 'timestamps'
  const logged = log.flatMap(({ promisedAt, fault }) => (promisedAt && !fault ? [promisedAt] : []))
  const stamped = clocks.flatMap(({ time }) => (time ? [time] : []))
  const times = [...stamped, ...logged]
  // A certificate is valid for minutes: without a time nothing can be said of it.
  const required = Math.max(require.timestamps ?? 0, signer.kind === 'key' ? 0 : 1)
  const evidence = {
    timestampAuthority: stamped.map((time) => time.toISOString()),
    log: logged.map((time) => time.toISOString()),
    required,
  }
  const result = (check: Check) => ({ times, check })
  const faulty = clocks.find(({ fault }) => fault)
  if (faulty) return result(failed(id, 'TIME_INVALID', `A timestamp does not hold: ${faulty.fault}.`, evidence))
  const stamps = clocks.map(({ serial, time }) => `${serial} ${time?.toISOString()}`)
  if (new Set(stamps).size !== stamps.length) {
    return result(failed(id, 'TIME_INVALID', 'The same timestamp stands twice in it.', evidence))
  }
  const future = times.find((time) => time.getTime() > now.getTime() + clockSkew)
  if (future) {
    const detail = `It says that it was signed at ${future.toISOString()}, and the clock here says ${now.toISOString()}: one of them is wrong.`
    return result(failed(id, 'TIME_IN_FUTURE', detail, evidence))
  }
  if (times.length < required) {
    const detail = `It has ${times.length} trusted times of the signature; ${required} is required.`
    const code = content.format === 'dsse' ? 'TIME_NOT_IN_ENVELOPE' : 'TIME_MISSING'
    return result(failed(id, code, detail, evidence))
  }
  if (times.length === 0)
    return result(skipped(id, 'Nobody says when it was signed, and that is not required of a key.', evidence))
  return result(passed(id, `It was signed by ${times.map((time) => time.toISOString()).join(' and ')}.`, evidence))
}

/** Whether the key was its owner's at the time of the signature. */
