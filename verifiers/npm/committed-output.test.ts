import { expect, test } from 'vitest'
import { committedOutputs, isOutputFile } from './committed-output.ts'

const entries = (...paths: string[]) => paths.map((path) => ({ path, kind: 'file' as const }))

test.each([
  ['dist', ['dist/a.js', 'lib/b.js'], ['dist/a.js', 'lib/b.js'], '', ['dist']],
  ['lib beside src', ['lib/b.js', 'src/b.ts'], ['lib/b.js'], '', ['lib']],
  ['lib by itself is what people write', ['lib/b.js'], ['lib/b.js'], '', []],
  ['src never', ['src/b.js'], ['src/b.js'], '', []],
  ['documents only', ['dist/README.md', 'dist/package.json'], ['dist/README.md', 'dist/package.json'], '', []],
  ['what is not published', ['dist/a.js', 'build/x.js'], ['dist/a.js'], '', ['dist']],
  ['a member of a monorepo', ['p/a/dist/a.js', 'dist/x.js'], ['dist/a.js'], 'p/a', ['p/a/dist']],
  ['src of another member', ['p/a/lib/a.js', 'src/x.js'], ['lib/a.js'], 'p/a', []],
])('%s', (_, paths, packed, directory, expected) => {
  expect(committedOutputs({ directory, entries: entries(...paths), packed })).toEqual(expected)
})

test('documents in such a folder are left where they are', () => {
  const paths = ['dist/a.js', 'dist/deep/b.css', 'dist/README.md', 'dist/LICENSE', 'dist/package.json', 'distant/c.js']
  expect(paths.filter((path) => isOutputFile(path, ['dist']))).toEqual(['dist/a.js', 'dist/deep/b.css'])
})
