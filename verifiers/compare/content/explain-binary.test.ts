import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { explainBinary } from './explain-binary.ts'

const explain = (published: Buffer, rebuilt: Buffer) =>
  explainBinary({ kind: 'executable', bytes: published }, { kind: 'executable', bytes: rebuilt })
const partsOf = (published: Buffer, rebuilt: Buffer) =>
  ((explain(published, rebuilt).evidence?.parts ?? []) as { name: string }[]).map(({ name }) => name)

/** A 64-bit ELF file of these sections, its names in the last one. */
function elf(sections: Record<string, string>, machine = 62): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab']
  const contents = [...Object.values(sections).map((text) => Buffer.from(text)), Buffer.from(`${names.join('\0')}\0`)]
  const header = Buffer.alloc(64)
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  header.writeUInt16LE(machine, 18)
  const table = Buffer.alloc(64 * names.length)
  let offset = 64
  let nameAt = 0
  contents.forEach((content, index) => {
    nameAt += (names[index]?.length ?? 0) + 1
    const at = 64 * (index + 1)
    table.writeUInt32LE(nameAt, at)
    table.writeUInt32LE(1, at + 4)
    table.writeBigUInt64LE(BigInt(offset), at + 24)
    table.writeBigUInt64LE(BigInt(content.length), at + 32)
    offset += content.length
  })
  header.writeBigUInt64LE(BigInt(offset), 40)
  header.writeUInt16LE(64, 58)
  header.writeUInt16LE(names.length, 60)
  header.writeUInt16LE(names.length - 1, 62)
  return Buffer.concat([header, ...contents, table])
}

const sections = { '.text': 'code of it', '.rodata': 'texts of it', '.note.gnu.build-id': '0123456789' }

test('ELF: the sections that differ are named, and new texts with their offsets', () => {
  const [published, rebuilt] = [elf({ ...sections, '.rodata': 'evil texts!' }), elf(sections)]
  const { cause, severity, summary, evidence } = explain(published, rebuilt)
  expect({ cause, severity }).toEqual({ cause: 'machine-code', severity: 'suspicious' })
  expect(summary).toContain('.rodata')
  expect(evidence).toMatchObject({
    format: 'ELF',
    parts: [{ name: '.rodata', published: { offset: 74, size: 11 } }],
    strings: [{ text: expect.stringContaining('evil texts!') }],
    ranges: [{ offset: 74 }],
  })
})

test('ELF: another build id alone is not code, and one byte more beside it is', () => {
  const other = { ...sections, '.note.gnu.build-id': '9876543210' }
  expect(explain(elf(other), elf(sections))).toMatchObject({ cause: 'build-id', severity: 'unexplained' })
  const hidden = elf(other)
  hidden[20] = 1
  expect(explain(hidden, elf(sections)).severity).toBe('suspicious')
  expect(explain(elf({ ...other, '.text': 'code of us' }), elf(sections)).severity).toBe('suspicious')
})

test('ELF: another machine is named', () => {
  expect(explain(elf(sections, 183), elf(sections))).toMatchObject({
    cause: 'architecture',
    severity: 'suspicious',
    evidence: { facts: { machine: { published: 'aarch64', rebuilt: 'x86-64' } } },
  })
})

const number = (value: number) => (value < 128 ? [value] : [(value & 0x7f) | 0x80, value >> 7])
const text = (name: string) => [...number(name.length), ...Buffer.from(name)]
const section = (id: number, content: number[]) => [id, ...number(content.length), ...content]
const wasm = (...all: number[][]) => Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...all.flat()])

test('WebAssembly: sections, imports and exports that differ are named', () => {
  const imports = (...names: string[]) =>
    section(2, [names.length, ...names.flatMap((name) => [...text('env'), ...text(name), 0, 0])])
  const exported = section(7, [1, ...text('run'), 0, 1])
  const { summary, evidence } = explain(wasm(imports('log', 'exec'), exported), wasm(imports('log'), exported))
  expect(summary).toContain('import')
  expect(evidence?.facts).toEqual({
    imports: { published: ['function env.log', 'function env.exec'], rebuilt: ['function env.log'] },
  })
})

