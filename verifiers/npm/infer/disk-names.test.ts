import { expect, test } from 'vitest'
import { bySourceNames } from './disk-names.ts'

const paths = ['.npmignore', 'lib/.npmignore', 'test/.npmignore', 'a.npmignore', 'index.js']
const published = {
  files: paths.map((path) => ({ path, size: 1, mode: 0o644, blob: '' })),
  times: new Map(paths.map((path, index) => [path, index])),
}

test.each([
  ['a', ['.gitignore', 'lib/.npmignore', 'test/.npmignore', 'a.npmignore', 'index.js']],
  ['', paths],
])(
  'a .gitignore that was packed as .npmignore has its own name, and no other file another one',
  (directory, expected) => {
    const source = new Set(['a/.gitignore', 'a/lib/.gitignore', 'a/lib/.npmignore', 'a/a.gitignore', 'a/index.js'])
    const found = bySourceNames(published, { has: (path) => source.has(path) }, directory)
    expect(found.files.map(({ path }) => path)).toEqual(expected)
    expect([...found.times]).toEqual(expected.map((path, index) => [path, index]))
  },
)
