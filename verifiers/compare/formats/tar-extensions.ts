import type { ArchiveEntry, EntryType } from '../entry.ts'
import type { Finding } from '../findings.ts'
import { type CompareLimits, limitExceeded } from '../limits.ts'
import { decodeName, plainPath } from '../names.ts'
import { shownBytes } from './shown-bytes.ts'
import { entryTypeOf, type TarHeader } from './tar-header.ts'
import { disagreeingOwners, ownerKeys } from './tar-owners.ts'
import { isPlainAboutValue, isPlainOwner, kindOfPaxKey, parsePax } from './tar-pax.ts'

const noContent = { bytes: Buffer.alloc(0) }

/** What headers before an entry say about it: PAX `x` and `g`, GNU `L` and `K`. */
export type Extensions = {
  add(header: TarHeader, data: Buffer, offset: number): void
  /** The entry that a header and all that was said before it make. */
  entryFrom(header: TarHeader, offset: number): ArchiveEntry
  /** At the end of the archive nothing may be left over. */
  end(offset: number): void
}

type Pending = {
  pax?: Map<string, string>
  /** Of the last PAX header, as it stands. */
  paxData?: Buffer
  longName?: string
  longLink?: string
  count: number
  /** What was found in these headers; it belongs to the entry that follows. */
  findings: Finding[]
}

type Report = (code: Finding['code'], path: string, summary: string, evidence?: Finding['evidence']) => void

export function isExtension({ typeFlag }: TarHeader): boolean {
  return typeFlag === 'x' || typeFlag === 'g' || typeFlag === 'L' || typeFlag === 'K' || typeFlag === 'X'
}

export function createExtensions(limits: CompareLimits, found: (finding: Finding) => void): Extensions {
  let pending: Pending = { count: 0, findings: [] }
  const global = new Map<string, string>()
  const paths = new Set<string>()
  /** Paths under which a program that knows no extension sees entries that have letters besides. */
  const withoutLetters = new Set<string>()
  let namesLength = 0
  const reportAt =
    (offset: number): Report =>
    (code, path, summary, evidence = {}) =>
      found({ code, path, summary, evidence, offset })

  return {
    add(header, data, offset) {
      const report: Report = (code, path, summary, evidence = {}) => {
        const finding = { code, path, summary, evidence, offset }
        if (header.typeFlag === 'g') found(finding)
        else if (pending.findings.length < 64) pending.findings.push(finding)
        else throw limitExceeded('more than 64 oddities in the extension headers of one entry', 64)
      }
      // Programs name these headers after the entry; nobody unpacks the name, so that anything could stand there.
      if (!/pax|LongLink/i.test(header.name)) {
        report('header-slack', '', 'An extension header has an unusual name.', { name: decodeName(header.name) })
      }
      checkHeader(header, '', report)
      pending.count++
      if (header.typeFlag === 'L' || header.typeFlag === 'K') {
        const field = header.typeFlag === 'L' ? 'longName' : 'longLink'
        const before = pending[field]
        if (before !== undefined) {
          const evidence = { before: shownBytes(Buffer.from(before, 'latin1')), ...shownBytes(data) }
          report('header-name-twice', '', 'Two long names stand before one entry.', evidence)
        }
        pending[field] = longValue(data, report)
        return
      }
      const { values, repeated, malformed } = parsePax(data)
      if (malformed !== undefined)
        report('pax-malformed', '', `A PAX header is malformed: ${malformed}.`, { malformed, ...shownBytes(data) })
      if (repeated.length > 0) {
        const summary = `A PAX header says ${decodeName(repeated[0] ?? '')} more than once.`
        report('pax-repeated', '', summary, { repeated, ...shownBytes(data) })
      }
      reportKeys(values, header.typeFlag === 'g', report)
      if (header.typeFlag === 'g') {
        for (const [key, value] of values) global.set(key, value)
        pending.count--
        return
      }
      if (pending.paxData) {
        const evidence = { before: shownBytes(pending.paxData), ...shownBytes(data) }
        report('pax-repeated', '', 'Two PAX headers stand before one entry.', evidence)
      }
      pending.pax = new Map([...(pending.pax ?? []), ...values])
      pending.paxData = data
    },
    entryFrom(header, offset) {
      const said = pending
      pending = { count: 0, findings: [] }
      const entry = resolve(header, said, global, offset)
      for (const finding of said.findings) found({ ...finding, path: entry.path })
      namesLength += entry.path.length + entry.linkTarget.length
      if (Math.max(entry.path.length, entry.linkTarget.length) > limits.nameLength) {
        throw limitExceeded(`a name of more than ${limits.nameLength} bytes`, limits.nameLength)
      }
      if (namesLength > limits.namesLength) throw limitExceeded('too many long names', limits.namesLength)
      const report = reportAt(offset)
      checkHeader(header, entry.path, report)
      if (said.pax || said.longName !== undefined || said.longLink !== undefined) {
        checkOverrides(header, said, entry, report)
      }
      checkNotes(header, entry, report)
      checkType(header, entry, report)
      const place = plainPath(entry.path) ?? ''
      const left = place.replace(/[^\x00-\x7f]/g, '')
      if (withoutLetters.has(place) || (left !== place && plainPath(header.name) === left && paths.has(left))) {
        const summary = 'Without the letters that only an extension header has the entry has the name of another one.'
        report('header-name-mismatch', entry.path, summary, { header: left })
      }
      paths.add(place)
      if (left !== place && plainPath(header.name) === left) withoutLetters.add(left)
      return entry
    },
    end(offset) {
      if (pending.count === 0) return
      pending.findings.forEach(found)
      reportAt(offset)(
        'extension-without-entry',
        '',
        'An extension header at the end of the archive belongs to no entry.',
        {
          pax: pending.paxData === undefined ? null : shownBytes(pending.paxData),
          longName: pending.longName === undefined ? null : decodeName(pending.longName),
          longLink: pending.longLink === undefined ? null : decodeName(pending.longLink),
        },
      )
    },
  }
}

