import { expect, test } from 'vitest'
import { laterTags, rankTags } from './tags.ts'

const refs = (...tags: string[]) => tags.map((tag) => ({ name: `refs/tags/${tag}` }))
const ranked = (tags: string[], query: Parameters<typeof rankTags>[1]) =>
  rankTags(refs(...tags), query).map(({ ref }) => ref.name.slice('refs/tags/'.length))

test.each([
  'v1.2.3',
  '1.2.3',
  'V1.2.3',
  'pkg@1.2.3',
  'pkg-v1.2.3',
  'pkg/v1.2.3',
  'pkg-1.2.3',
  'pkg_1.2.3',
  'pkgv1.2.3',
  'v1.2.3-pkg',
  '@scope/pkg@1.2.3',
  '@scope/pkg-v1.2.3',
  'scope-pkg-1.2.3',
  'folder@1.2.3',
  'packages/pkg/v1.2.3',
  'release-1.2.3',
  'release/v1.2.3',
  'releases/1.2.3',
  'rel_1.2.3',
  'version-1.2.3',
  'something-else-1.2.3',
])('%s may be 1.2.3 of @scope/pkg', (tag) => {
  expect(ranked([tag], { name: '@scope/pkg', version: '1.2.3', directory: 'packages/folder' })).toEqual([tag])
})

test.each([
  'v11.2.3',
  '0.1.2.3',
  'v1.2.30',
  'v1.2.3.4',
  'v1.2.3-beta.1',
  'v1.2.3-rc1',
  'v1-2-3',
  'v1.2',
  'main',
  'v1x2x3',
])('%s is not 1.2.3', (tag) => {
  expect(ranked([tag], { name: 'pkg', version: '1.2.3' })).toEqual([])
})

test('a tag that names the package comes before one that does not, whatever their order', () => {
  const tags = ['x-5.0.1', 'release-5.0.1', '5.0.1', 'v5.0.1', 'folder-v5.0.1', 'pkg-v5.0.1', '@scope/pkg@5.0.1']
  const expected = [...tags].reverse()
  expect(ranked(tags, { name: '@scope/pkg', version: '5.0.1', directory: 'a/folder' })).toEqual([
    '@scope/pkg@5.0.1',
    'pkg-v5.0.1',
    'folder-v5.0.1',
    'v5.0.1',
    '5.0.1',
    'release-5.0.1',
    'x-5.0.1',
  ])
  expect(ranked(expected, { name: '@scope/pkg', version: '5.0.1', directory: 'a/folder' })).toEqual(expected)
})

test('a prerelease is found, and not taken for its release', () => {
  expect(ranked(['v1.0.0', 'v1.0.0-rc.1'], { name: 'pkg', version: '1.0.0-rc.1' })).toEqual(['v1.0.0-rc.1'])
})

test('4.0.0 may be tagged v4 or v4.0', () => {
  expect(ranked(['v4', 'v4.0', 'v4.0.0', 'v4.1'], { name: 'pkg', version: '4.0.0' })).toEqual(['v4.0.0', 'v4', 'v4.0'])
})

test('only tags that may be of another package are imprecise', () => {
  const found = rankTags(refs('v1.0.0', 'other-v1.0.0'), { name: 'pkg', version: '1.0.0' })
  expect(found.map(({ precise }) => precise)).toEqual([true, false])
})

test('names and versions are never read as patterns, and thousands of tags take no time', () => {
  const tags = Array.from({ length: 100_000 }, (_, index) => `v0.0.${index}`)
  expect(ranked(tags, { name: 'a.*(b+)+$', version: '1.0.0-(a+)+$' })).toEqual([])
  expect(ranked(tags, { name: 'pkg', version: '0.0.77' })).toEqual(['v0.0.77'])
})

test('a hostile repository with endless spellings costs a bounded number of requests', () => {
  const tags = Array.from({ length: 1000 }, (_, index) => `x${'y'.repeat(index)}-1.0.0`)
  expect(ranked(tags, { name: 'pkg', version: '1.0.0' }).length).toBeLessThanOrEqual(24)
})

test('the releases after one are those that are named as it is, in the order of versions', () => {
  const tags = refs('v1.0.0', 'v2.0.0', 'v1.0.10', 'v1.0.2', 'v1.0.1-rc.1', 'other@1.0.1', 'v0.9.0', 'vnext')
  const names = (tag: string, version: string) => laterTags(tags, `refs/tags/${tag}`, version).map(({ name }) => name)
  expect(names('v1.0.0', '1.0.0')).toEqual(['refs/tags/v1.0.1-rc.1', 'refs/tags/v1.0.2', 'refs/tags/v1.0.10'])
  expect(names('v2.0.0', '2.0.0')).toEqual([])
  expect(laterTags(tags, 'refs/heads/main', '1.0.0')).toEqual([])
})
