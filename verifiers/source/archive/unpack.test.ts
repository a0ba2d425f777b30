import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { xz } from '@napi-rs/lzma'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildEntry, buildTar, endOfArchive, longName, type Part, pax } from '../../../fixtures/archives/tar-builder.ts'
import { runGit } from '../../../fixtures/source/repository.ts'
import { gitTreeId } from './tree-id.ts'
import { defaultUnpackLimits, unpackArchive } from './unpack.ts'

let folder: string
let into: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-unpack-'))
  into = join(folder, 'into')
})
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))

const signal = new AbortController().signal

function unpack(
  bytes: Buffer | AsyncIterable<Uint8Array>,
  limits: Partial<typeof defaultUnpackLimits> = {},
): Promise<Date> {
  const source = Buffer.isBuffer(bytes) ? Readable.from([bytes]) : bytes
  return unpackArchive({ source, into, what: 'it.tar.gz', limits: { ...defaultUnpackLimits, ...limits }, signal })
}

const block = 512

/** Node has no compressor for it: what bzip2 -9 makes of top/a.js and top/b, and of top/zeros, 5,000,000 bytes long. */
const bzip2 = {
  archive: Buffer.from(
    'QlpoOTFBWSZTWU8rYnAAAJTbsNkAQAH/BABIcBDeQACABAAACCAAkDGAAAAAEiSniQGRo2k09Eqa+4OKDW+kVElljsVCQxmGTKCq0ECGYbEjEpAKYwFa0gsMVikEEZxUzZlKYST8EEjQsQT5cyBi41uPNIJWBJfZlzQvuXOO3A+jAaQfxdyRThQkE8rYnAA=',
    'base64',
  ),
  zeros: Buffer.from(
    'QlpoOTFBWSZTWW6FIHcAmWvfgMgAQAD/BCAAAIBiAN4QAAggAHQSIqbSepibUHpkEVE9QBoBoI+rOYKggoRAgCIKGdbNJEri1AEIEgYO8VYp1gR8mzUu0RFp5bHZ7PTxE1dI01ow6y+cdYjN8ZzshJAgSDsXckU4UJBuhSB3',
    'base64',
  ),
}
const file = { path: 'top/a.js', data: 'a' }

describe('an honest archive', () => {
  test('loses its top folder, keeps bytes, links and executable bits, and has the tree id that git gives', async () => {
    const big = Buffer.alloc(3_000_000, 'big')
    const tar = buildTar([
      pax({ comment: 'ab'.repeat(20) }, 'g'),
      { path: 'top/', type: '5', mode: 0o755 },
      { ...file, mode: 0o664, mtime: 1_600_000_000 },
      { path: 'top/run', data: '#!/bin/sh\n', mode: 0o775 },
      { path: 'top/a/big', data: big },
      { path: 'top/a.b/c', data: 'sorts before a/' },
      { path: 'top/empty/', type: '5' },
      { path: 'top/link', type: '2', link: 'a/../run' },
      { path: 'top/same', type: '1', link: 'top/run' },
      longName(`top/${'long/'.repeat(40)}name`),
      { path: 'short', data: 'long', dialect: 'gnu' },
    ])
    expect(await unpack(gzipSync(tar))).toEqual(new Date(1_600_000_000_000))
    expect((await readdir(into)).sort()).toEqual(['a', 'a.b', 'a.js', 'link', 'long', 'run', 'same'])
    expect(await readFile(join(into, 'a', 'big'))).toEqual(big)
    expect(await readlink(join(into, 'link'))).toBe('a/../run')
    expect((await lstat(join(into, 'same'))).mode & 0o111).toBe(0o111)
    const tree = await gitTreeId(into, { signal })
    await runGit(into, ['init', '--quiet'])
    await runGit(into, ['add', '--all', '--force'])
    expect(tree).toBe((await runGit(into, ['write-tree'])).trim())
  })

  test.each([
    ['gzip', gzipSync],
    [
      'several gzip members',
      (tar: Buffer) => Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
    ],
    ['xz', (tar: Buffer) => xz.compressSync(tar)],
    ['zstd', zstdCompressSync],
    ['bzip2', () => bzip2.archive],
    ['nothing', (tar: Buffer) => tar],
  ])('compressed by %s is read, however it is cut', async (_, compress) => {
    const bytes = compress(buildTar([file, { path: 'top/b', data: 'b'.repeat(5000) }]))
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
    }
    await unpack(pieces())
    expect((await readdir(into)).sort()).toEqual(['a.js', 'b'])
  })

  test.each([
    ['two folders at its top', ['one/a', 'two/b'], ['one', 'two']],
    ['a file at its top', ['one/a', 'b'], ['b', 'one']],
    ['a folder in its folder of the same name', ['top/top/a'], ['top']],
    ['names with ./ before them', ['./top/a', './top/b'], ['a', 'b']],
  ])('with %s', async (_, paths, expected) => {
    await unpack(buildTar(paths.map((path) => ({ path, data: 'x' }))))
    expect((await readdir(into)).sort()).toEqual(expected)
  })

  test('an empty folder has the id of the empty tree', async () => {
    expect(await gitTreeId(folder, { signal })).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904')
  })
})

