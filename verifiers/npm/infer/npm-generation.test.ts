import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { npmGenerations } from './npm-generation.ts'
import { combinedRange } from './toolchain.ts'

function allowed(files: string[] | undefined, packed: string[], source = packed): string {
  const manifest = parseBuildManifest(JSON.stringify({ files }))
  if (!manifest) throw new Error('no manifest')
  const published = { files: packed.map((path) => ({ path, size: 1, mode: 0o644, blob: '' })) }
  return combinedRange(npmGenerations(published, manifest, source))
}

const nestedIncluded = '<7.0.0-0||>=9.0.0 <9.9.3||>=10.0.0 <10.2.5'

test.each<[string, string[] | undefined, string[], string[], string[], string[]]>([
  // what, files, packed, source, versions that could have, versions that could not
  [
    'a README in a folder that files only partly names',
    ['src/**/*.js'],
    ['src/a.js', 'src/README.md'],
    [],
    ['6.14.18', '9.5.1', '10.2.4'],
    ['7.24.2', '8.19.4', '9.9.4', '10.2.5', '11.0.0'],
  ],
  ['a LICENSE in such a folder', ['src/*.js'], ['src/a.js', 'src/LICENSE'], [], ['9.9.2'], ['9.9.3', '10.8.2']],
  [
    'such a README that was left',
    ['src/**/*.js'],
    ['src/a.js'],
    ['src/a.js', 'src/README.md'],
    ['7.24.2', '9.9.4', '10.8.2', '11.0.0'],
    ['6.14.18', '9.5.1', '10.2.4'],
  ],
  [
    'a README in a folder that was not looked into',
    ['lib'],
    ['lib/a.js'],
    ['lib/a.js', 'docs/README.md'],
    ['6.14.18', '10.2.4', '11.0.0'],
    [],
  ],
  ['a README that files names', ['src'], ['src/a.js', 'src/README.md'], [], ['6.14.18', '10.2.4', '11.0.0'], []],
  [
    'a CHANGELOG that files does not name',
    ['lib'],
    ['lib/a.js', 'CHANGELOG.md'],
    [],
    ['6.14.18', '7.11.2'],
    ['7.12.0', '10.2.4'],
  ],
  [
    'a CHANGELOG that was left',
    ['lib'],
    ['lib/a.js'],
    ['lib/a.js', 'CHANGELOG.md'],
    ['7.12.0', '11.0.0'],
    ['6.14.18', '7.11.2'],
  ],
  [
    'a CHANGELOG that files names',
    ['lib', 'CHANGELOG.md'],
    ['lib/a.js', 'CHANGELOG.md'],
    [],
    ['6.14.18', '11.0.0'],
    [],
  ],
  ['no files list at all', undefined, ['a.js', 'CHANGELOG.md', 'src/README.md'], [], ['6.14.18', '11.0.0'], []],
])('%s shows which npm packed', async (_, files, packed, source, could, couldNot) => {
  const { satisfies } = (await import('semver')).default
  const range = allowed(files, packed, source.length > 0 ? source : packed)
  expect(could.filter((version) => !satisfies(version, range))).toEqual([])
  expect(couldNot.filter((version) => satisfies(version, range))).toEqual([])
})

test('patterns that are made to take for ever do not', () => {
  const hostile = [`${'*a'.repeat(120)}b`, `${'{a,'.repeat(60)}${'}'.repeat(60)}`, '[', '!'.repeat(200)]
  const paths = Array.from({ length: 3000 }, (_, index) => `${'a'.repeat(100)}/${index}/README.md`)
  allowed(hostile, paths, paths)
})

test('ranges that contradict each other leave the surer one', () => {
  expect(combinedRange([{ versions: '>=7.0.0' }, { versions: '<7.0.0' }])).toBe('>=7.0.0 *')
  expect(combinedRange([])).toBe('*')
  expect(combinedRange([{ versions: '>=7.0.0' }, { versions: nestedIncluded }])).toContain('>=10.0.0 <10.2.5')
})
