import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs'
import { join } from 'node:path'

export type LayerOptions = {
  rootFolder: string
  /** Of every entry. */
  time: Date
  signal: AbortSignal
}

type Entry = { path: string; type: '0' | '1' | '2' | '5'; mode: number; size: number; target: string }

const chunkSize = 1024 * 1024

/**
 * A root folder as an uncompressed tar archive, a pure function of its paths, bytes, links and executable bits: entries
 * sorted by their path's UTF-16 units, owner 0:0, one time. Written here, byte by byte, so that no version of a library
 * decides an image's digest; POSIX.1-2017 pax, ustar wherever that can say it.
 */
export async function* layerOf({ rootFolder, time, signal }: LayerOptions): AsyncGenerator<Uint8Array> {
  const seconds = Math.floor(time.getTime() / 1000)
  const chunk = Buffer.alloc(chunkSize)
  for (const entry of entriesOf(rootFolder)) {
    signal.throwIfAborted()
    yield headersOf(entry, seconds)
    if (entry.type !== '0') continue
    const descriptor = openSync(join(rootFolder, entry.path), 'r')
    try {
      for (let left = entry.size; left > 0; ) {
        const count = readSync(descriptor, chunk, 0, Math.min(chunkSize, left), null)
        if (count === 0) throw new Error(`${entry.path} became shorter while it was read`)
        yield Uint8Array.prototype.slice.call(chunk, 0, count)
        left -= count
      }
    } finally {
      closeSync(descriptor)
    }
    yield Buffer.alloc(padding(entry.size))
  }
  yield Buffer.alloc(1024)
}

function entriesOf(rootFolder: string): Entry[] {
  const entries: Entry[] = []
  const firstOf = new Map<number, string>()
  for (const path of pathsOf(rootFolder)) {
    const stat = lstatSync(join(rootFolder, path))
    const common = { path, size: 0, target: '' }
    if (stat.isDirectory()) entries.push({ ...common, path: `${path}/`, type: '5', mode: stat.mode & 0o1777 })
    else if (stat.isSymbolicLink()) {
      entries.push({ ...common, type: '2', mode: 0o777, target: readlinkSync(join(rootFolder, path)) })
    } else if (!stat.isFile()) throw new Error(`${path} is neither a file, a folder nor a link`)
    else {
      const mode = stat.mode & 0o777
      const first = stat.nlink > 1 ? firstOf.get(stat.ino) : undefined
      if (first !== undefined) entries.push({ ...common, type: '1', mode, target: first })
      else entries.push({ ...common, type: '0', mode, size: stat.size })
      if (stat.nlink > 1 && first === undefined) firstOf.set(stat.ino, path)
    }
  }
  return entries
}

function pathsOf(rootFolder: string): string[] {
  const paths: string[] = []
  const pending = ['']
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(rootFolder, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      paths.push(path)
      if (entry.isDirectory()) pending.push(path)
    }
  }
  return paths.sort()
}

function headersOf(entry: Entry, seconds: number): Uint8Array {
  const records: [string, string][] = []
  if (!fits(entry.path)) records.push(['path', entry.path])
  if (!fits(entry.target)) records.push(['linkpath', entry.target])
  const header = ustar(entry, seconds)
  if (records.length === 0) return header
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)))
  const extension = ustar({ path: 'pax', type: 'x', mode: 0o644, size: body.length, target: '' }, seconds)
  return Buffer.concat([extension, body, Buffer.alloc(padding(body.length)), header])
}

function fits(text: string): boolean {
  return text.length <= 100 && /^[\x20-\x7e]*$/.test(text)
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + 1
  while (String(length).length + rest !== length) length++
  return Buffer.from(`${length} ${key}=${value}\n`)
}

type Header = Omit<Entry, 'type'> & { type: Entry['type'] | 'x' }

function ustar({ path, type, mode, size, target }: Header, seconds: number): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0')
  const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, '_').slice(0, 100)
  header.write(ascii(path), 0, 'latin1')
  header.write(octal(mode, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size, 11), 124)
  header.write(octal(seconds, 11), 136)
  header.write('        ', 148)
  header.write(type, 156)
  header.write(ascii(target), 157, 'latin1')
  header.write('ustar\x0000', 257)
  header.write(octal(0, 7), 329)
  header.write(octal(0, 7), 337)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}

function padding(size: number): number {
  return (512 - (size % 512)) % 512
}