test('WebAssembly: what is no section is named', () => {
  expect(partsOf(wasm([0, 0xff, 0xff, 0xff, 0xff]), wasm())).toEqual(['bytes that are no section'])
})

function chunk(name: string, data: string): Buffer {
  const body = Buffer.concat([Buffer.from(name), Buffer.from(data)])
  const frame = Buffer.alloc(8 + body.length)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), 4 + body.length)
  return frame
}
const png = (...chunks: Buffer[]) =>
  Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks, chunk('IEND', '')])

test('PNG: chunks that differ are named, bytes behind the image too, and another time is only that', () => {
  const [header, data] = [chunk('IHDR', '0123456789abc'), chunk('IDAT', 'pixels')]
  expect(partsOf(png(header, chunk('IDAT', 'pixelz')), png(header, data))).toEqual(['IDAT'])
  expect(partsOf(Buffer.concat([png(header, data), Buffer.from('sh x')]), png(header, data))).toEqual([
    'bytes behind the image',
  ])
  const timed = (time: string) => png(header, chunk('tIME', time), data)
  expect(explain(timed('1234567'), timed('7654321'))).toMatchObject({
    cause: 'image-metadata',
    severity: 'unexplained',
  })
  const wrong = timed('1234567')
  wrong[8 + 25 + 8] = 0
  expect(explain(wrong, timed('7654321')).severity).toBe('suspicious')
})

test('JPEG and GIF: their parts are named', () => {
  const jpeg = (comment: string, scan: string) =>
    Buffer.from([
      0xff,
      0xd8,
      0xff,
      0xfe,
      0,
      comment.length + 2,
      ...Buffer.from(comment),
      0xff,
      0xda,
      0,
      2,
      ...Buffer.from(scan),
      0xff,
      0xd9,
    ])
  expect(partsOf(jpeg('hello', 'ab'), jpeg('hullo', 'ab'))).toEqual(['COM'])
  expect(partsOf(jpeg('hello', 'ab'), jpeg('hello', 'ac'))).toEqual(['scan'])
  const gif = (image: string) =>
    Buffer.concat([
      Buffer.from('GIF89a'),
      Buffer.from([1, 0, 1, 0, 0, 0, 0]),
      Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, image.length]),
      Buffer.from(image),
      Buffer.from([0, 0x3b]),
    ])
  expect(partsOf(gif('ab'), gif('ac'))).toEqual(['image'])
})

test.each([
  ['an ELF header and nothing else', Buffer.from('7f454c46020101', 'hex')],
  [
    'an ELF file whose sections are elsewhere',
    (() => {
      const file = elf(sections)
      file.writeBigUInt64LE(2n ** 62n, 40)
      return file
    })(),
  ],
  [
    'an ELF file with a section beyond its end',
    (() => {
      const file = elf(sections)
      file.fill(0xff, file.length - 100)
      return file
    })(),
  ],
  ['a WebAssembly file that ends in a number', wasm([1, 0x80])],
  ['a WebAssembly file that says it has a million imports', wasm(section(2, [0xff, 0xff, 0x3f, 1]))],
  ['a PNG chunk longer than the file', Buffer.from('89504e470d0a1a0affffffff49484452', 'hex')],
  ['a JPEG segment of no length', Buffer.from('ffd8ffe00000', 'hex')],
  [
    'a GIF of endless blocks',
    Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(7), Buffer.from([0x21, 0xff]), Buffer.alloc(2000, 1)]),
  ],
  ['nothing', Buffer.alloc(0)],
])('hostile binaries are explained, too, and stay suspicious: %s', (_, bytes) => {
  const other = Buffer.concat([bytes, Buffer.from([1])])
  for (const [a, b] of [
    [bytes, other],
    [other, bytes],
  ] as const)
    expect(explain(a, b).severity).toBe('suspicious')
})
