import { describe, expect, test } from 'vitest'
import { compareBytes, inputFrom } from '../../fixtures/archives/compared.ts'
import {
  type BuiltEntry,
  buildTar,
  gzip,
  honestEntries,
  honestPackage,
  longName,
  pax,
} from '../../fixtures/archives/tar-builder.ts'
import fc from '../../fixtures/property.ts'
import { verdicts } from '../model/verdict.ts'
import { compareArtifacts } from './compare.ts'

const honest = honestPackage()
const tar = buildTar(honestEntries)

test('the same bytes are bit-identical', async () => {
  const { verdict, differences, entries } = await compareBytes(honest, honest)
  expect({ verdict, differences }).toEqual({ verdict: 'bit-identical', differences: [] })
  expect(entries).toEqual({ published: 5, rebuilt: 5, identical: 5 })
})

test.each([
  ['another level', gzip(tar, { level: 1 })],
  ['another header', gzip(tar, { os: 3, xfl: 0, mtime: 1_700_000_000 })],
  ['no compression at all', tar],
  ['a file name in the gzip header', gzip(tar, { flags: 8, fields: Buffer.from('honest-1.2.3.tar\0') })],
])('only the compression differs: %s', async (_, rebuilt) => {
  const { verdict, differences } = await compareBytes(honest, rebuilt)
  expect(verdict).toBe('stream-identical')
  expect(new Set(differences.map(({ severity }) => severity))).toEqual(new Set(['benign']))
})

test('a compressor that gives the published bytes is named', async () => {
  const { differences } = await compareBytes(gzip(tar, { level: 6, os: 3, xfl: 0 }), gzip(tar))
  expect(differences).toMatchObject([
    { cause: 'compression', evidence: { compressor: { level: 6 }, packer: 'npm 6, pnpm or yarn' } },
  ])
})

test.each([
  ['another system', { os: 0x42, xfl: 0 }],
  ['a time', { os: 3, xfl: 0, mtime: 1_700_000_000 }],
])('a header that no packer writes is no compressor’s: %s', async (_, header) => {
  const { verdict, differences } = await compareBytes(gzip(tar, { level: 6, ...header }), gzip(tar))
  expect(verdict).toBe('stream-identical')
  expect(differences[0]?.evidence).not.toHaveProperty('compressor')
})

test.each([
  ['order', (entries: BuiltEntry[]) => entries.reverse(), 'order'],
  ['times', (entries: BuiltEntry[]) => entries.map((entry) => ({ ...entry, mtime: 1 })), 'times'],
  ['owners', (entries: BuiltEntry[]) => entries.map((entry) => ({ ...entry, uid: 7, uname: 'me' })), 'owners'],
  [
    'write permissions',
    (entries: BuiltEntry[]) => entries.map((entry) => ({ ...entry, mode: (entry.mode ?? 0o644) | 0o022 })),
    'permissions',
  ],
  ['zero blocks at the end', (entries: BuiltEntry[]) => [...entries, Buffer.alloc(10_240)], 'end-padding'],
  [
    'folders named',
    (entries: BuiltEntry[]) => [{ path: 'package/', type: '5', mode: 0o755 }, ...entries],
    'folder-entries',
  ],
  [
    'times in PAX headers',
    (entries: BuiltEntry[]) => entries.flatMap((entry) => [pax({ mtime: '1.5' }), entry]),
    'times',
  ],
])('only what the archive notes about its entries differs: %s', async (_, change, cause) => {
  const { verdict, differences } = await compareBytes(honest, honestPackage(change))
  expect(verdict).toBe('content-identical')
  expect(differences).toContainEqual(expect.objectContaining({ cause, severity: 'benign' }))
  expect(differences.every(({ severity }) => severity === 'benign')).toBe(true)
})

const long = `package/${'a-folder-with-a-name/'.repeat(7)}file.js`
const longWays = {
  'ustar prefix': [{ path: long.slice(-28), prefix: long.slice(0, -29), data: 'x' }],
  'GNU long name': [longName(long), { path: long.slice(0, 100), data: 'x', dialect: 'gnu' }],
  'PAX path': [pax({ path: long }), { path: long.slice(0, 100), data: 'x' }],
} satisfies Record<string, BuiltEntry[]>

test.each(Object.entries(longWays))('a long name is the same name however it is written: %s', async (_, parts) => {
  const published = gzip(buildTar(longWays['PAX path']))
  const { verdict, differences } = await compareBytes(published, gzip(buildTar([...parts, Buffer.alloc(512)])))
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
})

