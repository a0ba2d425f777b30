import { createHash } from 'node:crypto'
import type { ByteQueue } from '../byte-queue.ts'
import type { ArchiveEntry, EntryType } from '../entry.ts'
import type { Finding } from '../findings.ts'
import { type CompareLimits, limitExceeded } from '../limits.ts'
import { decodeName } from '../names.ts'
import { type ContainerEvents, type ContainerSummary, collectStray } from './container.ts'

const magic = '!<arch>\n'
const headerSize = 60

/** Members that no extractor writes to the disk. */
const tables: Record<string, string> = { '/': 'ar:symbols', '/SYM64/': 'ar:symbols64', '//': 'ar:long-names' }

type Header = { name: string; mtime: string; owner: string; mode: number; size: number; odd?: string }
type Name = Pick<ArchiveEntry, 'path' | 'nameForm'>
type Member = Name & { header: Header; offset: number; size: number; dataOffset: number }

/**
 * Reads an ar archive: a Debian package (deb(5)) or a static library. Names of the System V variant (`name/`, a table of
 * long ones in `//`) and of BSD's (`#1/LENGTH`) are both read; every byte is a header, a member, or is reported.
 */
export async function readAr(
  queue: ByteQueue,
  limits: CompareLimits,
  events: ContainerEvents,
): Promise<ContainerSummary> {
  const stray = collectStray()
  let names = ''
  let complete = (await queue.take(magic.length)).toString('latin1') === magic
  for (let count = 0; ; count++) {
    const offset = queue.position()
    const bytes = await queue.peek(headerSize)
    if (bytes.length === 0) break
    const header = parseHeader(bytes)
    if (header === undefined) {
      await strayBytes(queue, stray, count, events.found)
      break
    }
    if (count >= limits.entries) throw limitExceeded(`more than ${limits.entries} entries`, limits.entries)
    await queue.take(headerSize)
    if (header.name === '//' && header.size <= limits.namesLength) {
      names = (await queue.peek(header.size)).toString('latin1')
    }
    const { taken, ...name } = await nameOf(queue, header, names, limits, events.found)
    const member = { header, ...name, offset, size: header.size - taken, dataOffset: queue.position() }
    complete = (await readMember(queue, member, events)) && complete
  }
  return { stray: stray.summary(), notes: [], complete }
}

/** `undefined` where no header stands; numbers are decimal, the mode octal, each filled up with spaces. */
function parseHeader(bytes: Buffer): Header | undefined {
  const text = bytes.toString('latin1')
  // Only spaces: dpkg knows no name with another white space behind it.
  const field = (start: number, length: number) => text.slice(start, start + length).replace(/(?<! ) +$/, '')
  const [mtime, uid, gid, mode, size] = [field(16, 12), field(28, 6), field(34, 6), field(40, 8), field(48, 10)]
  if (bytes.length < headerSize || text.slice(58) !== '`\n' || !/^[0-9]+$/.test(size)) return undefined
  const plain = [mtime, uid, gid].every((number) => /^[0-9]*$/.test(number)) && /^[0-7]*$/.test(mode)
  return {
    name: field(0, 16),
    mtime,
    owner: `${uid}:${gid}`,
    mode: Number.parseInt(mode, 8) || 0,
    size: Number(size),
    ...(!plain && { odd: text.slice(16, 48) }),
  }
}

/** The name, and how many bytes of it stand before the data. */
async function nameOf(
  queue: ByteQueue,
  { name, size }: Header,
  names: string,
  limits: CompareLimits,
  found: (finding: Finding) => void,
): Promise<Name & { taken: number }> {
  const bsd = /^#1\/([0-9]{1,6})$/.exec(name)
  if (bsd) {
    const length = Math.min(Number(bsd[1]), size)
    if (length > limits.nameLength) throw limitExceeded(`a name of ${length} bytes`, limits.nameLength)
    const written = (await queue.take(length)).toString('latin1')
    return { path: decodeName(written.replace(/(?<!\0)\0+$/, '')), nameForm: 'bsd', taken: length }
  }
  const long = /^\/([0-9]{1,12})$/.exec(name)
  if (!long) return { path: tables[name] ?? decodeName(name.replace(/\/$/, '')), taken: 0 }
  const start = Number(long[1])
  const end = names.indexOf('\n', start)
  if (start < names.length && end >= 0 && end - start <= limits.nameLength) {
    return { path: decodeName(names.slice(start, end).replace(/\/$/, '')), nameForm: 'table', taken: 0 }
  }
  const summary = 'The name of a member is not in the table of long names.'
  found({ code: 'ar-header', path: name, summary, evidence: { name } })
  return { path: name, taken: 0 }
}

/** Says whether all of it was there. */
async function readMember(queue: ByteQueue, member: Member, events: ContainerEvents): Promise<boolean> {
  const { header, path, nameForm, offset, size, dataOffset } = member
  const report = (code: Finding['code'], summary: string, evidence: Finding['evidence'] = {}) =>
    events.found({ code, path, summary, evidence, offset })
  const hash = createHash('sha256')
  let left = size
  while (left > 0) {
    const chunk = await queue.take(Math.min(left, 256 * 1024))
    if (chunk.length === 0) break
    hash.update(chunk)
    left -= chunk.length
  }
  if (left > 0) report('ar-truncated', 'The archive ends inside the member.')
  // "Data section is aligned to 2 bytes", with a newline (ar(5)).
  if (left === 0 && header.size % 2 === 1) {
    const padding = await queue.take(1)
    if (padding.length === 1 && padding[0] !== 0x0a) {
      report('padding-bytes', 'The padding behind the entry is not a newline.', { hex: padding.toString('hex') })
    }
  }
  if (header.odd !== undefined)
    report('ar-header', 'The header of the member has a field that is not a number.', { fields: header.odd })
  const { type, mode } = typeOf(header.mode)
  if (type !== 'file') report('ar-header', `The member says that it is a ${type}.`, { mode: header.mode.toString(8) })
  events.entry({
    path,
    type: 'file',
    mode,
    size: size - left,
    linkTarget: '',
    content: { sha256: hash.digest('hex') },
    mtime: header.mtime,
    owner: header.owner,
    offset,
    dataOffset,
    ...(nameForm && { nameForm }),
  })
  return left === 0
}

function typeOf(mode: number): { type: EntryType | 'special file'; mode: number } {
  const format = mode & 0o170000
  return { type: format === 0 || format === 0o100000 ? 'file' : 'special file', mode: mode & 0o7777 }
}

async function strayBytes(
  queue: ByteQueue,
  stray: ReturnType<typeof collectStray>,
  count: number,
  found: (finding: Finding) => void,
): Promise<void> {
  const offset = queue.position()
  const region = stray.region(`after ${count} members`)
  for (let chunk = await queue.next(); chunk !== undefined; chunk = await queue.next()) region.add(chunk)
  const evidence = region.end()
  found({
    code: 'ar-trailing-bytes',
    path: '',
    summary: `${evidence.size} bytes that are no member follow the last one.`,
    evidence,
    offset,
  })
}
