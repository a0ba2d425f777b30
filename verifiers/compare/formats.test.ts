import { crc32, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bzip2 } from '../../fixtures/archives/bzip2.ts'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestData, honestDeb, honestGem, honestGemData, packXz } from '../../fixtures/archives/packages.ts'
import { buildTar, gzip, honestEntries } from '../../fixtures/archives/tar-builder.ts'
import { buildZip, extra, honestZip, record, type ZipEntry } from '../../fixtures/archives/zip-builder.ts'

const tar = buildTar(honestEntries)
const compressions = { gzip: gzip(tar), xz: packXz(tar), zstd: zstdCompressSync(tar), bzip2: bzip2(tar), none: tar }

test.each(Object.entries(compressions))(
  'the same tar in another compression is stream-identical: %s',
  async (name, published) => {
    for (const [other, rebuilt] of Object.entries(compressions)) {
      if (name === other) continue
      const { verdict, differences } = await compareBytes(published, rebuilt, { fileName: '' })
      expect(verdict).toBe('stream-identical')
      expect(new Set(differences.map(({ severity }) => severity))).toEqual(new Set(['benign']))
    }
  },
)

const times = extra(0x5455, Buffer.concat([Buffer.from([1]), record('', [[4, 1_700_000_000]])]))
const owners = extra(0x7875, Buffer.from([1, 4, 1, 0, 0, 0, 4, 2, 0, 0, 0]))

test.each<[string, Buffer, string]>([
  ['order', honestZip((entries) => entries.reverse()), 'order'],
  ['times', honestZip((entries) => entries.map((entry) => ({ ...entry, time: 0x58a26000 }))), 'times'],
  ['times in extra fields', honestZip((entries) => entries.map((entry) => ({ ...entry, extra: times }))), 'times'],
  ['owners in extra fields', honestZip((entries) => entries.map((entry) => ({ ...entry, extra: owners }))), 'owners'],
  ['compression', honestZip((entries) => entries.map((entry) => ({ ...entry, pack: 0 }))), 'entry-compression'],
  ['effort', honestZip((entries) => entries.map((entry) => ({ ...entry, level: 0 }))), 'entry-compression'],
  ['descriptors', honestZip((entries) => entries.map((entry) => ({ ...entry, descriptor: true }))), 'entry-headers'],
  ['the comment', honestZip((entries) => entries, { comment: 'made by hand' }), 'archive-comment'],
  [
    'comments of entries',
    honestZip((entries) => entries.map((entry) => ({ ...entry, comment: 'x' }))),
    'entry-comments',
  ],
  [
    'write permissions',
    honestZip((entries) => entries.map((entry) => ({ ...entry, mode: (entry.mode ?? 0o100644) | 0o022 }))),
    'permissions',
  ],
  [
    'folders named',
    honestZip((entries) => [{ path: 'honest/', pack: 0, mode: 0o040755 }, ...entries]),
    'folder-entries',
  ],
  ['64-bit ends', honestZip((entries) => entries, { zip64: {} }), 'encoding'],
])('only what a zip archive notes about its entries differs: %s', async (_, rebuilt, cause) => {
  const { verdict, differences } = await compareBytes(honestZip(), rebuilt, { fileName: 'a.zip' })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
  expect(differences).toContainEqual(expect.objectContaining({ cause }))
})

const linked = (target: string, edit: Partial<ZipEntry> = {}) =>
  honestZip((all) => [...all, { path: 'honest/link.js', data: target, mode: 0o120777, pack: 0, ...edit }])

test.each<[string, Buffer, Buffer, string]>([
  ['mode of a link', linked('run.sh', { mode: 0o120644 }), linked('run.sh'), 'permissions'],
  ['compression of a link', linked('run.sh', { pack: 8 }), linked('run.sh'), 'entry-compression'],
  ['version that is needed', needing(10), needing(46), 'entry-headers'],
  ['version in the directory', needing(20, { central: { needed: 45 } }), needing(20), 'entry-headers'],
  ['bit for files that are not to be written', ofDos(0x01), ofDos(0x20), 'entry-headers'],
])('what no program heeds in an entry of a zip archive is benign: another %s', async (_, published, rebuilt, cause) => {
  const { verdict, differences } = await compareBytes(published, rebuilt, { fileName: 'a.zip' })
  expect({ verdict, differences }).toMatchObject({
    verdict: 'content-identical',
    differences: [{ cause, severity: 'benign' }],
  })
})