test('missing, added and changed entries are listed with what they rest on', async () => {
  const rebuilt = honestPackage(([license, cli, index, ...rest]) => [
    { ...license, path: 'package/LICENCE' } as BuiltEntry,
    { ...cli, mode: 0o644 } as BuiltEntry,
    { ...index, data: 'exports.hello = (name) => `bye, ${name}`\n' } as BuiltEntry,
    ...rest,
  ])
  const { verdict, differences, entries } = await compareBytes(honest, rebuilt)
  expect(verdict).toBe('different')
  expect(entries).toEqual({ published: 5, rebuilt: 5, identical: 2 })
  expect(differences).toEqual([
    expect.objectContaining({
      path: 'package/LICENSE',
      kind: 'removed',
      cause: 'missing',
      severity: 'suspicious',
      evidence: expect.objectContaining({ sameContentAs: 'package/LICENCE' }),
    }),
    expect.objectContaining({ path: 'package/cli.js', kind: 'changed', cause: 'mode', severity: 'suspicious' }),
    expect.objectContaining({
      path: 'package/index.js',
      kind: 'changed',
      evidence: expect.objectContaining({ offset: 27, bytes: expect.anything() }),
    }),
    expect.objectContaining({ path: 'package/LICENCE', kind: 'added', cause: 'extra', severity: 'unexplained' }),
  ])
})

test('large entries are compared side by side and the first difference is found', async () => {
  const data = Buffer.alloc(9_000_000, 'abcdefghijklmnopq')
  const changed = Buffer.from(data)
  changed[8_765_432] = 0
  const pack = (content: Buffer) =>
    gzip(buildTar([...honestEntries, { path: 'package/big.bin', data: content }]), { level: 1 })
  const { verdict, differences } = await compareBytes(pack(data), pack(changed))
  expect(verdict).toBe('different')
  expect(differences).toMatchObject(
    [{ path: 'package/big.bin', evidence: { offset: 8_765_432 } }, { cause: 'compression' }].slice(0, 1),
  )
})

test('the chunks in which bytes arrive change nothing', async () => {
  const rebuilt = honestPackage((entries) => [...entries].reverse())
  for (const chunk of [1, 7, 511, 512, 513, 100_000]) {
    expect((await compareBytes(honest, rebuilt, { chunk })).verdict).toBe('content-identical')
  }
})

const shell = fc.record({ mtime: fc.nat(2 ** 31), uid: fc.nat(2 ** 20), uname: fc.stringMatching(/^[a-z]{0,16}$/) })
const honestArchives = fc.uniqueArray(
  fc.record({
    path: fc.stringMatching(/^package\/[a-z]{1,8}(?:\/[a-z]{1,8}){0,2}\.(?:js|md|json)$/),
    data: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    mode: fc.constantFrom(0o644, 0o755),
  }),
  { selector: ({ path }) => path.toLowerCase(), minLength: 1, maxLength: 12 },
)

test('an honest archive packed again in any order, with any times, owners and compression has the same content', async () => {
  await fc.assert(
    fc.asyncProperty(
      honestArchives,
      fc.array(shell, { minLength: 12, maxLength: 12 }),
      fc.nat(9),
      fc.nat(),
      async (entries, notes, level, turn) => {
        const others = entries.map((entry, index) => ({ ...entry, ...notes[index] }))
        const at = turn % others.length
        const rebuilt = gzip(buildTar([...others.slice(at), ...others.slice(0, at).reverse()]), {
          level,
          os: turn % 256,
        })
        const { verdict } = await compareBytes(gzip(buildTar(entries)), rebuilt)
        expect(verdicts.indexOf(verdict)).toBeLessThanOrEqual(verdicts.indexOf('content-identical'))
      },
    ),
    { numRuns: 150 },
  )
})

test('no byte of any content can change unseen', async () => {
  await fc.assert(
    fc.asyncProperty(honestArchives, fc.nat(), fc.integer({ min: 1, max: 255 }), async (entries, place, mask) => {
      const filled = entries.filter(({ data }) => data.length > 0)
      fc.pre(filled.length > 0)
      const victim = filled[place % filled.length]
      const changed = entries.map((entry) => {
        if (entry !== victim) return entry
        const data = Buffer.from(entry.data)
        const at = place % data.length
        data[at] = (data[at] ?? 0) ^ mask
        return { ...entry, data }
      })
      const { verdict, differences } = await compareBytes(gzip(buildTar(entries)), gzip(buildTar(changed)))
      expect(verdict).toBe('different')
      expect(differences.map(({ path }) => path)).toContain(victim?.path)
    }),
    { numRuns: 150 },
  )
})

