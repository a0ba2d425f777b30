import npmFetch from 'npm-registry-fetch'
import { expect, test } from 'vitest'
import { libraryRegistry, pickRegistry } from './npm-registry.ts'

const registry = 'https://registry.example/npm/'
const own = 'https://own.example/'

test.each([
  {},
  { registry },
  { registry: '' },
  { registry, '@own:registry': own },
  { registry, '@own:registry': '' },
  { '@own:registry': own },
  { registry, scope: '@own', '@own:registry': own },
  { registry, scope: 'own', '@own:registry': own },
  { registry, scope: '@other' },
])('asks the registry that npm’s own client asks, with %o', (options) => {
  for (const name of ['any', 'own', '@own/package', '@other/package'])
    expect(pickRegistry(name, options)).toBe(npmFetch.pickRegistry(name, options as { registry?: string }))
})

test('where nothing is configured that is the client’s own', () => {
  expect(libraryRegistry).toBe(npmFetch.pickRegistry('any'))
})
