import { expect, test } from 'vitest'
import { parsePackument, renderPackument } from './packument.ts'

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const base = 'http://127.0.0.1:4873/'

const entry = {
  name: '@s/a',
  version: '1.0.0',
  description: 'words',
  scripts: { postinstall: 'node x' },
  dependencies: { b: '1' },
  dist: { tarball: 'https://elsewhere.example.test/a.tgz', shasum: 'aa', integrity: 'sha512-AA', signatures: [] },
}
const packument = parsePackument(
  bytes({
    name: '@s/a',
    versions: { '1.0.0': entry },
    'dist-tags': { latest: '1.0.0' },
    time: { modified: 'x' },
    readme: 'r',
  }),
  '@s/a',
)
const rendered = (form: 'full' | 'abbreviated') => JSON.parse(renderPackument(packument, { form, base }).toString())

test('the full form has every field, and the tarball is at the proxy', () => {
  expect(rendered('full')).toMatchObject({
    name: '@s/a',
    readme: 'r',
    time: { modified: 'x' },
    versions: { '1.0.0': { ...entry, dist: { ...entry.dist, tarball: `${base}@s/a/-/a-1.0.0.tgz` } } },
  })
})

test('the abbreviated form has what an installation needs', () => {
  const { description: _, scripts: __, ...kept } = entry
  expect(rendered('abbreviated')).toEqual({
    name: '@s/a',
    modified: 'x',
    'dist-tags': { latest: '1.0.0' },
    versions: {
      '1.0.0': { ...kept, hasInstallScript: true, dist: { ...entry.dist, tarball: `${base}@s/a/-/a-1.0.0.tgz` } },
    },
  })
})

test('versions that are of another package or version, or no manifest, are left out', () => {
  const versions = {
    '1.0.0': { name: 'a', version: '1.0.0', dist: {} },
    '2.0.0': { name: 'b', version: '2.0.0', dist: {} },
    '3.0.0': { name: 'a', version: '1.0.0', dist: {} },
    '4.0.0': 'text',
    '5.0.0': { name: 'a', version: '5.0.0' },
    '../6': { name: 'a', version: '../6', dist: {} },
  }
  expect([...parsePackument(bytes({ name: 'a', versions }), 'a').versions.keys()]).toEqual(['1.0.0'])
})

test.each([
  ['not JSON', '<html>'],
  ['half of it', '{"name":"a","versions":{'],
  ['nothing', ''],
  ['another package', { name: 'b', versions: {} }],
  ['no versions', { name: 'a' }],
  ['a list', []],
  ['too many parts', `[${'[],'.repeat(4_100_000)}[]]`],
])('an answer that is %s is refused', (_, answer) => {
  expect(() => parsePackument(bytes(answer), 'a')).toThrow(
    expect.objectContaining({ code: 'REGISTRY_ANSWER_INVALID' }) as Error,
  )
})

test('what is nested too deeply to be written is refused', () => {
  const deep = `${'{"x":'.repeat(200_000)}1${'}'.repeat(200_000)}`
  const nested = parsePackument(
    bytes(`{"name":"a","versions":{"1.0.0":{"name":"a","version":"1.0.0","dist":{},"x":${deep}}}}`),
    'a',
  )
  expect(() => renderPackument(nested, { form: 'full', base })).toThrow(
    expect.objectContaining({ code: 'REGISTRY_ANSWER_INVALID' }) as Error,
  )
  expect(renderPackument(nested, { form: 'abbreviated', base }).length).toBeLessThan(1_000)
})
