import type { ByteQueue } from '../byte-queue.ts'
import type { Finding } from '../findings.ts'
import { type CompareLimits, limitExceeded } from '../limits.ts'
import { decodeName } from '../names.ts'
import { type ContainerEvents, type ContainerSummary, collectStray } from './container.ts'
import { shownBytes } from './shown-bytes.ts'
import { type LocalEntry, readZipData, takeDescriptor } from './zip-data.ts'
import { checkDirectory, type Directory } from './zip-directory.ts'
import {
  type CentralHeader,
  centralHeaderSize,
  flagBits,
  localHeaderSize,
  parseCentral,
  parseEnd,
  parseEnd64,
  parseLocal,
  signatures,
} from './zip-headers.ts'

type State = {
  queue: ByteQueue
  limits: CompareLimits
  events: ContainerEvents
  locals: LocalEntry[]
  directory: Directory
  /** Directories that were ended. */
  ended: Directory[]
  namesLength: number
  complete: boolean
  stray: ReturnType<typeof collectStray>
}

/**
 * Reads a zip archive from its first byte to its last, entry by entry as they stand there, and then compares that with
 * what its directory says (APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
 *
 * Programs that stream see the local headers (JarInputStream, bsdtar from a pipe), the others only the directory that is
 * found from the end: where both are not the same, a file shows different contents to different people.
 *
 * @param options.prefix how many bytes stand before the first header.
 */
export async function readZip(
  queue: ByteQueue,
  { limits, prefix }: { limits: CompareLimits; prefix: number },
  events: ContainerEvents,
): Promise<ContainerSummary> {
  const state: State = {
    queue,
    limits,
    events,
    locals: [],
    directory: { headers: [], start: undefined, ends: [], comment: Buffer.alloc(0), position: 0 },
    ended: [],
    namesLength: 0,
    complete: true,
    stray: collectStray(),
  }
  if (prefix > 0) await takePrefix(state, prefix)
  for (let head = await queue.peek(4); head.length > 0; head = await queue.peek(4)) {
    const known = head.length === 4 ? readers[head.readUInt32LE(0)] : undefined
    if (known === undefined || !(await known(state))) await takeGap(state)
  }
  if (state.directory.headers.length > 0 || state.ended.length === 0) {
    report(state, 'zip-no-end', 'The archive has no end record, so that most programs cannot read it.')
    state.complete = false
    state.ended.push(state.directory)
  }
  const notes = checkDirectory(state.locals, state.ended, {
    ...events,
    incomplete: () => {
      state.complete = false
    },
  })
  return { stray: state.stray.summary(), notes, complete: state.complete }
}

/** Each reads what its signature announces; false where it is not what it says. */
const readers: Record<number, (state: State) => Promise<boolean>> = {
  [signatures.local]: readLocal,
  [signatures.central]: readCentral,
  [signatures.end64]: readEnd64,
  [signatures.locator64]: readLocator64,
  [signatures.end]: readEnd,
}

function report(state: State, code: Finding['code'], summary: string, evidence: Finding['evidence'] = {}): void {
  state.events.found({ code, path: '', summary, evidence, offset: state.queue.position() })
}

async function readLocal(state: State): Promise<boolean> {
  const { queue, events } = state
  const offset = queue.position()
  const fixed = await queue.peek(localHeaderSize)
  if (fixed.length < localHeaderSize) return false
  const [nameLength, extraLength] = [fixed.readUInt16LE(26), fixed.readUInt16LE(28)]
  const length = localHeaderSize + nameLength + extraLength
  const bytes = await queue.peek(length)
  if (bytes.length < length) return false
  boundNames(state, nameLength, extraLength)
  const name = bytes.subarray(localHeaderSize, localHeaderSize + nameLength)
  const header = parseLocal(bytes, name, bytes.subarray(localHeaderSize + nameLength))
  await queue.take(length)
  const path = decodeName(header.name)
  const found = (code: Finding['code'], summary: string, evidence: Finding['evidence'] = {}) =>
    events.found({ code, path, summary, evidence, offset })
  const dataOffset = queue.position()
  const data = await readZipData(queue, header, events.unpacked)
  if (data === undefined) {
    found('zip-unsized', 'Nothing says where the data of the entry ends.', { method: header.method })
    state.complete = false
    return true
  }
  if (data.damage !== undefined) {
    found('zip-damaged', `The entry is damaged: ${data.damage}.`)
    state.complete = false
  } else if ((header.flags & flagBits.descriptor) !== 0) {
    const other = await takeDescriptor(queue, data)
    if (other) {
      found('zip-descriptor', 'No descriptor with the size and the sum of the entry stands behind it.', other)
      state.complete = false
    }
  }
  state.locals.push({ offset, dataOffset, header, data })
  return true
}

/** Hostile archives can have millions of headers; each of them is held until the end is read. */
function boundNames(state: State, nameLength: number, otherLength: number): void {
  const { limits, locals, directory } = state
  state.namesLength += nameLength + otherLength
  if (locals.length + directory.headers.length >= 2 * limits.entries || locals.length >= limits.entries) {
    throw limitExceeded(`more than ${limits.entries} entries`, limits.entries)
  }
  if (nameLength > limits.nameLength) {
    throw limitExceeded(`a name of more than ${limits.nameLength} bytes`, limits.nameLength)
  }
  if (state.namesLength > 2 * limits.namesLength) throw limitExceeded('too many long names', limits.namesLength)
}

