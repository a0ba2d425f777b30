import { describe, expect, test } from 'vitest'
import { diskModes, programsOf } from './disk-modes.ts'

const plain = { isExecutable: () => false, programs: new Set<string>() }

function commandsFor(
  modes: Record<string, number>,
  umask = '022',
  { folders = {}, source = plain }: { folders?: Record<string, number>; source?: Parameters<typeof diskModes>[1] } = {},
) {
  const files = Object.entries(modes).map(([path, mode]) => ({ path, mode, size: 1, blob: '' }))
  const steps = diskModes({ files, folders: new Map(Object.entries(folders)) }, source, umask, 'packages/a')
  return steps.map(({ run, cwd }) => [cwd, ...run.split('\n')])
}

test('files of another umask than the rest get their reading and writing, and never the right to be executed', () => {
  const modes = { 'a.js': 0o664, 'bin/b c.js': 0o775, LICENSE: 0o644, '-x': 0o600, run: 0o755 }
  expect(commandsFor(modes)).toEqual([['packages/a', "chmod g+w a.js 'bin/b c.js'", 'chmod g-r,o-r ./-x']])
})

test('others are kept from executing what they could not, and nobody is let execute more', () => {
  const modes = { 'bin/a.js': 0o744, 'bin/b.js': 0o754, 'c.js': 0o655, 'd.js': 0o755 }
  expect(commandsFor(modes)).toEqual([['packages/a', 'chmod g-x,o-x bin/a.js', 'chmod o-x bin/b.js']])
})

describe('execution', () => {
  const source = { isExecutable: (path: string) => path.startsWith('bin/'), programs: new Set(['cli.js', 'b/x.js']) }

  test('is taken from all files where none of the published ones has it', () => {
    expect(commandsFor({ 'bin/a': 0o644, 'a.js': 0o644 }, '022', { source })).toEqual([
      ['packages/a', 'chmod a-x bin/a'],
    ])
    expect(commandsFor({ 'bin/a': 0o644, 'bin/b': 0o755 }, '022', { source })).toEqual([])
  })

  test('is given to all files where all may do all to each of the published ones, as where Linux sees a disk of Windows', () => {
    const modes = { 'package.json': 0o777, 'a.js': 0o777, 'bin/a': 0o777 }
    expect(commandsFor(modes, '000', { source })).toEqual([['packages/a', 'chmod +x package.json a.js']])
    expect(commandsFor({ ...modes, 'b.js': 0o666 }, '000', { source })).toEqual([])
    expect(commandsFor({ 'a.js': 0o777 }, '000', { source })).toEqual([])
  })

  test('is given to what package.json names as a program, and to nothing else', () => {
    const modes = { 'cli.js': 0o755, 'b/x.js': 0o644, 'other.js': 0o755 }
    expect(commandsFor(modes, '022', { source })).toEqual([['packages/a', 'chmod +x cli.js']])
    expect(commandsFor({ 'cli.js': 0o744 }, '022', { source })).toEqual([['packages/a', 'chmod g-x,o-x cli.js']])
  })
})

test.each<[string, string[]]>([
  ['{"bin":"./cli.js"}', ['cli.js']],
  ['\uFEFF{"bin":{"a":"lib/../b/x.js","b":"/c.js"}}', ['b/x.js', 'c.js']],
  ['{"bin":{"a":1}}', []],
  ['{', []],
])('the programs of %j', (manifest, paths) => {
  expect([...programsOf(manifest)]).toEqual(paths)
})

test('folders get their modes, but for those that could not be packed any more', () => {
  const folders = { '': 0o775, lib: 0o755, 'lib/a b': 0o700, shut: 0o555 }
  expect(commandsFor({ 'a.js': 0o664 }, '022', { folders })).toEqual([
    ['packages/a', 'chmod g+w a.js .', "chmod g-r,g-x,o-r,o-x 'lib/a b'"],
  ])
})

test.each<[string, Record<string, number>, string]>([
  ['the umask gives them all', { a: 0o664, b: 0o775 }, '002'],
  [
    'they are more than a step can hold',
    Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`a-${i}.js`, 0o664])),
    '022',
  ],
])('nothing is changed where %s', (_, modes, umask) => {
  expect(commandsFor(modes, umask)).toEqual([])
})
