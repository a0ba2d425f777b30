import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildEntry } from '../../../fixtures/archives/tar-builder.ts'
import { identifyPacker } from './packer.ts'

/** As node-tar writes in portable mode: no owner, and eleven digits of time. */
const portable = [
  { at: 108, bytes: '\0'.repeat(16) },
  { at: 136, bytes: '3560116604 \0' },
]
const portableNow = [
  { at: 108, bytes: '\0'.repeat(16) },
  { at: 136, bytes: '15300751374 ' },
]
/** As tar-stream writes. */
const streamed = (time: string) => [
  { at: 108, bytes: '000000 \u0000000000 \0' },
  { at: 136, bytes: time },
]
const portableWithout = [
  { at: 108, bytes: '\0'.repeat(16) },
  { at: 136, bytes: '\0'.repeat(12) },
]
const fstream = [
  { at: 108, bytes: '000765 \u0000000024 \0' },
  { at: 136, bytes: '13106567654\0' },
]

const byExtension = ['LICENSE', 'lib/a.js', 'package.json', 'README.md']
const manifestFirst = ['package.json', 'LICENSE', 'lib/a.js', 'README.md']
const manifestLast = ['a.js', 'package.json']
const inBoth = ['package.json', 'README.md']

test.each<[string, string, { at: number; bytes: string }[], string[], string, string | undefined]>([
  ['npm 7 and later', '02ff', portable, byExtension, 'npm', '>=7.7.0'],
  ['npm 7, whose first file may be package.json', '02ff', portable, inBoth, 'npm', '>=7.7.0'],
  ['bun', '02ff', portable, manifestFirst, 'bun', undefined],
  ['npm 6.10', '0003', portable, byExtension, 'npm', '>=6.10.0 <7.0.0'],
  ['npm 6 on macOS', '0013', portable, byExtension, 'npm', '>=6.10.0 <7.0.0'],
  ['npm 6.4', '0003', portable, manifestFirst, 'npm', '>=5.8.0 <6.10.0'],
  ['npm 6, of few files', '0003', portable, inBoth, 'npm', '>=5.8.0 <7.0.0'],
  ['npm 5.7', '0013', portableWithout, manifestFirst, 'npm', '>=5.7.0 <5.8.0'],
  ['npm 5.6', '0003', portableNow, manifestFirst, 'npm', '>=5.4.0 <5.7.0'],
  ['npm 2', '0013', fstream, manifestFirst, 'npm', '<5.4.0'],
  ['npm 7.6', '00ff', portable, byExtension, 'npm', '>=7.0.0 <7.7.0'],
  ['pnpm', '0003', streamed('03560116604 '), byExtension, 'pnpm', '<8.6.1 || >=8.14.2'],
  ['pnpm 8.6', '0003', streamed('03560116604 '), ['a.js', 'LICENSE.md', 'package.json'], 'pnpm', '>=8.6.1 <8.14.2'],
  [
    'pnpm before 8.10',
    '0003',
    streamed('03560116604 '),
    ['./a.js', 'a.js', 'b.js', 'LICENSE', 'package.json'],
    'pnpm',
    '>=8.6.1 <8.10.0',
  ],
  ['pnpm before 8.6', '0003', streamed('03560116604 '), ['./a.js', 'a.js', 'package.json', 'b.md'], 'pnpm', '<8.6.1'],
  ['pnpm, whose last file may be package.json', '0003', streamed('03560116604 '), manifestLast, 'pnpm', undefined],
  ['yarn 3', '0003', streamed('03316406010 '), byExtension, 'yarn', '>=2.0.0'],
  ['something else', '0203', portable, byExtension, 'unknown', undefined],
  ['something else yet', '0003', streamed('15300751374 '), byExtension, 'unknown', undefined],
])('the headers of %s are told apart', (_, header, patch, paths, name, versions) => {
  const gzip = gzipSync('').subarray(0, 10)
  gzip.set(Buffer.from(header, 'hex'), 8)
  const tar = buildEntry({ path: 'package/x', patch }).subarray(0, 512)
  const files = paths.map((path) => ({ path, size: 1, mode: 0o644, blob: '' }))
  const packer = identifyPacker({ gzip, tar, files, manifest: '{}' })
  expect(packer.name).toBe(name)
  expect(packer.versions).toBe(versions)
})

test('yarn 1 is known by the folders that it packs, with the time of each', () => {
  const gzip = gzipSync('').subarray(0, 10)
  gzip.set([0, 3], 8)
  const tar = buildEntry({ path: 'package/x', patch: streamed('15300751374 ') }).subarray(0, 512)
  const packer = identifyPacker({ gzip, tar, files: [], manifest: '{}', others: 2 })
  expect(packer).toMatchObject({ name: 'yarn', versions: '<2.0.0' })
})

test('lerna is known by the commit that it writes into package.json', () => {
  const gzip = gzipSync('').subarray(0, 10)
  gzip.set([0, 0xff], 8)
  const tar = buildEntry({ path: 'package/x', patch: portable }).subarray(0, 512)
  const manifest = JSON.stringify({ name: 'a', gitHead: 'c'.repeat(40) }, undefined, 2)
  expect(identifyPacker({ gzip, tar, files: [], manifest }, '{\n  "name": "a"\n}').name).toBe('lerna')
  // The source has one of its own, which an earlier release left in it: lerna would write another.
  expect(identifyPacker({ gzip, tar, files: [], manifest }, manifest).name).toBe('npm')
  expect(identifyPacker({ gzip, tar, files: [], manifest }, manifest.replace('ccc', 'ddd')).name).toBe('lerna')
})

test('an archive that is not compressed, or empty, is of no known packer', () => {
  expect(identifyPacker({ gzip: undefined, tar: Buffer.alloc(0), files: [], manifest: undefined }).name).toBe('unknown')
})

test.each<[string, string[], string]>([
  ['0013', byExtension, 'lerna'],
  ['0003', byExtension, 'lerna'],
  ['0003', manifestFirst, 'lerna'],
  ['02ff', byExtension, 'npm'],
])('lerna up to 6 packs with the libraries of npm up to 6: %s', (header, paths, name) => {
  const gzip = gzipSync('').subarray(0, 10)
  gzip.set(Buffer.from(header, 'hex'), 8)
  const tar = buildEntry({ path: 'package/x', patch: portable }).subarray(0, 512)
  const files = paths.map((path) => ({ path, size: 1, mode: 0o644, blob: '' }))
  const withCommit = `{\n  "name": "a",\n  "gitHead": "${'a'.repeat(40)}"\n}\n`
  expect(identifyPacker({ gzip, tar, files, manifest: withCommit }).name).toBe(name)
  expect(identifyPacker({ gzip, tar, files, manifest: '{ "name": "a" }' }).name).toBe('npm')
})