function needing(needed: number, edit: Partial<ZipEntry> = {}): Buffer {
  return honestZip((all) => all.map((entry) => ({ ...entry, needed, ...edit })))
}

function ofDos(external: number): Buffer {
  return honestZip((all) => all.map((entry) => ({ ...entry, system: 0, external })))
}

test('a link that leads out of a zip archive is found on both sides, too', async () => {
  for (const target of ['/etc/passwd', '../../x.js']) {
    const { verdict, differences } = await compareBytes(linked(target), linked(target, { time: 0x58a26000 }))
    expect(verdict).toBe('content-identical')
    expect(differences[0]).toMatchObject({ cause: 'escaping-link', severity: 'suspicious', evidence: { side: 'both' } })
  }
})

test('pip takes no executable bit from a mode that does not say that it is one of a file', async () => {
  const plain = honestZip((all) => all.map((entry) => (entry.mode ? { ...entry, mode: 0o000755 } : entry)))
  const { verdict, differences } = await compareBytes(plain, honestZip(), { fileName: 'a.whl' })
  expect({ verdict, differences }).toMatchObject({
    verdict: 'different',
    differences: [{ cause: 'mode', severity: 'unexplained', path: 'honest/run.sh' }],
  })
  const unsaid = honestZip((all) => all.map((entry) => (entry.mode ? entry : { ...entry, mode: 0o000644 })))
  expect((await compareBytes(unsaid, honestZip(), { fileName: 'a.whl' })).verdict).toBe('content-identical')
})

test('an archive behind a script is the same archive behind the same script', async () => {
  const prefix = '#!/usr/bin/env python3\n'
  const published = honestZip((entries) => entries, { prefix })
  const rebuilt = honestZip((entries) => entries.map((entry) => ({ ...entry, time: 0x58a26000 })), {
    prefix,
    adjusted: true,
  })
  const { verdict } = await compareBytes(published, rebuilt, { fileName: 'a.pyz' })
  expect(verdict).toBe('content-identical')
})

test('a stored entry whose size stands behind it is read to its end', async () => {
  const data = Buffer.concat([Buffer.from('PK\x07\x08'), Buffer.alloc(300_000, 'x'), Buffer.from('PK\x07\x08PK')])
  const pack = (edit: Partial<ZipEntry>) =>
    buildZip([
      { path: 'a', data, ...edit },
      { path: 'b', data: 'b' },
    ])
  const { verdict, differences } = await compareBytes(pack({ pack: 0, descriptor: true }), pack({}), {
    fileName: 'a.zip',
  })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toMatchObject({
    verdict: 'content-identical',
    harm: [],
  })
})

test('large entries of a zip archive are streamed, and the first difference in them is found', async () => {
  const data = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => (index * index) >> 7))
  const changed = Buffer.from(data)
  changed[4_765_432] = (changed[4_765_432] ?? 0) ^ 1
  const pack = (content: Buffer, edit: Partial<ZipEntry> = {}) =>
    buildZip([{ path: 'a', data: content, level: 1, ...edit }])
  expect((await compareBytes(pack(data), pack(data, { descriptor: true }))).verdict).toBe('content-identical')
  const { verdict, differences } = await compareBytes(pack(data), pack(changed), { fileName: 'a.zip' })
  expect(verdict).toBe('different')
  expect(differences).toContainEqual(
    expect.objectContaining({ path: 'a', evidence: expect.objectContaining({ offset: 4_765_432 }) }),
  )
})