function resolve(header: TarHeader, said: Pending, global: Map<string, string>, offset: number): ArchiveEntry {
  const { pax } = said
  const about = (key: string) => pax?.get(key) ?? global.get(key)
  const name = pax?.get('path') ?? said.longName ?? header.name
  const type = entryTypeOf(header, name)
  const paxSize = sizeFrom(about('size'))
  const device = type === 'character-device' || type === 'block-device'
  const owner = [
    about('uid') ?? header.uid,
    about('gid') ?? header.gid,
    decodeName(about('uname') ?? header.uname),
    decodeName(about('gname') ?? header.gname),
  ].join(':')
  return {
    path: decodeName(name),
    type,
    mode: Number.isNaN(header.mode) ? 0 : header.mode & 0o7777,
    size: paxSize ?? header.size,
    linkTarget: decodeName(pax?.get('linkpath') ?? said.longLink ?? header.linkName),
    content: noContent,
    mtime: about('mtime') ?? String(header.mtime),
    owner,
    ...(device && { device: `${header.devMajor}:${header.devMinor}` }),
    offset,
    dataOffset: offset + 512,
  }
}

function sizeFrom(value: string | undefined): number | undefined {
  if (value === undefined || !/^[0-9]{1,15}$/.test(value)) return undefined
  return Number(value)
}

function longValue(data: Buffer, report: Report): string {
  const end = data.indexOf(0)
  const value = data.toString('latin1', 0, end < 0 ? data.length : end)
  if (end >= 0 && end < data.length - 1) {
    report('header-slack', '', 'Bytes follow the end of a long name.', shownBytes(data.subarray(end)))
  }
  return value
}

function reportKeys(values: Map<string, string>, isGlobal: boolean, report: Report): void {
  for (const [key, value] of values) {
    const kind = kindOfPaxKey(key)
    const { size, sha256 } = shownBytes(Buffer.from(value, 'latin1'))
    const shown = { key: decodeName(key), value: decodeName(value.slice(0, 256)), size, sha256 }
    const decisive = kind === 'name' || kind === 'link' || kind === 'size'
    // Of the owner, too: busybox reads no global header, and GNU tar and bsdtar differ in what they take from one.
    if (isGlobal && (decisive || ownerKeys.some((owner) => owner === key)))
      report('pax-global', '', `A global PAX header sets ${key} for all entries that follow.`, shown)
    if (decisive && (value === '' || value.includes('\0') || value.includes('\n'))) {
      report('pax-malformed', '', `The ${key} in a PAX header is empty, or has a NUL or newline in it.`, shown)
    }
    if (kind === 'size' && sizeFrom(value) === undefined) {
      report('pax-malformed', '', 'The size in a PAX header is not a number.', shown)
    }
    if (kind === 'sparse')
      report('sparse-file', '', 'A PAX header describes a sparse file, which programs unpack differently.', shown)
    if (kind === 'attributes')
      report('pax-attributes', '', `A PAX header sets the extended attribute ${shown.key}.`, shown)
    if (kind === 'unknown' || (kind === 'about' && !isPlainAboutValue(key, value))) {
      report('pax-unknown', '', `A PAX header carries ${shown.key}, which is not known or not as it should be.`, shown)
    }
    if (kind === 'comment') {
      // git archive writes the commit there; nobody unpacks it.
      const commit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value)
      report(commit ? 'pax-comment' : 'pax-unknown', '', 'A PAX header carries a comment.', shown)
    }
  }
}

function checkHeader(header: TarHeader, path: string, report: Report): void {
  if (header.oddNumbers.length > 0) {
    const fields = header.oddNumbers.map(({ field }) => field).join(', ')
    report('header-number', path, `The header's ${fields} can be read in more than one way.`, {
      fields: header.oddNumbers,
    })
  }
  if (header.slack.length > 0) {
    report(
      'header-slack',
      path,
      `Bytes are hidden in the header behind ${header.slack.map(({ field }) => field).join(', ')}.`,
      {
        slack: header.slack,
      },
    )
  }
}