describe('an archive that wants out', () => {
  const unsafe: [string, Part[]][] = [
    ['a path above it', [{ path: 'top/../../evil', data: 'x' }]],
    ['an absolute path', [{ path: '/evil', data: 'x' }]],
    ['an absolute path in a PAX header', [pax({ path: '/evil' }), file]],
    ['a name of 10,000 bytes', [longName(`top/${'x'.repeat(10_000)}`), { ...file, dialect: 'gnu' as const }]],
    ['a name that is no UTF-8', [{ path: Buffer.from([0x74, 0x2f, 0xff, 0xfe]), data: 'x' }]],
    ['files of git', [file, { path: 'top/.git/config', data: 'x' }]],
    ['files of git in other letters', [file, { path: 'top/sub/.GIT/config', data: 'x' }]],
    ['a link out of it', [file, { path: 'top/link', type: '2', link: '../evil' }]],
    ['an absolute link', [file, { path: 'top/link', type: '2', link: '/etc/passwd' }]],
    [
      'a link out of it by way of another link',
      [
        { path: 'top/d/e/f', data: 'x' },
        { path: 'top/p/q/in', type: '2', link: '../../d' },
        { path: 'top/out', type: '2', link: 'p/q/in/../../evil' },
      ],
    ],
    [
      'a file through a link',
      [
        { path: 'top/dir', type: '2', link: '.' },
        { path: 'top/dir/evil', data: 'x' },
      ],
    ],
    ['a file through a file', [file, { path: 'top/a.js/evil', data: 'x' }]],
    ['a link in place of a file', [file, { path: 'top/a.js', type: '2', link: 'b' }]],
    ['the same file twice', [file, file]],
    ['a second name of something outside', [file, { path: 'top/b', type: '1', link: '/etc/passwd' }]],
    ['a second name of something that is not there', [file, { path: 'top/b', type: '1', link: 'top/c' }]],
    [
      'a second name of a link',
      [
        { path: 'top/l', type: '2', link: 'x' },
        { path: 'top/b', type: '1', link: 'top/l' },
      ],
    ],
    ['a character device', [file, { path: 'top/dev', type: '3' }]],
    ['a block device', [file, { path: 'top/dev', type: '4' }]],
    ['a pipe', [file, { path: 'top/pipe', type: '6' }]],
  ]
  test.each(unsafe)('with %s', async (_, parts) => {
    await expect(unpack(gzipSync(buildTar(parts)))).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE_PATH' })
    expect(await readdir(folder)).not.toContain('evil')
  })

  test('a circle of links leads nowhere, and is kept as it is', async () => {
    await unpack(buildTar([file, { path: 'top/x', type: '2', link: 'y' }, { path: 'top/y', type: '2', link: 'x' }]))
    expect(await readlink(join(into, 'x'))).toBe('y')
  })
})

describe('an archive that is damaged or too much', () => {
  const tar = buildTar([file, { path: 'top/b', data: 'b'.repeat(5000) }])
  test.each([
    ['is empty', Buffer.alloc(0)],
    ['is text', Buffer.from('no archive at all\n'.repeat(100))],
    ['has no entries', endOfArchive],
    ['ends in the middle of a file', tar.subarray(0, block * 5)],
    ['ends in the middle of its compression', gzipSync(tar).subarray(0, 40)],
    ['has a wrong checksum in its compression', Buffer.concat([gzipSync(tar).subarray(0, -8), Buffer.alloc(8)])],
    ['has a damaged header', Buffer.concat([buildEntry(file), Buffer.alloc(block, 'x'), endOfArchive])],
    ['is compressed twice', gzipSync(gzipSync(tar))],
    ['ends in the middle of its bzip2', bzip2.archive.subarray(0, 60)],
    ['has damaged bzip2', Buffer.concat([bzip2.archive.subarray(0, 60), Buffer.alloc(99)])],
    ['is only the beginning of bzip2', Buffer.from('BZh91AY&SY')],
  ])('that %s', async (_, bytes) => {
    await expect(unpack(Buffer.from(bytes))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
  })

  test('that is zip cannot be read, and the message says so', async () => {
    await expect(unpack(Buffer.from('PK\u0003\u0004........'))).rejects.toMatchObject({
      code: 'ARCHIVE_FORMAT_UNSUPPORTED',
      message: expect.stringContaining('zip'),
    })
  })

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['xz', (bytes: Buffer) => xz.compressSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['bzip2', () => bzip2.zeros],
  ])('that is a bomb of %s ends at the limit', async (_, compress) => {
    const bomb = compress(buildTar([{ path: 'top/zeros', data: Buffer.alloc(5_000_000) }]))
    await expect(unpack(bomb, { unpacked: 1_000_000 })).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
  })

  test('that has a million entries ends at the limit, soon', async () => {
    async function* endless() {
      for (let index = 0; ; index++) yield buildEntry({ path: `top/${index}/`, type: '5' })
    }
    await expect(unpack(endless(), { entries: 20_000 })).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
  })

  test('that has a gigabyte of names ends at the limit', async () => {
    const name = `top/${'x'.repeat(200)}/${'y'.repeat(200)}/${'z'.repeat(200)}`
    async function* endless() {
      for (let index = 0; ; index++)
        yield buildTar([longName(`${name}${index}`), { path: 'x', dialect: 'gnu' }], { end: false })
    }
    await expect(unpack(endless(), { names: 100_000 })).rejects.toMatchObject({ code: 'ARCHIVE_LIMIT_EXCEEDED' })
  })

  test('whose PAX header is larger than any honest one', async () => {
    const huge = buildTar([pax({ path: 'x'.repeat(2_000_000) }), file])
    await expect(unpack(huge)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE_PATH' })
  })

  test('is given up when the run is interrupted', async () => {
    const controller = new AbortController()
    async function* slow() {
      yield buildEntry(file)
      controller.abort()
      yield buildEntry({ ...file, path: 'top/b' })
    }
    const unpacking = unpackArchive({ source: slow(), into, what: 'it', signal: controller.signal })
    await expect(unpacking).rejects.toMatchObject({ name: 'AbortError' })
  })
})
