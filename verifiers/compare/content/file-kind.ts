import { type Around, isNamedDocument, isReadByPrograms } from './document-place.ts'

/** How a file's content is looked at. What is not known by its name is known by its bytes. */
type FileKind =
  /** Runs in Node or a browser. */
  | 'javascript'
  /** Only the compiler reads it. */
  | 'types'
  | 'manifest'
  | 'json'
  | 'source-map'
  /** Runs, or is compiled or shown with its scripts, in some other language; or data and settings that programs read. */
  | 'program'
  | 'style'
  /** A document for people. */
  | 'text'
  /** A page of a manual in roff, which has requests to what shows it among its words. */
  | 'manual'
  /** Machine code: ELF, Mach-O, PE, WebAssembly. */
  | 'executable'
  | 'binary'

export type FileContent =
  | { kind: 'executable' | 'binary' }
  | { kind: Exclude<FileKind, 'executable' | 'binary'>; text: string }

const byExtension: Record<string, Exclude<FileKind, 'executable' | 'binary'>> = {
  js: 'javascript',
  cjs: 'javascript',
  mjs: 'javascript',
  jsx: 'javascript',
  ts: 'javascript',
  cts: 'javascript',
  mts: 'javascript',
  tsx: 'javascript',
  json: 'json',
  json5: 'json',
  jsonc: 'json',
  map: 'source-map',
  css: 'style',
  md: 'text',
  markdown: 'text',
  rst: 'text',
  adoc: 'text',
  flow: 'types',
}

const manual = /(?:^|\/)man\d?\/[^/]{1,200}\.[1-9]$/
const sayNothing = new Set(['', 'txt', 'text'])

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param around the archive that it stands in, which says whether a name is that of a document */
export function readContent(path: string, bytes: Buffer, around: Around = {}): FileContent {
  if (isMachineCode(bytes)) return { kind: 'executable' }
  if (bytes.includes(0)) return { kind: 'binary' }
  try {
    return { kind: kindByName(path, bytes, around), text: decoder.decode(bytes) }
  } catch {
    return { kind: 'binary' }
  }
}

function kindByName(path: string, bytes: Buffer, around: Around): Exclude<FileKind, 'executable' | 'binary'> {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  if (name === 'package.json') return 'manifest'
  if (/\.d\.[cm]?ts$/.test(name)) return 'types'
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : ''
  const known = byExtension[extension]
  const firstLine = bytes.toString('latin1', 0, 128).split('\n', 1)[0] ?? ''
  if (known === 'text' && isReadByPrograms(path, around)) return 'program'
  if (known !== undefined && !(known === 'text' && firstLine.startsWith('#!'))) return known
  if (firstLine.startsWith('#!')) return /\b(?:node|deno|bun)\b/.test(firstLine) ? 'javascript' : 'program'
  if (manual.test(path) && /^\.(?:TH|\\")[ \t]/.test(firstLine)) return 'manual'
  // What is not known to be for people only may be read by a program.
  return sayNothing.has(extension) && isNamedDocument(path, around) ? 'text' : 'program'
}

function isMachineCode(bytes: Buffer): boolean {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  return (
    magic === 0x7f454c46 ||
    magic === 0x0061736d ||
    [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(magic) ||
    (bytes[0] === 0x4d && bytes[1] === 0x5a && bytes.includes(0))
  )
}