/** What a header notes beside the entry is no place for text. */
function checkNotes(header: TarHeader, { path, type }: ArchiveEntry, report: Report): void {
  const { devMajor, devMinor, uname, gname, gnuTimes, typeFlag } = header
  const isDevice = type === 'character-device' || type === 'block-device'
  if (!isDevice && (devMajor !== 0 || devMinor !== 0)) {
    report('header-slack', path, `The header of a ${type} has the numbers of a device.`, { devMajor, devMinor })
  }
  if (!isPlainOwner(uname) || !isPlainOwner(gname)) {
    report('odd-owner', path, 'The names of the owner in the header are none that a system gives.', {
      uname: decodeName(uname),
      gname: decodeName(gname),
    })
  }
  // Lib/tarfile.py, TarInfo.frombuf: "Reconstruct a ustar longname", for all types but those of GNU.
  if (gnuTimes !== '' && !'LKS'.includes(typeFlag)) {
    report('header-name-mismatch', path, 'Python takes the times in this GNU header for the folder of the entry.', {
      folder: decodeName(gnuTimes),
    })
  }
}

/** A program that does not know the extension sees the header's own fields: they must be a shortened form at most. */
function checkOverrides(header: TarHeader, said: Pending, entry: ArchiveEntry, report: Report): void {
  const { pax, longName, longLink } = said
  const paxName = pax?.get('path')
  if (paxName !== undefined && longName !== undefined && paxName !== longName) {
    report('header-name-twice', entry.path, 'A PAX header and a GNU header give the entry two names.', {
      gnu: decodeName(longName),
    })
  }
  const name = paxName ?? longName
  if (name !== undefined && !isShortened(header.name, name)) {
    report(
      'header-name-mismatch',
      entry.path,
      `The header names the entry ${decodeName(header.name)}, its extension ${entry.path}.`,
      {
        header: decodeName(header.name),
      },
    )
  }
  const link = pax?.get('linkpath') ?? longLink
  if (link !== undefined && !isShortened(header.linkName, link)) {
    report('header-link-mismatch', entry.path, 'The header and its extension give the link two targets.', {
      header: decodeName(header.linkName),
      extension: entry.linkTarget,
    })
  }
  const owners = pax ? disagreeingOwners(header, pax) : []
  if (owners.length > 0) {
    const pairs = owners.map((key) => [key, [header[key], pax?.get(key) ?? ''].map((one) => decodeName(String(one)))])
    const summary = `The header and its extension differ in whose the entry is: ${owners.join(', ')}.`
    report('header-owner-mismatch', entry.path, summary, Object.fromEntries(pairs))
  }
  const size = sizeFrom(pax?.get('size'))
  // Only a size that does not fit eleven octal digits needs the extension; then the header's own can be anything.
  if (size !== undefined && size !== header.size && size < 8 * 1024 ** 3) {
    report(
      'header-size-mismatch',
      entry.path,
      `The header gives the entry ${header.size} bytes, its extension ${size}.`,
      {
        header: header.size,
        extension: size,
      },
    )
  }
}

/** Long names are cut at the field's end; Python writes `?` in place of what is not ASCII, and Go nothing. */
function isShortened(short: string, full: string): boolean {
  if (short === '' || short === full || (full.startsWith(short) && short.length >= 99)) return true
  const letters = decodeName(full)
  const [marked = '', left = ''] = ['?', ''].map((other) => letters.replace(/[^\x00-\x7f]/gu, other))
  if (marked === letters) return false
  // What is left must not lead elsewhere.
  const isPlace = left.split('/').every((part, at) => !/^\.{0,2}$/.test(part) || part === letters.split('/')[at])
  return marked.slice(0, 100) === short || (isPlace && left.slice(0, 100) === short)
}

/** S_IFMT, which old programs write into the mode; POSIX.1-2017, sys/stat.h as Linux numbers it. */
const fileTypes: Partial<Record<EntryType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  hardlink: 0o100000,
}

function checkType(header: TarHeader, entry: ArchiveEntry, report: Report): void {
  const { type, linkTarget, path } = entry
  const fileType = header.mode - (header.mode & 0o7777)
  if (fileType !== 0 && fileType !== fileTypes[type]) {
    report('header-number', path, 'The mode in the header has bits that belong to another type of file, or to none.', {
      mode: header.mode.toString(8),
    })
  }
  if (type === 'unknown' || type === 'contiguous') {
    report('entry-type', path, 'The entry is of a type that programs unpack differently or not at all.', {
      typeFlag: header.typeFlag,
    })
  }
  if (header.typeFlag === '0' && type === 'directory') {
    report('entry-type', path, 'The folder is written as a file; npm makes a folder of it, Python an empty file.', {
      typeFlag: header.typeFlag,
    })
  }
  if (type === 'sparse') report('sparse-file', path, 'The entry is a sparse file, which programs unpack differently.')
  const isLink = type === 'symlink' || type === 'hardlink'
  if (isLink !== (linkTarget !== '')) {
    const summary = isLink
      ? 'The link has no target.'
      : `The ${type} names a link target; npm leaves such an entry out.`
    report('unexpected-link-target', path, summary, { linkTarget })
  }
}
