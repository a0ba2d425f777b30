import type { ArchiveEntry } from '../entry.ts'
import { secondsOf } from './seconds.ts'

/** The longest header of a compiled module, in bytes. */
export const headerSize = 16

/** The module that a compiled one stands for: `a/__pycache__/b.cpython-311.opt-1.pyc` or `a/b.pyc` for `a/b.py` (PEP 3147, PEP 488). */
export function sourceOfCompiled(path: string): string | undefined {
  if (!path.endsWith('.pyc')) return undefined
  const stem = path.slice(0, -'.pyc'.length)
  const slash = stem.lastIndexOf('/') + 1
  const folder = stem.slice(0, slash)
  if (!/(?:^|\/)__pycache__\/$/.test(folder)) return `${stem}.py`
  const parts = stem.slice(slash).split('.')
  if (parts.at(-1)?.startsWith('opt-')) parts.pop()
  parts.pop()
  return parts.length === 0 ? undefined : `${folder.slice(0, -'__pycache__/'.length)}${parts.join('.')}.py`
}

type Recorded = { mtime: number; size: number | undefined }

/**
 * What a compiled module says of its source, where Python goes by times (PEP 552): `undefined` where it goes by a digest,
 * or by nothing. The size is there from Python 3.3 on, the flags from 3.7 on; magic numbers of Python 3 are below 20,000.
 */
function recordedIn(header: Buffer): Recorded | undefined {
  if (header.length < headerSize) return undefined
  const magic = header.readUInt16LE(0)
  const hasFlags = magic >= 3392 && magic < 20_000
  if (hasFlags && (header.readUInt32LE(4) & 1) === 1) return undefined
  const at = hasFlags ? 8 : 4
  const hasSize = magic >= 3190 && magic < 20_000
  return { mtime: header.readUInt32LE(at), size: hasSize ? header.readUInt32LE(at + 4) : undefined }
}

const quarterHour = 900
/** From the International Date Line to the other side of it, in seconds. */
const farthestZone = 14 * 3600

/**
 * Where Python takes the compiled module for the source beside it: the zone, in seconds from UTC, as a zip archive has times
 * without one and zipimport takes them for those of its own (zipimport, `_get_mtime_and_size_of_source`); 0 otherwise.
 */
export function zoneOfUse(header: Buffer, source: ArchiveEntry): number | undefined {
  const recorded = recordedIn(header)
  if (recorded === undefined) return undefined
  if (recorded.size !== undefined && recorded.size !== source.size % 2 ** 32) return undefined
  const { time } = source.notes ?? {}
  if (time === undefined)
    return BigInt.asUintN(32, wholeSeconds(source.mtime)) === BigInt(recorded.mtime) ? 0 : undefined
  const apart = secondsOf(time) - recorded.mtime
  const zone = Math.round(apart / quarterHour) * quarterHour
  return Math.abs(zone) <= farthestZone && Math.abs(apart - zone) <= 1 ? zone : undefined
}

function wholeSeconds(mtime: string): bigint {
  const seconds = Math.floor(secondsOf(mtime))
  return BigInt(Number.isSafeInteger(seconds) ? seconds : -1)
}
