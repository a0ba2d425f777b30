import { expect, test } from 'vitest'
import { settledPackages, withDigests } from './settle-lock.ts'

test('packages of other platforms are locked, and the Node that runs npm is no reason to leave one out', () => {
  const packages = {
    '': { optionalDependencies: { 'of-the-project-linux-x64': '1.0.0' } },
    'node_modules/tool': {
      version: '1.5.3',
      dev: true,
      optionalDependencies: {
        '@tool/cli-linux-x64-musl': '1.5.3',
        '@tool/cli-wasm32-wasi': '1.5.3',
        fsevents: '1.0.0',
      },
    },
    'node_modules/@tool/cli-linux-x64-gnu': {
      version: '1.5.3',
      optional: true,
      os: ['linux'],
      engines: { node: '>=22' },
    },
    'node_modules/plain': { version: '2.0.0', engines: { node: '>=22' } },
  }
  const settled = settledPackages(packages)
  expect(settled['node_modules/@tool/cli-linux-x64-musl']).toEqual({
    version: '1.5.3',
    dev: true,
    optional: true,
    os: ['linux'],
    cpu: ['x64'],
    libc: ['musl'],
  })
  expect(settled['node_modules/@tool/cli-wasm32-wasi']?.cpu).toEqual(['wasm32'])
  expect(settled['node_modules/fsevents']).toBeUndefined()
  expect(settled['node_modules/@tool/cli-linux-x64-gnu']?.engines).toBeUndefined()
  expect(settled['node_modules/plain']?.engines).toEqual({ node: '>=22' })
  expect(settledPackages(settled)).toEqual(settled)
})

test('a digest is noted for what has none, and none is replaced', async () => {
  const packages = {
    'node_modules/a/node_modules/@tool/cli-linux-arm64': { version: '1.5.3', optional: true },
    'node_modules/@tool/cli-linux-x64': { version: '1.5.3', integrity: 'sha512-known', optional: true },
    'node_modules/@tool/cli-aix-ppc64': { version: '1.5.3', optional: true },
    'node_modules/plain': { version: '2.0.0' },
  }
  const asked: string[] = []
  const filled = await withDigests(packages, async (name, version) => {
    asked.push(`${name}@${version}`)
    return name.includes('arm64') ? 'sha512-found' : undefined
  })
  expect(asked).toEqual(['@tool/cli-linux-arm64@1.5.3', '@tool/cli-aix-ppc64@1.5.3'])
  expect(filled).toEqual({
    ...packages,
    'node_modules/a/node_modules/@tool/cli-linux-arm64': {
      version: '1.5.3',
      integrity: 'sha512-found',
      optional: true,
    },
  })
})
