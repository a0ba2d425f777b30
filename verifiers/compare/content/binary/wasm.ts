import { type BinaryPart, type BinaryStructure, mostParts, printable } from './parts.ts'

/** https://webassembly.github.io/spec/core/binary/modules.html#sections */
const sectionNames = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
]
const kinds = ['function', 'table', 'memory', 'global', 'tag']
const mostNames = 1000

export function readWasm(bytes: Buffer): BinaryStructure | undefined {
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== 0x0061736d) return undefined
  const parts: BinaryPart[] = [{ name: 'header', start: 0, end: 8 }]
  const facts: BinaryStructure['facts'] = { version: bytes.readUInt32LE(4) }
  let at = 8
  while (at < bytes.length && parts.length < mostParts) {
    const size = readNumber(bytes, at + 1)
    const end = size === undefined ? undefined : size.next + size.value
    if (size === undefined || end === undefined || end > bytes.length) return damaged(parts, facts, at, bytes)
    const id = bytes[at] ?? 0
    const content = bytes.subarray(size.next, end)
    const name = id === 0 ? `custom ${readText(content, 0)?.text ?? ''}` : (sectionNames[id] ?? `section ${id}`)
    parts.push({ name, start: at, end })
    if (id === 2) facts.imports = importsIn(content)
    if (id === 7) facts.exports = exportsIn(content)
    at = end
  }
  return at < bytes.length ? damaged(parts, facts, at, bytes) : { format: 'WebAssembly', parts, facts }
}

function damaged(parts: BinaryPart[], facts: BinaryStructure['facts'], at: number, bytes: Buffer): BinaryStructure {
  const rest = { name: 'bytes that are no section', start: at, end: bytes.length }
  return { format: 'WebAssembly', parts: [...parts, rest], facts, problem: `no section at byte ${at}` }
}

/** LEB128, of at most 32 bits. */
function readNumber(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: at + index + 1 }
  }
  return undefined
}

function readText(bytes: Buffer, at: number): { text: string; next: number } | undefined {
  const length = readNumber(bytes, at)
  if (length === undefined || length.next + length.value > bytes.length) return undefined
  const next = length.next + length.value
  return { text: printable(bytes.subarray(length.next, next)), next }
}

function importsIn(content: Buffer): string[] {
  const count = readNumber(content, 0)
  const names: string[] = []
  let at = count?.next ?? 0
  for (let index = 0; index < Math.min(count?.value ?? 0, mostNames); index++) {
    const module = readText(content, at)
    const name = module && readText(content, module.next)
    if (module === undefined || name === undefined) break
    const kind = content[name.next] ?? -1
    names.push(`${kinds[kind] ?? kind} ${module.text}.${name.text}`)
    const next = behindImport(content, name.next + 1, kind)
    if (next === undefined) break
    at = next
  }
  return names
}

/** Where the description of an import ends: an index, or limits and types. */
function behindImport(content: Buffer, at: number, kind: number): number | undefined {
  if (kind === 0) return readNumber(content, at)?.next
  if (kind === 3) return at + 2
  if (kind === 4) return readNumber(content, at + 1)?.next
  const limits = kind === 1 ? at + 1 : at
  const least = readNumber(content, limits + 1)
  if (least === undefined || content[limits] === undefined) return undefined
  return ((content[limits] ?? 0) & 1) === 0 ? least.next : readNumber(content, least.next)?.next
}

function exportsIn(content: Buffer): string[] {
  const count = readNumber(content, 0)
  const names: string[] = []
  let at = count?.next ?? 0
  for (let index = 0; index < Math.min(count?.value ?? 0, mostNames); index++) {
    const name = readText(content, at)
    const target = name && readNumber(content, name.next + 1)
    if (name === undefined || target === undefined) break
    names.push(`${kinds[content[name.next] ?? -1] ?? 'unknown'} ${name.text}`)
    at = target.next
  }
  return names
}