test.each<[string, Buffer, Buffer]>([
  ['a Debian package with other compression', honestDeb(), honestDeb({ pack: (bytes) => gzip(bytes), suffix: '.gz' })],
  ['a Debian package without compression', honestDeb(), honestDeb({ pack: (bytes) => bytes, suffix: '' })],
  ['a Debian package with zstd', honestDeb(), honestDeb({ pack: (bytes) => zstdCompressSync(bytes), suffix: '.zst' })],
  [
    'a Debian package with other times',
    honestDeb(),
    honestDeb({ data: honestData.map((entry) => ({ ...entry, mtime: 1, uname: 'root' })) }),
  ],
  ['a Debian package with data in another order', honestDeb(), honestDeb({ data: [...honestData].reverse() })],
  [
    'times and owners of members',
    honestDeb(),
    honestDeb({ change: (all) => all.map((one) => ({ ...one, mtime: '1', owner: ['7', '7'] })) }),
  ],
])('what is packed in another way has the same content: %s', async (_, published, rebuilt) => {
  const { verdict, differences } = await compareBytes(published, rebuilt, { fileName: 'honest_1.0_all.deb' })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
})

test.each<[string, Buffer, string]>([
  ['times', honestGem({ data: honestGemData.map((entry) => ({ ...entry, mtime: 1 })) }), 'equivalent'],
  ['compression', honestGem({ level: 1 }), 'equivalent'],
  ['order', honestGem({ change: (parts) => parts.reverse() }), 'content-identical'],
])('a gem with other %s is the same, though its digests of its own parts differ', async (_, rebuilt, expected) => {
  const { verdict, differences } = await compareBytes(honestGem(), rebuilt, { fileName: 'honest-1.0.gem' })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: expected,
    harm: [],
  })
})

test('a Debian package may have a slash behind the names of its members, as ar of GNU writes them', async () => {
  const published = honestDeb({ change: (all) => all.map((one) => ({ ...one, name: `${one.name}/` })) })
  const { verdict, differences } = await compareBytes(published, honestDeb(), { fileName: 'honest_1.0_all.deb' })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
})

const named = (name: string) => gzip(Buffer.from('tool'), { flags: 8, fields: Buffer.from(`${name}\0`) })

test.each<[string, Buffer, string, string[]]>([
  ['its own name', named('tool'), 'stream-identical', ['benign']],
  ['another name', named('_bashrc.bat'), 'different', ['unexplained', 'benign']],
])('gunzip -N unpacks a file under the name in its header: %s', async (_, published, expected, severities) => {
  const { verdict, differences } = await compareBytes(published, gzip(Buffer.from('tool')), { fileName: 'tool.gz' })
  expect(verdict).toBe(expected)
  expect([...new Set(differences.map(({ severity }) => severity))]).toEqual(severities)
})

test('a layer in another order is the same where nothing that it takes away is on the way', async () => {
  const files = ['etc/a', 'etc/b/c', 'etc/d'].map((path) => ({ path, data: path }))
  const mark = { path: 'etc/b/.wh..wh..opq' }
  const published = buildTar([mark, ...files])
  const rebuilt = buildTar([
    { path: 'etc/', type: '5', mode: 0o755 },
    ...files.slice(0, 1),
    mark,
    ...files.slice(1).reverse(),
  ])
  const { differences } = await compareBytes(published, rebuilt, { fileName: 'layer.tar' })
  expect(differences).toContainEqual(expect.objectContaining({ cause: 'order', severity: 'benign' }))
})

test('archives in archives are compared by their contents, however deep', async () => {
  const pack = (time: number, level: number) => {
    const jar = honestZip((entries) => entries.map((entry) => ({ ...entry, time, level })))
    const inner = gzip(buildTar([{ path: 'lib/a.jar', data: jar, mtime: level }]), { level })
    return gzip(buildTar([...honestEntries, { path: 'package/b.tgz', data: inner }]))
  }
  const { verdict, differences } = await compareBytes(pack(0x58a16000, 9), pack(0x58a26000, 1))
  // A program could read the archive as it is: the bytes of the entry are others.
  expect(verdict).toBe('equivalent')
  expect(differences).toContainEqual(expect.objectContaining({ path: 'package/b.tgz!/lib/a.jar', cause: 'times' }))
})

