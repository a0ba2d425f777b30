import { alarmsOfProse } from '../content/alarms.ts'
import { alarmsOfDocument } from '../content/document-alarms.ts'
import type { Finding } from '../findings.ts'
import { decodeName } from '../names.ts'
import type { ContainerEvents, ContainerSummary } from './container.ts'
import { shownBytes } from './shown-bytes.ts'
import type { LocalEntry } from './zip-data.ts'
import { entryFrom } from './zip-entry.ts'
import { type CentralHeader, type DirectoryEnd, flagBits } from './zip-headers.ts'

/** A central directory with its end, as they stand in the file. */
export type Directory = {
  headers: CentralHeader[]
  /** Where its first header stands, and where the last one ends. */
  start: number | undefined
  position: number
  /** What its end records say, the 64-bit one first where there is one. */
  ends: DirectoryEnd[]
  end64?: number
  locator?: { disk: number; offset: number }
  comment: Buffer
}

type Events = ContainerEvents & { incomplete(): void }

/**
 * Compares what stands in the file with what its directory says of it, and makes the entries: their names and types are
 * those of the directory. Whatever the two disagree on makes the archive one that cannot be called the same as another.
 */
export function checkDirectory(
  locals: readonly LocalEntry[],
  directories: readonly Directory[],
  events: Events,
): ContainerSummary['notes'] {
  const wrong = (code: Finding['code'], path: string, summary: string, evidence: Finding['evidence'] = {}) => {
    events.found({ code, path, summary, evidence })
    events.incomplete()
  }
  if (directories.length > 1) {
    const counts = directories.map(({ headers }) => headers.length)
    wrong(
      'zip-directories',
      '',
      `The file has ${directories.length} directories; programs differ in which they read.`,
      {
        entries: counts.slice(0, 64),
      },
    )
  }
  const byOffset = new Map(locals.map((local) => [local.offset, local]))
  const listed = new Map<LocalEntry, CentralHeader>()
  for (const directory of directories) {
    const shift = checkEnds(directory, locals, wrong)
    for (const header of directory.headers) {
      const local = byOffset.get(header.localOffset + shift)
      const path = decodeName(header.name)
      if (local === undefined) {
        wrong('zip-hidden', path, 'The directory lists an entry where the file has none: it lies within another one.', {
          offset: header.localOffset,
          size: header.size,
        })
      } else if (listed.has(local)) wrong('zip-overlap', path, 'The directory lists an entry twice.')
      else listed.set(local, header)
    }
  }
  for (const local of locals) {
    const header = listed.get(local)
    if (header === undefined) {
      const path = decodeName(local.header.name)
      wrong('zip-unlisted', path, 'The entry is in the file and not in its directory: only some programs unpack it.')
    } else disagreements(local, header, wrong)
    events.entry(entryFrom(local, header, events.found))
  }
  return checkComments(directories, events.found)
}

type Wrong = (code: Finding['code'], path: string, summary: string, evidence?: Finding['evidence']) => void

/** How far all offsets of the directory are off because of what was put before the archive; 0 where they are true. */
function checkEnds(
  { headers, start = 0, position, ends, end64, locator }: Directory,
  locals: readonly LocalEntry[],
  wrong: Wrong,
): number {
  const size = position - start
  const [end, ...others] = ends
  if (end === undefined) return 0
  const saturated = (value: number, most: number) => value === most && end64 !== undefined
  const agree = others.every(
    ({ entries, size, offset }) =>
      (entries === end.entries || saturated(entries, 0xffff)) &&
      (size === end.size || saturated(size, 0xffffffff)) &&
      (offset === end.offset || saturated(offset, 0xffffffff)),
  )
  const shift = start - end.offset
  const facts = { says: { ...end, others }, is: { entries: headers.length, size } }
  const counted = end.entries === headers.length && end.size === size
  const located = end64 === undefined ? locator === undefined : locator?.disk === 0 && locator.offset + shift === end64
  const shifted = shift === 0 || locals.some(({ offset }) => offset === shift)
  if (!agree || !counted || !located || !shifted || ends.some(({ disks }) => disks)) {
    wrong('zip-end', '', 'The end of the archive does not say what its directory is.', facts)
  }
  return Math.max(shift, 0)
}

