import registryFetch from 'npm-registry-fetch'
import { expect, test } from 'vitest'
import type { Declaration } from './declarations.ts'
import { openRegistries } from './registries.ts'

const library = new URL(registryFetch.pickRegistry('any')).host
const declared: Declaration[] = [
  { name: '@s/a', version: '1.0.0', integrity: 'sha512-AA', url: 'https://mirror.example.test/npm/@s/a/-/a-1.0.0.tgz' },
  { name: 'b', version: '1.0.0', integrity: 'sha512-AA', url: 'https://mirror.example.test/c/-/c-1.0.0.tgz' },
  { name: 'd', version: '1.0.0', url: 'https://mirror.example.test/d/-/d-1.0.0.tgz' },
  { name: 'e', version: '1.0.0', integrity: 'sha512-AA', url: 'https://code.example.test/e/archive/0123.tgz' },
  { name: 'f', version: '1.0.0', integrity: 'sha1-AA', url: 'https://code.example.test/f/archive/0123.tgz' },
  {
    name: '@s/g',
    version: '1.0.0',
    integrity: 'sha1-AA',
    url: 'https://cnpm.example.test/@s/g/download/@s/g-1.0.0.tgz',
  },
  { name: 'h', version: '1.0.0', integrity: 'sha1-AA', url: 'https://cnpm.example.test/h/download/h-1.0.0.tgz?x=1#AA' },
  { name: 'i', version: '1.0.0', integrity: 'sha1-AA', url: 'https://cnpm.example.test/i/download/i-1.0.1.tgz' },
].map((declaration) => ({ ...declaration, from: 'package-lock.json' }))

const options = {
  registry: 'http://registry.example.test/npm',
  '@own:registry': 'https://own.example.test/',
  '@own:other': 'https://other.example.test/',
}
const registries = openRegistries(options, declared)
const locate = (url: string) => registries.locate(new URL(url))

test('a scope has the registry that the user configured for it', () => {
  expect(registries.of('@own/a').href).toBe('https://own.example.test/')
  expect(registries.of('@s/a').href).toBe('http://registry.example.test/npm/')
})

test.each([
  ['http://registry.example.test/npm/a', { kind: 'registry', path: 'a', base: 'http://registry.example.test/npm/' }],
  ['https://registry.example.test/npm/a?x=1', { kind: 'registry', path: 'a?x=1' }],
  [`https://${library}/@own%2fa`, { kind: 'registry', path: '@own%2fa', base: `https://${library}/` }],
  [
    'https://own.example.test/@own/a',
    { kind: 'registry', path: '@own/a', registry: new URL('https://own.example.test/') },
  ],
  ['https://mirror.example.test/npm/@s/a/-/a-1.0.0.tgz', { kind: 'declared', declaration: { name: '@s/a' } }],
  ['https://mirror.example.test/npm/@s%2fa/-/a-1.0.0.tgz', { kind: 'declared', declaration: { name: '@s/a' } }],
  ['https://mirror.example.test/npm/@s%2fa', { kind: 'declared-packument', name: '@s/a' }],
  ['https://cnpm.example.test/@s/g/download/@s/g-1.0.0.tgz', { kind: 'declared', declaration: { name: '@s/g' } }],
  ['https://cnpm.example.test/h/download/h-1.0.0.tgz', { kind: 'declared', declaration: { name: 'h' } }],
  ['https://mirror.example.test/c/-/c-1.0.0.tgz', { kind: 'file', file: { integrity: 'sha512-AA' } }],
  ['https://code.example.test/e/archive/0123.tgz', { kind: 'file', file: { integrity: 'sha512-AA' } }],
])('%s is served', (url, target) => {
  expect(locate(url)).toMatchObject(target)
})

test.each([
  ['http://registry.example.test/other/a', 'Neither'],
  ['http://registry.example.test:8080/npm/a', 'Neither'],
  ['https://other.example.test/', 'Neither'],
  ['https://mirror.example.test/npm/@s/a/-/a-1.0.1.tgz', 'Neither'],
  ['https://mirror.example.test/npm/other', 'Neither'],
  ['https://mirror.example.test/d/-/d-1.0.0.tgz', 'without a digest'],
  ['https://cnpm.example.test/i/download/i-1.0.1.tgz', 'cannot be forged'],
  ['https://code.example.test/f/archive/0123.tgz', 'cannot be forged'],
  ['https://code.example.test/e.git/info/refs?service=git-upload-pack', 'Neither'],
])('%s is refused', (url, reason) => {
  expect(locate(url)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) })
})

test.each(['file:///etc/', 'registry', '', 'ftp://registry.example.test/'])(
  'a registry at %j is no configuration',
  (registry) => {
    const given = registry === '' ? { '@own:registry': 'nonsense' } : { registry }
    expect(() => openRegistries(given, [])).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }) as Error)
  },
)