test('archives are entered only to a depth, and what is deeper is compared by its bytes', async () => {
  const nest = (inner: Buffer, times: number): Buffer =>
    times === 0 ? inner : nest(buildTar([{ path: 'a.tar', data: inner }]), times - 1)
  const bomb = (mtime: number) => nest(buildTar([{ path: 'x', data: 'x', mtime }]), 12)
  const { verdict, differences } = await compareBytes(bomb(1), bomb(2), { fileName: 'a.tar' })
  expect(verdict).toBe('different')
  expect(differences.every(({ path }) => path.split('!/').length <= 7)).toBe(true)
})

test('nested archives that explode together are stopped, and the rest is compared', async () => {
  const bomb = (seed: string) => gzip(Buffer.concat([buildTar([{ path: 'x', data: seed }]), Buffer.alloc(1_000_000)]))
  const pack = (seed: string) =>
    buildTar([
      { path: 'a.tgz', data: bomb(seed) },
      { path: 'b.txt', data: seed },
    ])
  const { verdict, differences } = await compareBytes(pack('a'), pack('b'), {
    fileName: 'a.tar',
    limits: { nestedSize: 1_000_000 },
  })
  expect(verdict).toBe('different')
  expect(differences).toContainEqual(
    expect.objectContaining({ path: 'a.tgz', cause: 'limit-exceeded', severity: 'suspicious' }),
  )
  expect(differences).toContainEqual(expect.objectContaining({ path: 'b.txt' }))
})

test('two files that are no archives are compared as what they are', async () => {
  const { verdict, differences } = await compareBytes(Buffer.from('a = 1\n'), Buffer.from('a = 2\n'), {
    fileName: 'a.js',
  })
  expect(verdict).toBe('different')
  expect(differences).toMatchObject([{ path: 'a.js', kind: 'changed' }])
})

test('a name that promises another format is found', async () => {
  const { differences } = await compareBytes(honestZip(), honestZip(), { fileName: 'honest.tgz' })
  expect(differences).toContainEqual(expect.objectContaining({ cause: 'format-name' }))
})

test.each<[string, Buffer]>([
  ['zip', honestZip()],
  ['deb', honestDeb()],
  ['tar.xz', compressions.xz],
  ['tar.zst', compressions.zstd],
  ['tar.bz2', compressions.bzip2],
])('an archive that is cut off anywhere is different, and no fault: %s', async (suffix, honest) => {
  for (let length = 0; length < honest.length; length += Math.ceil(honest.length / 40)) {
    const { verdict } = await compareBytes(honest.subarray(0, length), honest, { fileName: `honest.${suffix}` })
    expect(verdict).toBe('different')
  }
})

test('the chunks in which bytes arrive change nothing', async () => {
  for (const chunk of [1, 511]) {
    for (const [published, rebuilt] of [
      [honestZip(), honestZip((entries) => entries.reverse())],
      [honestDeb(), honestDeb({ pack: (bytes) => gzip(bytes), suffix: '.gz' })],
      [compressions.zstd, buildTar([...honestEntries].reverse())],
      [compressions.bzip2, buildTar([...honestEntries].reverse())],
    ] as const) {
      expect((await compareBytes(published, rebuilt, { chunk, fileName: '' })).verdict).toBe('content-identical')
    }
  }
})

test.each<[string, Buffer]>([
  ['a zip bomb', buildZip([{ path: 'a', data: Buffer.alloc(300 * 1024 * 1024), level: 9 }])],
  ['an xz dictionary of 4 GiB', xzWithDictionary(40)],
  ['endless zstd frames', Buffer.concat(Array.from({ length: 1001 }, () => zstdCompressSync(Buffer.alloc(0))))],
])('what costs too much ends with a clear problem: %s', async (_, bomb) => {
  await expect(compareBytes(bomb, honestZip(), { fileName: '' })).rejects.toMatchObject({
    code: 'ARCHIVE_LIMIT_EXCEEDED',
  })
})

/** The header of the first block with another size of dictionary, and a true sum. */
function xzWithDictionary(bits: number): Buffer {
  const bytes = Buffer.from(compressions.xz)
  const size = ((bytes[12] ?? 0) + 1) * 4
  bytes[12 + 4] = bits
  bytes.writeUInt32LE(crc32(bytes.subarray(12, 12 + size - 4)), 12 + size - 4)
  return bytes
}
