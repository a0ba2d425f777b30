import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip, type Part, pax } from '../../../fixtures/archives/tar-builder.ts'
import { sourceOfCompiled } from './compiled-python.ts'
import { sourcesOf } from './made-from.ts'

const day = 1_700_000_000
type Times = Record<string, number>

/** With fractions of a second, as Python's tarfile writes them. */
function pack(root: string, times: Times, contents = (_path: string): Buffer | string => 'same\n'): Buffer {
  const parts = Object.entries(times).flatMap(([path, time]): Part[] => [
    pax({ mtime: String(time) }),
    { path: `${root}/${path}`, data: contents(path), mtime: Math.floor(time) },
  ])
  return gzip(buildTar(parts))
}

const sources = { configure: 0, 'configure.ac': 0, 'gram.c': 0, 'gram.y': 0, 'foo.c': 0, 'foo.pyx': 0, 'PKG-INFO': 0 }
const at = (timeOf: (index: number) => number): Times =>
  Object.fromEntries(Object.keys(sources).map((path, index) => [path, day + timeOf(index)]))
const fixed = at(() => 0)
const checkout = at((index) => index / 1000)
const acrossSeconds = at((index) => Math.floor(index / 2))
const generatedLater = { ...at(() => 0), configure: day + 90, 'gram.c': day + 90, 'foo.c': day + 90 }

test.each([
  ['a checkout and one fixed time', checkout, fixed],
  ['one fixed time and a checkout', fixed, checkout],
  ['a checkout and another', checkout, acrossSeconds],
  ['a checkout across seconds and one fixed time', acrossSeconds, fixed],
  ['what is made after the sources, and one fixed time', generatedLater, fixed],
  ['one fixed time, and what is made after the sources', fixed, generatedLater],
  ['what is made after the sources, and a checkout', generatedLater, checkout],
  ['one fixed time and another', fixed, at(() => -90_000)],
])('what is made from what is in the same order: %s', async (_, published, rebuilt) => {
  const { verdict, differences } = await compareBytes(pack('h-1', published), pack('h-1', rebuilt), {
    fileName: 'h-1.tar.gz',
  })
  expect(verdict).toBe('content-identical')
  expect(differences.every(({ severity }) => severity === 'benign')).toBe(true)
})

test('npm gives all files a time of its own', async () => {
  const times = (made: number): Times => ({ 'package.json': day, 'gram.y': day, 'gram.c': day + made })
  const { verdict } = await compareBytes(pack('package', times(90)), pack('package', times(-90)))
  expect(verdict).toBe('content-identical')
})

const header = (flags: number, mtime: number, size: number) => {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32LE(0x0a0d0da7, 0)
  bytes.writeUInt32LE(flags, 4)
  bytes.writeUInt32LE(mtime, 8)
  bytes.writeUInt32LE(size, 12)
  return bytes
}
const cached = '__pycache__/a.cpython-313.pyc'

test.each([
  ['it counts on no side, as all times were set to one', header(0, day - 5, 5)],
  ['its source has another size', header(0, day, 6)],
  ['it goes by a digest', header(1, day, 5)],
  ['it is none', Buffer.from('short')],
])('a compiled module may have any time where %s', async (_, compiled) => {
  const contents = (path: string) => (path === cached ? compiled : 'same\n')
  const layer = (time: number) => pack('app', { 'a.py': time, [cached]: time }, contents)
  const { verdict } = await compareBytes(layer(day), layer(day + 60), { fileName: 'layer.tar.gz' })
  expect(verdict).toBe('content-identical')
})

test('a compiled module that only counts in the rebuild is not suspicious', async () => {
  const contents = (path: string) => (path === cached ? header(0, day, 5) : 'same\n')
  const layer = (time: number) => pack('app', { 'a.py': time, [cached]: time }, contents)
  const { differences } = await compareBytes(layer(day + 60), layer(day), { fileName: 'layer.tar.gz' })
  expect(differences[0]).toMatchObject({ cause: 'deciding-times', severity: 'unexplained' })
})

test.each([
  ['a/__pycache__/b.cpython-313.pyc', 'a/b.py'],
  ['__pycache__/b.cpython-313.opt-2.pyc', 'b.py'],
  ['a/b.pyc', 'a/b.py'],
  ['a/__pycache__/b.pyc', undefined],
  ['a/b.py', undefined],
])('%s is compiled from %s', (path, source) => {
  expect(sourceOfCompiled(path)).toBe(source)
})

test.each([
  ['a/gram.tab.c', 'a/gram.y'],
  ['a/x.pb.go', 'a/x.proto'],
  ['a/x_pb2.py', 'a/x.proto'],
  ['configure', 'configure.ac'],
  ['a/Makefile.in', 'a/Makefile.am'],
])('%s is made from %s', (path, source) => {
  expect(sourcesOf(path)).toContain(source)
})

test.each(['a/.c', 'a/x.js', 'a/x.py', 'README.md'])('%s is made from nothing that is known', (path) => {
  expect(sourcesOf(path)).toEqual([])
})