/** Bits that decide how an entry is read. */
const decisiveFlags = flagBits.encrypted | flagBits.descriptor | flagBits.strong | flagBits.utf8 | flagBits.masked

function disagreements({ header: local, data }: LocalEntry, central: CentralHeader, wrong: Wrong): void {
  const path = decodeName(central.name)
  const unsized = (local.flags & flagBits.descriptor) !== 0
  const fields: Record<string, [unknown, unknown]> = {}
  const compare = (field: string, a: unknown, b: unknown) => {
    if (a !== b) fields[field] = [a, b]
  }
  compare('name', decodeName(local.name), path)
  compare('method', local.method, central.method)
  compare('flags', local.flags & decisiveFlags, central.flags & decisiveFlags)
  if (!unsized || local.crc !== 0) compare('crc', local.crc, central.crc)
  if (!unsized || local.size !== 0) compare('size', local.size, central.size)
  if (!unsized || local.packedSize !== 0) compare('packed size', local.packedSize, central.packedSize)
  if (Object.keys(fields).length > 0) {
    const names = Object.keys(fields).join(', ')
    wrong(
      'zip-disagreement',
      'name' in fields ? decodeName(local.name) : path,
      `The entry has two headers that disagree: ${names}.`,
      { fields },
    )
    if ('name' in fields) wrong('zip-disagreement', path, `Another entry's data is listed under this name.`, { fields })
  }
  const known = data.encoding === undefined
  if ((known && (central.crc !== data.crc || central.size !== data.size)) || central.packedSize !== data.packedSize) {
    wrong('zip-damaged', path, 'The size or the sum of the entry is not that of its content.', {
      says: { size: central.size, packedSize: central.packedSize, crc: central.crc },
      is: { size: data.size, packedSize: data.packedSize, crc: data.crc },
    })
  }
  if (central.disk !== 0) wrong('zip-end', path, 'The entry is said to be on another disk.')
}

/** Longer comments than this, or such as are no words, could be anything: programs include files by what is in them. In bytes. */
const longestComment = 128
/** What people write between words: nothing that a shell, a template or a program acts on. */
const ofWords = /^[\w .,:'!?@/+\-()#&\n]*$/
/** A call, and a word as data has it: long, or of digits among letters. */
const ofData = /\w\(|[A-Za-z0-9+/]{21,}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{9,}/
/** `git archive` writes the commit. */
const commit = /^[0-9a-f]{40}$/

function checkComments(
  directories: readonly Directory[],
  found: (finding: Finding) => void,
): ContainerSummary['notes'] {
  const report = (path: string, bytes: Buffer) => {
    const text = bytes.toString('latin1', 0, longestComment)
    if (commit.test(text) && bytes.length === text.length) return
    const isPlain = bytes.length <= longestComment && ofWords.test(text) && !ofData.test(text)
    const alarms = isPlain ? [...alarmsOfProse(text), ...alarmsOfDocument(text, '')] : []
    if (isPlain && alarms.length === 0) return
    const what = isPlain ? `has ${alarms.join(', ')} in it` : 'is no short text of words'
    const summary = `A comment of ${bytes.length} bytes ${what}.`
    found({ code: 'zip-comment', path, summary, evidence: shownBytes(bytes) })
  }
  for (const { comment, headers } of directories) {
    if (comment.includes('PK\x05\x06')) {
      const summary =
        'The comment of the archive has another end in it, which programs that look from the end find first.'
      found({ code: 'zip-directories', path: '', summary, evidence: shownBytes(comment) })
    }
    report('', comment)
    for (const header of headers) if (header.comment.length > 0) report(decodeName(header.name), header.comment)
  }
  const value = directories.map(({ comment }) => comment.toString('latin1').slice(0, longestComment))
  return [{ cause: 'archive-comment', summary: 'The archives have another comment.', value }]
}