test('no byte of an archive can change and leave the content the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(tar)
      changed[at] = (changed[at] ?? 0) ^ mask
      const { verdict } = await compareBytes(gzip(tar), gzip(changed))
      // The NUL and the space behind a checksum can be exchanged, which no program minds.
      if (verdict === 'content-identical') expect((at % 512) - 154).toBeOneOf([0, 1])
      // White space for white space between the tokens of package.json.
      else if (verdict === 'equivalent') expect([9, 10, 13, 32]).toEqual(expect.arrayContaining([tar[at], changed[at]]))
      else expect(verdict).toBe('different')
    }),
    { numRuns: 500 },
  )
})

/** Bytes of a header that say nothing which an unpacked package shows. */
const notes = [
  { from: 101, to: 102 },
  { from: 104, to: 107 },
  { from: 108, to: 124 },
  { from: 136, to: 148 },
  { from: 148, to: 156 },
  { from: 265, to: 345 },
]

test('no byte of a header can change unseen, even with a true checksum', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.nat(511), fc.nat(255), async (victim, at, byte) => {
      const changed = honestEntries.map((entry, index) =>
        index === victim ? { ...entry, patch: [{ at, bytes: Buffer.from([byte]) }] } : entry,
      )
      const { verdict } = await compareBytes(gzip(tar), gzip(buildTar(changed)))
      // The older spelling of an ordinary file, pax(1) "ustar Interchange Format", typeflag.
      const isOlderFile = at === 156 && byte === 0
      const isNote = isOlderFile || notes.some(({ from, to }) => at >= from && at < to)
      if (!isNote && verdict === 'content-identical') expect({ at, byte }).toEqual('a difference')
    }),
    { numRuns: 500 },
  )
})

const letters = 'j\u00fcrgen'
test.each<[string, Record<string, string>, Partial<BuiltEntry>]>([
  [
    'the same in both',
    { uid: '1000', gid: '50', uname: 'me', gname: 'staff' },
    { uid: 1000, gid: 50, uname: 'me', gname: 'staff' },
  ],
  ['numbers that are too large, by GNU tar, Go and Python', { uid: '3000000', gid: '2097152' }, {}],
  ['a long name, by libarchive and Python', { uname: 'o'.repeat(40) }, { uname: 'o'.repeat(32) }],
  ['a long name, by GNU tar', { uname: 'o'.repeat(40) }, { uname: 'o'.repeat(31) }],
  ['letters, by GNU tar', { uname: letters }, { uname: letters }],
  ['letters, by Go', { gname: letters }, { gname: 'jrgen' }],
])('what a header has no room for stands in PAX, which is no other owner: %s', async (_, records, edit) => {
  const published = honestPackage((all) => all.flatMap((entry) => [pax(records), { ...entry, ...edit }]))
  const { verdict, differences } = await compareBytes(published, honest)
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
})

describe('a name with letters of which Go leaves nothing in the header', () => {
  const named = (full: string, name: string, ...others: BuiltEntry[]) =>
    gzip(buildTar([pax({ path: full }), { path: name, data: 'x' }, ...others]))
  const causesOf = async (archive: Buffer) =>
    (await compareBytes(archive, archive)).differences.map(({ cause }) => cause)

  test('is no other name', async () => {
    expect(await causesOf(named('package/F\u0151.crt', 'package/F.crt'))).toEqual([])
  })

  test.each([
    ['is one where it leads elsewhere', named('package/\u0151../x', 'package/../x')],
    ['is one where another entry has it', named('package/\u0151a', 'package/a', { path: './package/a', data: 'y' })],
    ['is one where more is left out', named('package/\u0151ab', 'package/b')],
  ])('%s', async (_, archive) => {
    expect(await causesOf(archive)).toContain('header-name-mismatch')
  })

  test('is one where another entry had it before', async () => {
    const entries = [
      { path: 'package/a', data: 'y' },
      pax({ path: 'package/\u0151a' }),
      { path: 'package/a', data: 'x' },
    ]
    expect(await causesOf(gzip(buildTar(entries)))).toContain('header-name-mismatch')
  })
})

