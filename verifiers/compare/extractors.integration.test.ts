import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bzip2 } from '../../fixtures/archives/bzip2.ts'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestDeb, packXz } from '../../fixtures/archives/packages.ts'
import { buildTar, endOfArchive, gzip, pax } from '../../fixtures/archives/tar-builder.ts'
import { buildZip, extra, honestZip, record } from '../../fixtures/archives/zip-builder.ts'

// What is said of other programs is seen from them: Python's zipfile and tarfile, Info-ZIP, GNU tar, dpkg. A machine that
// lacks one of them fails here.

const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-extractors-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

type Program = 'python' | 'unzip' | 'tar'

const programs: Record<Program, (archive: string, into: string) => Promise<unknown>> = {
  python: (archive, into) =>
    run('python3', ['-c', 'import sys, shutil; shutil.unpack_archive(*sys.argv[1:])', archive, into]),
  // It ends with an error for what it still unpacks; what is there afterwards is what counts.
  unzip: (archive, into) => run('unzip', ['-qq', '-o', archive, '-d', into]).catch(() => undefined),
  tar: (archive, into) => run('tar', ['-xf', archive, '-C', into]),
}

/** Names and contents of what a program unpacks, or that it refuses. */
async function seenBy(program: Program, bytes: Buffer, suffix: string): Promise<Record<string, string> | 'refused'> {
  const archive = join(folder, `archive${suffix}`)
  await writeFile(archive, bytes)
  const into = await mkdtemp(join(folder, 'into-'))
  try {
    await programs[program](archive, into)
  } catch {
    return 'refused'
  }
  const names = (await readdir(into)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(into, name), 'latin1')] as const)),
  )
}

const good = { path: 'a', data: 'good' }
const evil = { path: 'a', data: 'evil' }
const withUnicodePath = extra(0x7075, Buffer.concat([record('01', [[4, crc32(Buffer.from('a'))]]), Buffer.from('b')]))

test.each<[string, Buffer, Record<'python' | 'unzip', unknown>, string]>([
  ['a duplicate', buildZip([good, evil]), { python: { a: 'evil' }, unzip: { a: 'evil' } }, 'duplicate-entry'],
  [
    'an archive before another',
    Buffer.concat([buildZip([evil]), buildZip([good])]),
    { python: { a: 'good' }, unzip: { a: 'good' } },
    'zip-directories',
  ],
  [
    'an archive in the comment of another',
    buildZip([good], { comment: buildZip([evil]) }),
    { python: { a: 'evil' }, unzip: { a: 'evil' } },
    'zip-directories',
  ],
  [
    'another name in the local header',
    buildZip([{ ...good, local: { path: 'b' } }]),
    { python: 'refused', unzip: { a: 'good' } },
    'zip-disagreement',
  ],
  [
    'another name in the extra field',
    buildZip([{ ...good, extra: withUnicodePath }]),
    { python: { a: 'good' }, unzip: { b: 'good' } },
    'zip-two-names',
  ],
  [
    'another size in the local header',
    buildZip([{ ...good, pack: 0, local: { size: 2, packedSize: 2 } }]),
    { python: { a: 'good' }, unzip: { a: 'go' } },
    'zip-disagreement',
  ],
  [
    'an entry that is not listed',
    buildZip([
      { ...evil, unlisted: true },
      { path: 'b', data: 'good' },
    ]),
    { python: { b: 'good' }, unzip: { b: 'good' } },
    'zip-unlisted',
  ],
  [
    '64-bit ends that list nothing',
    buildZip([good], { zip64: { entries: 0, size: 0 } }),
    { python: {}, unzip: { a: 'good' } },
    'zip-end',
  ],
])('programs see a zip archive with %s as is said, and it is found', async (_, bytes, expected, finding) => {
  for (const program of ['python', 'unzip'] as const) {
    expect({ program, sees: await seenBy(program, bytes, '.zip') }).toEqual({ program, sees: expected[program] })
  }
  const { differences } = await compareBytes(bytes, bytes, { fileName: 'a.zip' })
  expect(differences).toContainEqual(expect.objectContaining({ cause: finding, severity: 'suspicious' }))
})

