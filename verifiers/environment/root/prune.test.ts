import { expect, test } from 'vitest'
import { isPruned } from './prune.ts'

test.each([
  ['usr/share/doc/bash/copyright', false],
  ['usr/share/doc/bash', true],
  ['usr/share/doc/bash/changelog.gz', true],
  ['usr/share/doc/bash/examples/copyright', true],
  ['usr/share/man/man1/bash.1.gz', true],
  ['usr/share/locale/de/LC_MESSAGES/bash.mo', true],
  ['usr/share/zoneinfo/Etc/UTC', false],
  ['usr/lib/locale/C.utf8/LC_CTYPE', false],
  ['usr/include/man/x.h', false],
])('%s is left out: %s', (path, expected) => {
  expect(isPruned(path)).toBe(expected)
})
