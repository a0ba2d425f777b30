import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildTar } from '../../../fixtures/archives/tar-builder.ts'
import { buildAr, buildDeb, compressions } from '../../../fixtures/environment/debs.ts'
import { type DebEntry, readDeb } from './deb.ts'

async function read(bytes: Buffer) {
  const entries: (DebEntry & { text: string })[] = []
  const control = await readDeb(bytes, {
    what: 'the package',
    onEntry(entry) {
      const kept = { ...entry, text: '' }
      entries.push(kept)
      return {
        write(chunk) {
          kept.text += Buffer.from(chunk).toString()
        },
        close() {},
      }
    },
  })
  return { control, entries }
}

test.each(Object.keys(compressions) as (keyof typeof compressions)[])(
  'a package with data.tar%s is read',
  async (format) => {
    const deb = buildDeb('hello', [{ path: './usr/bin/hello', data: 'hi', mode: 0o4755 }], format)
    const { control, entries } = await read(deb)
    expect(control).toContain('Package: hello\n')
    expect(entries).toEqual([{ path: './usr/bin/hello', type: 'file', executable: true, target: '', text: 'hi' }])
  },
)

const control = gzipSync(buildTar([{ path: './control', data: 'Package: x\n' }]))
const version = Buffer.from('2.0\n')
const member = (name: string, bytes: Buffer) =>
  buildAr([
    ['debian-binary', version],
    ['control.tar.gz', control],
    [name, bytes],
  ])

test.each<[string, Buffer, string]>([
  ['no ar archive', Buffer.from('hello'), 'ARCHIVE_INVALID'],
  ['an ar archive that ends inside a member', buildDeb('x', []).subarray(0, -600), 'ARCHIVE_INVALID'],
  [
    'an ar archive with rubbish between members',
    Buffer.concat([buildAr([['debian-binary', version]]), Buffer.alloc(60)]),
    'ARCHIVE_INVALID',
  ],
  [
    'a member that is there twice',
    buildAr([
      ['debian-binary', version],
      ['debian-binary', version],
    ]),
    'ARCHIVE_INVALID',
  ],
  ['another format', buildAr([['debian-binary', Buffer.from('3.0\n')]]), 'ARCHIVE_FORMAT_UNSUPPORTED'],
  [
    'no data',
    buildAr([
      ['debian-binary', version],
      ['control.tar.gz', control],
    ]),
    'ARCHIVE_INVALID',
  ],
  [
    'no control file',
    buildAr([
      ['debian-binary', version],
      ['control.tar', buildTar([])],
    ]),
    'ARCHIVE_INVALID',
  ],
  ['an unknown compression', member('data.tar.lz4', Buffer.from('x')), 'ARCHIVE_FORMAT_UNSUPPORTED'],
  ['damaged compression', member('data.tar.gz', Buffer.from('not gzip at all')), 'ARCHIVE_INVALID'],
  ['damaged xz', member('data.tar.xz', Buffer.from('not xz at all')), 'ARCHIVE_INVALID'],
  ['a damaged tar', member('data.tar', buildTar([{ path: './a', data: 'a', checksum: 1 }])), 'ARCHIVE_INVALID'],
  [
    'a tar that ends inside a file',
    member('data.tar', buildTar([{ path: './a', data: 'a'.repeat(2000) }]).subarray(0, 1024)),
    'ARCHIVE_INVALID',
  ],
  ['a device', member('data.tar', buildTar([{ path: './dev/sda', type: '4' }])), 'ARCHIVE_INVALID'],
  ['a pipe', member('data.tar', buildTar([{ path: './pipe', type: '6' }])), 'ARCHIVE_INVALID'],
])('a package with %s is refused', async (_, bytes, code) => {
  await expect(read(bytes)).rejects.toMatchObject({ code })
})

test('what writing a file throws is what the caller gets, and the file is closed', async () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  let closed = 0
  const reading = readDeb(buildDeb('x', [{ path: './a', data: 'a' }]), {
    what: 'x',
    onEntry: () => ({
      write() {
        throw full
      },
      close: () => void closed++,
    }),
  })
  await expect(reading).rejects.toBe(full)
  expect(closed).toBe(1)
})

test('what the reader of an entry throws is what the caller gets', async () => {
  const stop = new Error('stop')
  const reading = readDeb(buildDeb('x', [{ path: './a', data: 'a' }]), {
    what: 'x',
    onEntry() {
      throw stop
    },
  })
  await expect(reading).rejects.toBe(stop)
})
