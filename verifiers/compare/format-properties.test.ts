import { zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bzip2 } from '../../fixtures/archives/bzip2.ts'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestDeb, packXz } from '../../fixtures/archives/packages.ts'
import { buildTar, honestEntries } from '../../fixtures/archives/tar-builder.ts'
import { buildZip, extra, honestZip, record, type ZipEntry } from '../../fixtures/archives/zip-builder.ts'
import fc from '../../fixtures/property.ts'
import { Problem } from '../model/problem.ts'

const times = extra(0x5455, Buffer.concat([Buffer.from([1]), record('', [[4, 1_700_000_000]])]))
const owners = extra(0x7875, Buffer.from([1, 4, 1, 0, 0, 0, 4, 2, 0, 0, 0]))

const tar = buildTar(honestEntries)
const zipEntries = fc.uniqueArray(
  fc.record({
    path: fc.stringMatching(/^[a-z]{1,8}(?:\/[a-z]{1,8}){0,2}\.(?:py|md|class)$/),
    data: fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    mode: fc.constantFrom(0o100644, 0o100755),
  }),
  { selector: ({ path }) => path.toLowerCase(), minLength: 1, maxLength: 12 },
)
const zipNotes = fc.record({
  time: fc.constantFrom(0x58a16000, 0x21000000, 0x58a26001),
  pack: fc.constantFrom<0 | 8>(0, 8),
  level: fc.nat(9),
  descriptor: fc.constantFrom<true | undefined>(true, undefined),
  extra: fc.constantFrom(times, owners, Buffer.concat([times, owners]), Buffer.alloc(0)),
  comment: fc.stringMatching(/^[a-z ]{0,20}$/),
})

function packedAs(entry: ZipEntry, { descriptor, ...notes }: Partial<ZipEntry> = {}): ZipEntry {
  return { ...entry, ...notes, ...(descriptor !== undefined && { descriptor }) }
}

test('an honest zip archive packed again in any order, with any times, owners and compression has the same content', async () => {
  await fc.assert(
    fc.asyncProperty(
      zipEntries,
      fc.array(zipNotes, { minLength: 12, maxLength: 12 }),
      fc.nat(),
      async (entries, notes, turn) => {
        const others = entries.map((entry, index) => packedAs(entry, notes[index] as Partial<ZipEntry>))
        const at = turn % others.length
        const rebuilt = buildZip([...others.slice(at), ...others.slice(0, at).reverse()])
        const { verdict } = await compareBytes(buildZip(entries), rebuilt, { fileName: 'a.jar' })
        expect(['bit-identical', 'content-identical']).toContain(verdict)
      },
    ),
    { numRuns: 100 },
  )
})

test('no byte of any content of a zip archive can change unseen', async () => {
  await fc.assert(
    fc.asyncProperty(zipEntries, fc.nat(), fc.integer({ min: 1, max: 255 }), async (entries, place, mask) => {
      const filled = entries.filter(({ data }) => data.length > 0)
      fc.pre(filled.length > 0)
      const victim = filled[place % filled.length]
      const changed = entries.map((entry) => {
        if (entry !== victim) return entry
        const data = Buffer.from(entry.data)
        data[place % data.length] = (data[place % data.length] ?? 0) ^ mask
        return { ...entry, data }
      })
      const { verdict, differences } = await compareBytes(buildZip(entries), buildZip(changed), { fileName: 'a.jar' })
      expect(verdict).toBe('different')
      expect(differences.map(({ path }) => path)).toContain(victim?.path)
    }),
    { numRuns: 100 },
  )
})

test.each<[string, Buffer, readonly string[]]>([
  // Times, versions, attributes of MS-DOS, and the flags that say how well deflate did.
  ['honest.zip', honestZip(), ['content-identical', 'different']],
  ['honest_1.0_all.deb', honestDeb(), ['content-identical', 'different']],
  // One content can be written in many ways in each of these.
  ['honest.tar.xz', packXz(tar), ['stream-identical', 'different']],
  ['honest.tar.zst', zstdCompressSync(tar), ['stream-identical', 'different']],
  ['honest.tar.bz2', bzip2(tar), ['stream-identical', 'different']],
])('no byte can change and leave the bytes of an entry another: %s', async (fileName, honest, possible) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const changed = Buffer.from(honest)
      changed[at] = (changed[at] ?? 0) ^ mask
      const { verdict, differences } = await compareBytes(honest, changed, { fileName }).catch(tooMuch)
      if (!possible.includes(verdict)) expect({ at, mask, verdict }).toBe('a difference')
      if (verdict === 'content-identical') expect(differences.every(({ severity }) => severity === 'benign')).toBe(true)
    }),
    { numRuns: 80 },
  )
})

/** A changed size can ask for more than is given. */
function tooMuch(error: unknown) {
  if (error instanceof Problem && error.code === 'ARCHIVE_LIMIT_EXCEEDED')
    return { verdict: 'different', differences: [] }
  throw error
}
