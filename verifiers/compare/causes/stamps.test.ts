import { expect, test } from 'vitest'
import { explainStamps } from './stamps.ts'

test.each([
  ['"2024-05-01"', '"2026-11-23"', ['build-time']],
  ['"2024-05-01T10:11:12.123Z"', '"2026-11-23T05:06:07.000Z"', ['build-time']],
  [
    '// built Wed May 01 2024 10:11:12 GMT+0200 (Central European Summer Time)',
    '// built Mon Nov 23 2026 05:06:07 GMT+0000 (Coordinated Universal Time)',
    ['generated-date'],
  ],
  ['// May 1, 2024', '// November 23, 2026', ['build-time']],
  ['1714557072123', '1795410000000', ['build-time']],
  ['"v0.7.22"', '"unknown"', ['version-stamp']],
  ['"1.2.3"', '"1.2.3-4-gabcdef1"', ['version-stamp']],
  ['"0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"', '"ffb2c3d4e5f60718293a4b5c6d7e8f9012345678"', ['commit-stamp']],
  ['/*! lib v1.2.3 | 2024-05-01 */', '/*! lib v1.2.4 | 2026-11-23 */', ['build-time', 'version-stamp']],
  ['// v1.2.3, May 1, 2024, 0a1b2c3d', '// v1.2.4, Nov 23, 2026, 0a1b2c3d', ['build-time', 'version-stamp']],
  ['"/home/me/x/node_modules/a.js"', '"/builds/group/x/node_modules/a.js"', ['build-path']],
  ['"C:\\\\Users\\\\me\\\\x\\\\src\\\\a.js"', '"C:\\\\Users\\\\you\\\\src\\\\a.js"', ['build-path']],
])('%s and %s differ only in %s', (published, rebuilt, ids) => {
  expect(explainStamps(published, rebuilt)?.map(({ id }) => id)).toEqual(ids)
})

test.each([
  ['"https://a.example"', '"https://b.example"'],
  ['"2024-05-01"', '"evil()"'],
  ['"2024-05-01 evil()"', '"2026-11-23"'],
  ['"unknown"', '"require"'],
  ['"v1.2.3"', '"evil-1.2.3"'],
  ['"/home/me/a.js"', '"/home/you/b.js"'],
  ['"deadbeef"', '"deadbee"'],
  ['"1.2.3"', '"127.0.0.1"'],
  ['"abc"', '"abd"'],
])('%s and %s differ in more than a stamp', (published, rebuilt) => {
  expect(explainStamps(published, rebuilt)).toBeUndefined()
})