async function readCentral(state: State): Promise<boolean> {
  const { queue, directory } = state
  const fixed = await queue.peek(centralHeaderSize)
  if (fixed.length < centralHeaderSize) return false
  const [name, extra, comment] = [fixed.readUInt16LE(28), fixed.readUInt16LE(30), fixed.readUInt16LE(32)]
  const length = centralHeaderSize + name + extra + comment
  const bytes = await queue.peek(length)
  if (bytes.length < length) return false
  boundNames(state, name, extra + comment)
  directory.start ??= queue.position()
  const part = (start: number, size: number) =>
    bytes.subarray(centralHeaderSize + start, centralHeaderSize + start + size)
  const header: CentralHeader = parseCentral(
    bytes,
    part(0, name),
    part(name, extra),
    Buffer.from(part(name + extra, comment)),
  )
  await queue.take(length)
  directory.headers.push(header)
  directory.position = queue.position()
  return true
}

async function readEnd64(state: State): Promise<boolean> {
  const { queue, directory } = state
  const fixed = await queue.peek(56)
  if (fixed.length < 56) return false
  // "The value stored into the size of zip64 end of central directory record SHOULD be the size of the remaining record".
  const size = Number(fixed.readBigUInt64LE(4)) + 12
  if (size < 56 || size > 64 * 1024) return false
  const bytes = await queue.peek(size)
  if (bytes.length < size) return false
  if (size > 56) {
    report(state, 'zip-end', `The 64-bit end record carries ${size - 56} more bytes.`, shownBytes(bytes.subarray(56)))
  }
  directory.ends.push(parseEnd64(bytes))
  directory.end64 = queue.position()
  await queue.take(size)
  return true
}

async function readLocator64(state: State): Promise<boolean> {
  const { queue, directory } = state
  const bytes = await queue.peek(20)
  if (bytes.length < 20) return false
  directory.locator = { disk: bytes.readUInt32LE(4), offset: Number(bytes.readBigUInt64LE(8)) }
  await queue.take(20)
  return true
}

async function readEnd(state: State): Promise<boolean> {
  const { queue, directory } = state
  const fixed = await queue.peek(22)
  if (fixed.length < 22) return false
  const bytes = await queue.peek(22 + fixed.readUInt16LE(20))
  if (bytes.length < 22 + fixed.readUInt16LE(20)) return false
  directory.start ??= queue.position()
  if (directory.headers.length === 0) directory.position = queue.position()
  directory.ends.push(parseEnd(bytes))
  directory.comment = Buffer.from(bytes.subarray(22))
  await queue.take(bytes.length)
  state.ended.push(directory)
  state.directory = { headers: [], start: undefined, ends: [], comment: Buffer.alloc(0), position: 0 }
  return true
}

const beforeAll = 'before the first entry'

async function takePrefix(state: State, size: number): Promise<void> {
  const { queue, stray } = state
  const region = stray.region(beforeAll)
  while (queue.position() < size) {
    const chunk = await queue.take(Math.min(size - queue.position(), 64 * 1024))
    if (chunk.length === 0) break
    region.add(chunk)
  }
  const evidence = region.end()
  const summary = `${evidence.size} bytes stand before the archive; whatever runs or shows them does not see a zip file.`
  state.events.found({ code: 'zip-prefix', path: '', summary, evidence, offset: 0 })
}

const beginnings = Object.values(signatures).filter((one) => one !== signatures.descriptor && one !== signatures.split)

/** Takes what is nothing known, up to where something could begin that is. */
async function takeGap(state: State): Promise<void> {
  const { queue, locals, ended, stray } = state
  const offset = queue.position()
  const place = `after ${locals.length} entries and ${ended.length} ends`
  const region = stray.region(offset === 0 ? beforeAll : place)
  region.add(await queue.take(1))
  for (;;) {
    const window = await queue.peek(64 * 1024)
    const at = indexOfBeginning(window)
    const last = window.length < 64 * 1024
    region.add(await queue.take(at >= 0 ? at : last ? window.length : window.length - 3))
    if (at >= 0 || last) break
  }
  const evidence = region.end()
  const code = ended.length > 0 ? 'zip-trailing-bytes' : offset === 0 ? 'zip-prefix' : 'zip-gap'
  const places = {
    'zip-trailing-bytes': 'follow the end of the archive',
    'zip-prefix': 'stand before the archive; whatever runs or shows them does not see a zip file',
    'zip-gap': 'between the entries belong to none',
  }
  state.events.found({ code, path: '', summary: `${evidence.size} bytes ${places[code]}.`, evidence, offset })
}

function indexOfBeginning(window: Buffer): number {
  for (let at = window.indexOf('PK'); at >= 0 && at + 4 <= window.length; at = window.indexOf('PK', at + 1)) {
    if (beginnings.includes(window.readUInt32LE(at))) return at
  }
  return -1
}
