import { expect, test } from 'vitest'
import { diskModes } from './disk-modes.ts'

function commandsFor(modes: Record<string, number>, umask = '022', folders: Record<string, number> = {}) {
  const files = Object.entries(modes).map(([path, mode]) => ({ path, mode, size: 1, blob: '' }))
  return diskModes({ files, folders: new Map(Object.entries(folders)) }, umask, 'packages/a').map(({ run, cwd }) => [
    cwd,
    ...run.split('\n'),
  ])
}

test('files of another umask than the rest get their reading and writing, and never the right to be executed', () => {
  const modes = { 'a.js': 0o664, 'bin/b c.js': 0o775, LICENSE: 0o644, '-x': 0o600, run: 0o755 }
  expect(commandsFor(modes)).toEqual([['packages/a', "chmod g+w a.js 'bin/b c.js'", 'chmod g-r,o-r ./-x']])
})

test('others are kept from executing what they could not, and nobody is let execute more', () => {
  const modes = { 'bin/a.js': 0o744, 'bin/b.js': 0o754, 'c.js': 0o655, 'd.js': 0o755 }
  expect(commandsFor(modes)).toEqual([['packages/a', 'chmod g-x,o-x bin/a.js', 'chmod o-x bin/b.js']])
})

test('folders get their modes, but for those that could not be packed any more', () => {
  const folders = { '': 0o775, lib: 0o755, 'lib/a b': 0o700, shut: 0o555 }
  expect(commandsFor({ 'a.js': 0o664 }, '022', folders)).toEqual([
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