test('files of a disk on which all may do all are no programs that somebody hides, and one of them that may not is', async () => {
  const of = async (modeOf: (path: string) => number) => {
    const published = honestPackage((all) => all.map((entry) => ({ ...entry, mode: modeOf(String(entry.path)) })))
    const { verdict, differences } = await compareBytes(published, honest)
    return [verdict, ...new Set(differences.filter(({ cause }) => cause === 'mode').map(({ severity }) => severity))]
  }
  expect(await of(() => 0o777)).toEqual(['different', 'unexplained'])
  expect(await of((path) => (path.endsWith('package.json') ? 0o644 : 0o777))).toEqual(['different', 'suspicious'])
})

test.each([
  ['only what comments say differs', '/* of one */\nf(1)\n', '/* of two */\nf(1)\n', /what its comments say/],
  ['something else is written otherwise, too', "/* of one */\nf('1')\n", '/* of two */\nf("1")\n', /written otherwise/],
])('a report tells whether %s', async (_, published, rebuilt, summary) => {
  const pack = (data: string) => honestPackage((all) => [...all, { path: 'package/a.js', data }])
  const { differences } = await compareBytes(pack(published), pack(rebuilt))
  expect(differences[0]).toMatchObject({ cause: 'formatting', summary: expect.stringMatching(summary) })
})

test('a file that changed after it was hashed is refused', async () => {
  const { open } = inputFrom(honestPackage((entries) => entries.slice(1)))
  const comparison = compareArtifacts({
    published: { ...inputFrom(honest), open },
    rebuilt: inputFrom(gzip(tar, { level: 1 })),
    signal: AbortSignal.timeout(10_000),
  })
  await expect(comparison).rejects.toMatchObject({ code: 'ARTIFACT_INTEGRITY_MISMATCH' })
})

test('an aborted comparison ends with the reason', async () => {
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(compareBytes(honest, gzip(tar, { level: 1 }), { signal: aborted })).rejects.toThrow('enough')
})

test.each([
  ['entries', { entries: 3 }],
  ['unpackedSize', { unpackedSize: 1000 }],
  ['nameLength', { nameLength: 10 }],
  ['namesLength', { namesLength: 20 }],
])('what is larger than the limit of %s ends with a clear problem', async (_, limits) => {
  await expect(compareBytes(honest, gzip(tar, { level: 1 }), { limits })).rejects.toMatchObject({
    code: 'ARCHIVE_LIMIT_EXCEEDED',
  })
  const { verdict, differences } = await compareBytes(honest, honest, { limits })
  expect({ verdict, differences }).toMatchObject({
    verdict: 'bit-identical',
    differences: [{ cause: 'limit-exceeded' }],
  })
})

test('a decompression bomb is stopped before it explodes', async () => {
  const bomb = gzip(Buffer.alloc(300 * 1024 * 1024))
  await expect(compareBytes(bomb, honest)).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
})

test('a file of endless gzip members is not followed to its end', async () => {
  const empty = gzip(Buffer.alloc(0))
  const endless = Buffer.concat([honest, ...Array.from({ length: 20_000 }, () => empty)])
  await expect(compareBytes(endless, honest)).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
})

test('many long names and many findings neither hang nor fill the report', async () => {
  const entries = Array.from({ length: 5000 }, (_, index) => ({
    path: `package/${index}`,
    type: '2',
    link: '../../x',
    mode: 0o4777,
  }))
  const deep = Array.from({ length: 50 }, (_, index) => `package/${'a/'.repeat(8000)}${index}`)
  const long = deep.flatMap((path) => [longName(path), { path: path.slice(0, 100), dialect: 'gnu' as const }])
  const { verdict, differences } = await compareBytes(gzip(buildTar([...entries, ...long])), honest)
  expect(verdict).toBe('different')
  expect(differences.length).toBeLessThan(10_000)
  expect(differences).toContainEqual(expect.objectContaining({ cause: 'long-name', severity: 'suspicious' }))
})

test('what is no archive is different, and no fault', async () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('hello'),
    Buffer.alloc(5000, 'x'),
    honest.subarray(0, 15),
    honest.subarray(0, 200),
  ]) {
    expect((await compareBytes(bytes, honest)).verdict).toBe('different')
    expect((await compareBytes(honest, bytes)).verdict).toBe('different')
  }
})
