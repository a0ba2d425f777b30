import { expect, test } from 'vitest'
import { compareVersions } from './version.ts'

test.each([
  ['1.0', '=', '1.0'],
  ['1.0', '=', '1.00'],
  ['1.0', '=', '0:1.0'],
  ['1.0', '<', '1.0-0.1'],
  ['1.9', '<', '1.10'],
  ['1:0.1', '>', '9.9'],
  ['1.0~rc1', '<', '1.0'],
  ['1.0~~', '<', '1.0~'],
  ['1.0-1~deb12u1', '<', '1.0-1'],
  ['2.36-9+deb12u10', '>', '2.36-9+deb12u9'],
  ['5.2.15-2+b13', '>', '5.2.15-2+b2'],
  ['1.0a', '<', '1.0+'],
  ['1.0a', '>', '1.0'],
  ['a', '<', '+'],
  ['1-1-2', '>', '1-1-1'],
  ['99999999999999999999', '<', '100000000000000000000'],
])('Debian Policy 5.6.12: %s %s %s', (left, relation, right) => {
  const signs = { '<': -1, '=': 0, '>': 1 } as const
  expect(Math.sign(compareVersions(left, right))).toBe(signs[relation as '<'])
  expect(Math.sign(compareVersions(right, left))).toBe(0 - signs[relation as '<'])
})
