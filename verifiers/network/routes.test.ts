import { expect, test } from 'vitest'
import { routeOf } from './routes.ts'

test.each([
  ['', { kind: 'ping' }],
  ['-/ping?write=true', { kind: 'ping' }],
  ['ms', { kind: 'packument', name: 'ms' }],
  ['@types%2fnode', { kind: 'packument', name: '@types/node' }],
  ['@types%2Fnode', { kind: 'packument', name: '@types/node' }],
  ['@types/node', { kind: 'packument', name: '@types/node' }],
  ['%40types%2Fnode', { kind: 'packument', name: '@types/node' }],
  ['JSONStream', { kind: 'packument', name: 'JSONStream' }],
  ['ms/2.1.3', { kind: 'manifest', name: 'ms', selector: '2.1.3' }],
  ['@types/node/latest', { kind: 'manifest', name: '@types/node', selector: 'latest' }],
  ['-/package/@types%2fnode/dist-tags', { kind: 'dist-tags', name: '@types/node' }],
  ['ms/-/ms-2.1.3.tgz', { kind: 'tarball', name: 'ms', file: 'ms-2.1.3.tgz', version: '2.1.3' }],
  ['ms/-/ms-2.1.3.tgz?cache=0', { kind: 'tarball', name: 'ms', file: 'ms-2.1.3.tgz', version: '2.1.3' }],
  [
    '@s/a/-/a-1.0.0-rc.1%2Bb.tgz',
    { kind: 'tarball', name: '@s/a', file: 'a-1.0.0-rc.1+b.tgz', version: '1.0.0-rc.1+b' },
  ],
  ['@s%2fa/-/@s/a-1.0.0.tgz', { kind: 'tarball', name: '@s/a', file: 'a-1.0.0.tgz', version: '1.0.0' }],
  ['ms/-/another.tgz', { kind: 'tarball', name: 'ms', file: 'another.tgz' }],
  ['-/npm/v1/security/advisories/bulk', { kind: 'advisories' }],
  ['-/npm/v1/security/audits/quick', { kind: 'advisories' }],
  ['-/whoami', { kind: 'unknown' }],
  ['-/npm/v1/tokens', { kind: 'unknown' }],
  ['-/v1/search?text=x', { kind: 'unknown' }],
  ['%zz', { kind: 'unknown' }],
  ['../../etc/passwd', { kind: 'unknown' }],
  ['%2e%2e/etc', { kind: 'unknown' }],
  ['@s', { kind: 'unknown' }],
  ['a b', { kind: 'unknown' }],
  ['ms/-rev/1/2', { kind: 'unknown' }],
  [`${'a'.repeat(215)}`, { kind: 'unknown' }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route)
})
