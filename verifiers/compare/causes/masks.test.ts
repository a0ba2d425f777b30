import { expect, test } from 'vitest'
import { architecture } from './architecture.ts'
import type { StampCause } from './cause.ts'
import { commitStamp } from './commit-stamp.ts'
import { copyrightYear } from './copyright-year.ts'
import { generatedDate } from './generated-date.ts'
import { locale } from './locale.ts'
import { randomId } from './random-id.ts'
import { userHost } from './user-host.ts'

const same = (cause: StampCause, a: string, b: string) => cause.mask(a) === cause.mask(b)

test.each<[StampCause, string, string]>([
  [generatedDate, '// Generated on 2024-05-01 by tool', '// Generated on 2026-11-23 by tool'],
  [generatedDate, '# auto-generated: May 1, 2024', '# auto-generated: November 23, 2026'],
  [copyrightYear, '(c) 2011-2025, Someone', '(c) 2011-2026, Someone'],
  [copyrightYear, 'Copyright © 2024 Someone', 'Copyright © 2024-present Someone'],
  [randomId, '"3f2504e0-4f89-41d3-9a0c-0305e82c3301"', '"7c9e6679-7425-40de-944b-e07fc1f90ae7"'],
  [randomId, '"main.3f2a1b0c.chunk.js"', '"main.99aa1b0c.chunk.js"'],
  [randomId, '[data-v-7ba5bd90]', '[data-v-0aa5bd91]'],
  [commitStamp, `commit sha: ${'0a1b2c3d4e'.repeat(4)}`, `commit sha: ${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `GIT_SHA=${'0a1b2c3d4e'.repeat(4)}`, `GIT_SHA=${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `sha of the commit: ${'0a1b2c3d4e'.repeat(4)}`, `sha of the commit: ${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `x/y/commit/${'0a1b2c3d4e'.repeat(4)} a`, `x/y/commit/${'aabbccdde1'.repeat(4)} a`],
  [commitStamp, 'sha: 0a1b2c3', 'sha: ffeedd1'],
  [userHost, '// built on build-7.internal.', '// built on reproof.'],
  [userHost, '// built by jenkins@ci-7', '// built by builder@reproof'],
  [userHost, '"runner@fv-az123-45"', '"runner@fv-az9-1"'],
  [userHost, 'hostname: "mac.local"', 'hostname: "reproof"'],
  [architecture, '"linux-x64"', '"darwin-arm64"'],
  [architecture, '"addon_amd64.node"'.replace('_', '-'), '"addon-aarch64.node"'],
  [locale, '"1. Mai 2024"', '"1. May 2024"'],
  [locale, '"1.234.567,8 MB"', '"1,234,567.8 MB"'],
])('$id explains %s and %s', (cause, a, b) => expect(same(cause, a, b)).toBe(true))

test.each<[StampCause, string, string]>([
  [generatedDate, 'valid until 2024-05-01', 'valid until 2026-11-23'],
  [generatedDate, '// Generated on 2024-05-01 by evil', '// Generated on 2024-05-01 by tool'],
  [copyrightYear, '(c) 2025 Someone', '(c) 2025 Another'],
  [copyrightYear, 'until 2025', 'until 2035'],
  [copyrightYear, '(c) Someone, 2025-evil', '(c) Someone, 2026-good'],
  [randomId, '"da39a3ee5e6b4b0d3255bfef95601890afd80709"', '"aa39a3ee5e6b4b0d3255bfef95601890afd80709"'],
  [randomId, '"a94a8fe5"', '"b94a8fe6"'],
  [randomId, '"main.3f2a1b0c.evil.js"', '"main.3f2a1b0c.chunk.js"'],
  [commitStamp, `SHA-1 of tool.tgz: ${'0a1b2c3d4e'.repeat(4)}`, `SHA-1 of tool.tgz: ${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `checksum ${'0a1b2c3d4e'.repeat(4)}`, `checksum ${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `commit 1, key ${'0a1b2c3d4e'.repeat(4)}`, `commit 1, key ${'aabbccdde1'.repeat(4)}`],
  [commitStamp, `${'0a1b2c3d4e'.repeat(4)}  tool.tgz`, `${'aabbccdde1'.repeat(4)}  tool.tgz`],
  [userHost, 'host: mirror.evil-example.invalid', 'host: mirror.example.org'],
  [userHost, 'published by x@example.invalid', 'published by x@example.org'],
  [userHost, 'connect("evil")', 'connect("good")'],
  [userHost, 'user: "a b"', 'user: "c d e"'],
  [userHost, 'someone@example.org', 'other@example.org'],
  [architecture, '"linux"', '"darwin"'],
  [architecture, '"x64.evil"', '"arm64.good"'],
  [locale, '"1.5"', '"15"'],
  [locale, '"127.0.0.1"', '"127,0,0,1"'],
  [locale, '"May"', '"June"'],
])('$id does not explain %s and %s', (cause, a, b) => expect(same(cause, a, b)).toBe(false))
