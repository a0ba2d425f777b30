import { hash } from 'node:crypto'
import type { ArchiveEntry, EntryType } from '../entry.ts'
import type { Finding } from '../findings.ts'
import { decodeName } from '../names.ts'
import type { LocalEntry } from './zip-data.ts'
import { checkExtra } from './zip-extra.ts'
import { type CentralHeader, dosTime, flagBits, hasOddFlags } from './zip-headers.ts'

type Report = (code: Finding['code'], summary: string, evidence?: Finding['evidence']) => void

const systems = { unix: 3, macos: 19 }

/** What the two headers of an entry make of it, and what is odd about them. */
export function entryFrom(
  { offset, dataOffset, header, data }: LocalEntry,
  central: CentralHeader | undefined,
  found: (finding: Finding) => void,
): ArchiveEntry {
  const known = central ?? header
  const path = decodeName(known.name)
  const report: Report = (code, summary, evidence = {}) => found({ code, path, summary, evidence, offset })
  if (data.slack)
    report('zip-slack', `${data.slack.size} bytes stand behind the compressed data of the entry.`, data.slack)
  if (data.encoding !== undefined) {
    report('zip-encoding', `The entry is ${data.encoding}, which many programs cannot read.`, {
      encoding: data.encoding,
    })
  }
  if (hasOddFlags(known.flags)) {
    const flags = known.flags.toString(16).padStart(4, '0')
    report('zip-encoding', 'The entry has flags which some programs refuse.', { flags })
  }
  if (!/^[\x00-\x7f]*$/.test(known.name) && (known.flags & flagBits.utf8) === 0) {
    report('zip-name-encoding', 'The name is not said to be UTF-8; programs read it differently.')
  }
  checkNeeded(header, data.encoding, report)
  if (central) checkNeeded(central, data.encoding, report)
  const encoding = data.damage === undefined ? data.encoding : 'damaged'
  const outer = checkExtra(known, report)
  if (central) checkExtra(header, report)
  const mode = central ? central.external >>> 16 : 0
  const type = typeOf(path, mode)
  if (central) checkAttributes(central, type, report)
  checkType(type, mode, report)
  const method = (known.flags & 6) === 0 ? `${known.method}` : `${known.method}, flags ${known.flags & 6}`
  return {
    path,
    type,
    mode: mode & 0o7777,
    format: mode & formatBits,
    size: data.damage === undefined ? data.size : 0,
    linkTarget: '',
    content: { sha256: data.sha256 },
    mtime: outer.mtime ?? dosTime(known.time),
    owner: outer.owner,
    offset,
    dataOffset,
    ...(encoding === undefined && header.method === 8 && { packed: { size: data.packedSize, method: 'deflate' } }),
    ...(encoding !== undefined && { encoding }),
    notes: {
      compression: `method ${method}, ${data.packedSize} bytes`,
      extra: `${noteOf(header.extra, 'hex')} ${central ? noteOf(central.extra, 'hex') : ''}`,
      header: [header.needed, header.flags, ...(central ? ofDirectory(central) : [])].join(' '),
      comment: central ? noteOf(central.comment, 'latin1') : '',
      time: dosTime(known.time),
    },
  }
}

function ofDirectory({ needed, flags, madeBy, internal, external }: CentralHeader): number[] {
  // The lower half is for MS-DOS: what is to be backed up, and what may not be written to.
  return [needed, flags, madeBy, internal, external & 0xffff]
}

/** S_IFMT, which says what a file is; POSIX.1-2017, sys/stat.h as all systems number it. */
const formatBits = 0o170000
const folder = 0o040000
/**
 * A folder is one by its name: where only the mode says so, some programs make a file. No object, of which the linter would
 * make the keys decimal, and with a base of seven.
 */
const formats: ReadonlyMap<number, EntryType> = new Map([
  [0, 'file'],
  [0o010000, 'fifo'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
])

function typeOf(path: string, mode: number): EntryType {
  return path.endsWith('/') ? 'directory' : (formats.get(mode & formatBits) ?? 'unknown')
}

/** libarchive makes a link or a device of what is called a folder; sockets nobody makes. */
function checkType(type: EntryType, mode: number, report: Report): void {
  const format = mode & formatBits
  const isOdd = type === 'directory' ? formats.get(format) !== 'file' : type === 'unknown'
  if (format === folder || !isOdd) return
  const summary = 'The entry is of a type that programs unpack differently or not at all.'
  report('entry-type', summary, { mode: mode.toString(8) })
}

/** As much of a field as people are shown; of a longer one the digest, so that all of it is compared. */
function noteOf(bytes: Buffer, encoding: 'hex' | 'latin1'): string {
  return bytes.length <= 256 ? bytes.toString(encoding) : `${bytes.toString(encoding, 0, 256)} ${hash('sha256', bytes)}`
}

/** Info-ZIP's unzip knows APPNOTE.TXT up to here, and leaves out what is said to need more. */
const newestPlain = 46
/** Python's zipfile refuses the archive of which an entry needs more; LZMA and others do need as much. */
const newest = 63

/** APPNOTE.TXT 4.4.3: no packer says more than 4.6 of what is stored or deflated, nor writes anything in the upper byte. */
function checkNeeded({ needed }: { needed: number }, encoding: string | undefined, report: Report): void {
  const most = encoding === undefined ? newestPlain : newest
  if (needed <= most) return
  report(
    'zip-needed',
    'The entry is said to need a newer program than it does: some leave it out, others refuse the archive.',
    { needed, most },
  )
}

/** The upper half of the attributes is a mode of Unix where the archive was made there; some look at it anyway (pip). */
function checkAttributes({ madeBy, external }: CentralHeader, type: EntryType, report: Report): void {
  const mode = external >>> 16
  const format = mode & formatBits
  const system = madeBy >> 8
  const unix = system === systems.unix || system === systems.macos
  const evidence = { system, mode: mode.toString(8), external: external.toString(16).padStart(8, '0') }
  const decisive = (mode & 0o7111) !== 0 || (format !== 0 && format !== 0o100000 && type !== 'directory')
  if (!unix && decisive && type !== 'directory') {
    report(
      'zip-attributes',
      'The entry has a mode of Unix and is said to be made elsewhere; programs differ in heeding it.',
      evidence,
    )
  }
  // APPNOTE.TXT, 4.4.15 and FAT: programs leave a volume label out, and some what is hidden and of the system.
  if ((external & 0x08) !== 0 || (external & 0x06) === 0x06) {
    report(
      'zip-attributes',
      'The entry is said to be a volume label, or hidden, so that some programs leave it out.',
      evidence,
    )
  }
  const saysFolder = format === folder || (external & 0x10) !== 0
  if (saysFolder !== (type === 'directory') && (saysFolder || (format !== 0 && unix))) {
    report('zip-attributes', 'The name and the attributes of the entry disagree whether it is a folder.', evidence)
  }
}
