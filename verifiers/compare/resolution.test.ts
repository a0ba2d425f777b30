import { expect, test } from 'vitest'
import { loadedInstead } from './resolution.ts'

test.each([
  ['package/a.js', 'package/a.json'],
  ['package/a.js', 'package/a.node'],
  ['package/a.js', 'package/a/index.js'],
  ['package/a.json', 'package/a/package.json'],
  ['package/a', 'package/a.js'],
  ['package/a/index.js', 'package/a/index.json'],
  ['package/a/index.js', 'package/a.js'],
])('without %s Node loads %s', (path, other) => {
  expect(loadedInstead(path, new Set([other]))).toBe(other)
})

test.each([
  ['package/a.js', 'package/a.mjs'],
  ['package/a.js', 'package/a.d.ts'],
  ['package/a.js', 'package/a.js'],
  ['package/a.js', 'package/b.js'],
  ['package/README.md', 'package/README'],
])('without %s Node does not load %s', (path, other) => {
  expect(loadedInstead(path, new Set([other]))).toBeUndefined()
})