test.each<[string, Buffer, Record<'python' | 'tar', unknown>, string]>([
  ['a duplicate', buildTar([good, evil]), { python: { a: 'evil' }, tar: { a: 'evil' } }, 'duplicate-entry'],
  [
    'an entry behind its end',
    Buffer.concat([buildTar([good]), buildTar([evil])]),
    { python: { a: 'good' }, tar: { a: 'good' } },
    'entry-after-end',
  ],
  [
    'a PAX header that repeats its path',
    buildTar([
      pax([
        ['path', 'b'],
        ['path', 'c'],
      ]),
      good,
    ]),
    { python: { c: 'good' }, tar: { c: 'good' } },
    'pax-repeated',
  ],
  [
    'an entry behind a single zero block',
    Buffer.concat([
      buildTar([good], { end: false }),
      Buffer.alloc(512),
      buildTar([{ path: 'b', data: 'evil' }]),
      endOfArchive,
    ]),
    { python: { a: 'good' }, tar: { a: 'good' } },
    'tar-lone-zero-block',
  ],
])('programs see a tar archive with %s as is said, and it is found', async (_, bytes, expected, finding) => {
  for (const program of ['python', 'tar'] as const) {
    expect({ program, sees: await seenBy(program, bytes, '.tar') }).toEqual({ program, sees: expected[program] })
  }
  const { differences } = await compareBytes(bytes, bytes, { fileName: 'a.tar' })
  expect(differences).toContainEqual(expect.objectContaining({ cause: finding, severity: 'suspicious' }))
})

test('a tar archive that ends as a zip archive is two archives, and is found', async () => {
  const size = buildZip([evil]).length
  const comment = Buffer.alloc(1024 + ((512 - (size % 512)) % 512))
  const bytes = buildTar([good, { path: 'b', data: buildZip([evil], { comment }).subarray(0, size) }])
  expect(await seenBy('python', bytes, '.zip')).toEqual({ a: 'evil' })
  expect(await seenBy('tar', bytes, '.tar')).toMatchObject({ a: 'good' })
  const { differences } = await compareBytes(bytes, bytes, { fileName: 'a.tar' })
  expect(differences).toContainEqual(expect.objectContaining({ cause: 'polyglot', severity: 'suspicious' }))
})

test('what is built here is what other programs read', async () => {
  const tar = buildTar([good])
  for (const [suffix, bytes] of [
    ['.tar.gz', gzip(tar)],
    ['.tar.xz', packXz(tar)],
    ['.tar.bz2', bzip2(tar)],
  ] as const) {
    expect(await seenBy('python', bytes, suffix)).toEqual({ a: 'good' })
  }
})

test('a zip archive that Python packs anew has the same content', async () => {
  const published = honestZip()
  await writeFile(join(folder, 'in.zip'), published)
  const script = `
import sys, zipfile
source, target = (zipfile.ZipFile(sys.argv[1]), zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED, compresslevel=1))
for entry in reversed(source.infolist()):
    again = zipfile.ZipInfo(entry.filename, (2001, 2, 3, 4, 5, 6))
    again.external_attr = entry.external_attr
    with target.open(again, 'w', force_zip64=True) as out: out.write(source.read(entry))
target.close()`
  await run('python3', ['-c', script, join(folder, 'in.zip'), join(folder, 'out.zip')])
  const rebuilt = await readFile(join(folder, 'out.zip'))
  const { verdict, differences } = await compareBytes(published, rebuilt, { fileName: 'a.whl' })
  expect({ verdict, harm: differences.filter(({ severity }) => severity !== 'benign') }).toEqual({
    verdict: 'content-identical',
    harm: [],
  })
})

test('a package that dpkg-deb packs anew has the same content', async () => {
  const published = honestDeb()
  await writeFile(join(folder, 'in.deb'), published)
  await run('dpkg-deb', ['--raw-extract', join(folder, 'in.deb'), join(folder, 'deb')])
  for (const compression of ['gzip', 'xz', 'zstd', 'none']) {
    const out = join(folder, `${compression}.deb`)
    await run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', join(folder, 'deb'), out])
    const { verdict } = await compareBytes(published, await readFile(out), { fileName: 'honest_1.0_all.deb' })
    expect({ compression, verdict }).toEqual({ compression, verdict: 'content-identical' })
  }
})
