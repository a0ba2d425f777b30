import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { isPoolPath, readPackageIndex, resolvePackages } from './resolve.ts'

type Fields = Record<string, string>

function indexOf(packages: Record<string, Fields>) {
  const stanzas = Object.entries(packages).map(([name, fields]) =>
    Object.entries({
      Package: name,
      Version: '1.0',
      Architecture: 'amd64',
      Priority: 'optional',
      Size: '10',
      SHA256: 'a'.repeat(64),
      Filename: `pool/main/${name}.deb`,
      ...fields,
    })
      .map(([key, value]) => `${key}: ${value}\n`)
      .join(''),
  )
  return readPackageIndex(Readable.from([Buffer.from(stanzas.join('\n'))]))
}

async function namesOf(packages: Record<string, Fields>, seeds: string[], without: string[] = []) {
  return resolvePackages(await indexOf(packages), { seeds, without }).map(({ name }) => name)
}

test('everything that is depended on comes along, sorted, and nothing that is only recommended', async () => {
  const packages = {
    git: { Depends: 'libc6 (>= 1), zlib1g:any', Recommends: 'less' },
    zlib1g: { 'Pre-Depends': 'libc6' },
    libc6: {},
    less: {},
  }
  expect(await namesOf(packages, ['git'])).toEqual(['git', 'libc6', 'zlib1g'])
})

test('of alternatives the first that can be had is taken, unless another one is there already', async () => {
  const packages = { a: { Depends: 'gone | gawk | mawk' }, b: { Depends: 'gawk | mawk' }, gawk: {}, mawk: {} }
  expect(await namesOf(packages, ['a'])).toEqual(['a', 'gawk'])
  expect(await namesOf(packages, ['mawk', 'b'])).toEqual(['b', 'mawk'])
})

test('a virtual package is satisfied by the most important package that provides it', async () => {
  const packages = {
    a: { Depends: 'awk' },
    gawk: { Provides: 'awk' },
    mawk: { Provides: 'awk', Priority: 'required' },
  }
  expect(await namesOf(packages, ['a'])).toEqual(['a', 'mawk'])
})

test('only a versioned provision satisfies a versioned dependency', async () => {
  const packages = {
    a: { Depends: 'virtual (>= 2)' },
    plain: { Provides: 'virtual', Priority: 'required' },
    versioned: { Provides: 'virtual (= 2.1)' },
  }
  expect(await namesOf(packages, ['a'])).toEqual(['a', 'versioned'])
})

test('what the root does without counts as satisfied and is not chosen as an alternative', async () => {
  const packages = {
    git: { Depends: 'perl, editor | vim' },
    perl: { Depends: 'libperl' },
    libperl: {},
    editor: {},
    vim: {},
  }
  expect(await namesOf(packages, ['git'], ['perl', 'editor'])).toEqual(['git'])
})

test.each([
  ['a version that the archive does not have', { a: { Depends: 'b (>= 2)' }, b: {} }],
  ['a package that the archive does not have', { a: { Depends: 'b' } }],
  ['packages that exclude each other', { a: { Depends: 'b', Conflicts: 'b (<< 2)' }, b: {} }],
  ['a relation that is none', { a: { Depends: 'b (2)' }, b: {} }],
  ['an entry without a digest', { a: { SHA256: 'none' } }],
  ['an entry whose path leaves the pool', { a: { Filename: 'pool/../../etc/passwd.deb' } }],
  ['an entry without a size', { a: { Size: 'many' } }],
])('%s is refused', async (_, packages) => {
  await expect(namesOf(packages as Record<string, Fields>, ['a'])).rejects.toMatchObject({ code: 'LOCK_INVALID' })
})

test('a package may conflict with a name that it provides itself', async () => {
  const packages = { a: { Provides: 'mta', Conflicts: 'mta' } }
  expect(await namesOf(packages, ['a'])).toEqual(['a'])
})

test.each([
  ['pool/main/g/gcc-12/g++-12_12.2.0-14+deb12u1_amd64.deb', true],
  ['pool/main/a/../b.deb', false],
  ['/pool/main/a.deb', false],
  ['pool/main/a.deb?x', false],
  ['https://example.test/pool/a.deb', false],
])('%s is a path below the pool: %s', (path, expected) => {
  expect(isPoolPath(path)).toBe(expected)
})
