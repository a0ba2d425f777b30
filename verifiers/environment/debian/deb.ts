import { Parser, type ReadEntry } from 'tar'
import { Problem } from '../../model/problem.ts'
import { type Compression, decompressed } from '../../source/decompress.ts'

export type DebEntry = {
  /** As it stands in the archive: `./usr/bin/env`. */
  path: string
  type: 'file' | 'folder' | 'symlink' | 'hardlink'
  executable: boolean
  /** Of a link. */
  target: string
}

/** Takes the bytes of a file as they come. */
export type FileSink = { write(bytes: Uint8Array): void; close(): void }

/** What one member may have once it is decompressed, in bytes: several times the largest of the distribution. */
const maximumMember = 1024 ** 3

/**
 * Reads a Debian package, deb(5): gives the control file, and each entry of the data archive in turn to `onEntry`, which
 * returns where the bytes of a file are to go.
 *
 * @throws {Problem} ARCHIVE_INVALID, also for devices; ARCHIVE_FORMAT_UNSUPPORTED, ARCHIVE_LIMIT_EXCEEDED
 */
export async function readDeb(
  bytes: Uint8Array,
  { what, onEntry }: { what: string; onEntry(entry: DebEntry): FileSink | undefined },
): Promise<string> {
  const members = readAr(bytes, what)
  const version = members.get('debian-binary')
  if (!version || !/^2\.\d+\n/.test(Buffer.from(version).toString('latin1'))) {
    throw new Problem('ARCHIVE_FORMAT_UNSUPPORTED', `${what} is not a Debian package of format 2.`)
  }
  const control: Uint8Array[] = []
  await readTar(memberOf(members, 'control.tar', what), what, ({ path }) =>
    /^(?:\.\/)?control$/.test(path) ? { write: (chunk) => void control.push(chunk), close() {} } : undefined,
  )
  if (control.length === 0) throw new Problem('ARCHIVE_INVALID', `${what} has no control file.`)
  await readTar(memberOf(members, 'data.tar', what), what, onEntry)
  return Buffer.concat(control).toString('utf8')
}

/** The members of an ar archive in its common format, ar(5); the names of Debian's packages never need an extension. */
function readAr(bytes: Uint8Array, what: string): Map<string, Uint8Array> {
  const invalid = (why: string) => new Problem('ARCHIVE_INVALID', `${what} is not a valid ar archive: ${why}.`)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (text.toString('latin1', 0, 8) !== '!<arch>\n') throw invalid('it does not begin as one')
  const members = new Map<string, Uint8Array>()
  let position = 8
  while (position < text.length) {
    const header = text.toString('latin1', position, position + 60)
    const match = /^([^ /]{1,15})\/? +[0-9 ]{12}[0-9 ]{6}[0-9 ]{6}[0-7 ]{8}([0-9]{1,10}) *`\n$/.exec(header)
    const [, name, digits] = match ?? []
    if (!name || !digits) throw invalid(`there is no member header at ${position}`)
    const start = position + 60
    const end = start + Number(digits)
    if (end > text.length) throw invalid(`${name} goes past the end`)
    if (members.has(name)) throw invalid(`${name} is there twice`)
    members.set(name, bytes.subarray(start, end))
    position = end + (end % 2)
  }
  return members
}

const compressions = new Map<string, Compression>([
  ['', 'none'],
  ['.xz', 'xz'],
  ['.zst', 'zstd'],
  ['.gz', 'gzip'],
])

function memberOf(members: Map<string, Uint8Array>, name: string, what: string): AsyncIterable<Uint8Array> {
  const found = [...members].find(([key]) => key === name || key.startsWith(`${name}.`))
  if (!found) throw new Problem('ARCHIVE_INVALID', `${what} has no ${name}.`)
  const [file, bytes] = found
  const compression = compressions.get(file.slice(name.length))
  if (!compression) throw new Problem('ARCHIVE_FORMAT_UNSUPPORTED', `${what} has ${file}, which cannot be read.`)
  return decompressed(pieces(bytes), { compression, limit: maximumMember, what })
}

/** Small enough that other work gets its turn in between, in bytes. */
const pieceSize = 256 * 1024

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceSize) yield bytes.subarray(start, start + pieceSize)
}

async function readTar(
  source: AsyncIterable<Uint8Array>,
  what: string,
  onEntry: (entry: DebEntry) => FileSink | undefined,
): Promise<void> {
  let failure: unknown
  let unfinished: FileSink | undefined
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      const sink = failure ? undefined : open(entry)
      unfinished = sink
      entry.on('data', (chunk: Buffer) => sink?.write(chunk))
      entry.on('end', () => {
        unfinished = undefined
        sink?.close()
      })
    },
  })
  function open(entry: ReadEntry): FileSink | undefined {
    const type = types[entry.type]
    if (!type) throw new Problem('ARCHIVE_INVALID', `${what} holds ${entry.path} of type ${entry.type}.`)
    const executable = ((entry.mode ?? 0) & 0o111) !== 0
    return onEntry({ path: entry.path, type, executable, target: entry.linkpath ?? '' })
  }
  parser.on('error', (error: unknown) => {
    failure ??= error
  })
  const check = () => {
    if (failure === undefined) return
    if (failure instanceof Problem) throw failure
    throw new Problem('ARCHIVE_INVALID', `${what} is not a valid tar archive.`, { cause: failure })
  }
  // Entries are consumed as they come, so that a write never has to wait.
  try {
    for await (const chunk of source) {
      parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
      check()
    }
    parser.end()
    check()
  } finally {
    unfinished?.close()
  }
}

const types: Partial<Record<ReadEntry['type'], DebEntry['type']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  SymbolicLink: 'symlink',
  Link: 'hardlink',
}
