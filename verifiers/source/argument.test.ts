import { expect, test } from 'vitest'
import { parseSourceArgument } from './argument.ts'

const cwd = '/home/somebody'

test.each([
  ['git+https://code.example.test/o/r.git', { kind: 'git', url: 'https://code.example.test/o/r.git' }],
  ['git+https://code.example.test/o/r#v1.0.0', { kind: 'git', url: 'https://code.example.test/o/r', ref: 'v1.0.0' }],
  ['git+https://code.example.test/o/r#a%2Fb', { kind: 'git', url: 'https://code.example.test/o/r', ref: 'a/b' }],
  [
    'git+https://code.example.test/o/r#@s/p@1.0.0',
    { kind: 'git', url: 'https://code.example.test/o/r', ref: '@s/p@1.0.0' },
  ],
  ['git+http://127.0.0.1:8080/r', { kind: 'git', url: 'http://127.0.0.1:8080/r' }],
  ['git+file:///srv/r#main', { kind: 'folder', path: '/srv/r', ref: 'main' }],
  ['file:///srv/r', { kind: 'folder', path: '/srv/r' }],
  ['.', { kind: 'folder', path: cwd }],
  ['../r#main', { kind: 'folder', path: '/home/r', ref: 'main' }],
  ['r with spaces', { kind: 'folder', path: '/home/somebody/r with spaces' }],
  ['./r-1.0.0.tgz', { kind: 'archive', path: '/home/somebody/r-1.0.0.tgz' }],
  ['/srv/r.tar.xz', { kind: 'archive', path: '/srv/r.tar.xz' }],
  ['file:///srv/r.tar.gz', { kind: 'archive', path: '/srv/r.tar.gz' }],
  ['https://example.test/r.tar.gz', { kind: 'archive', url: 'https://example.test/r.tar.gz' }],
  [
    'https://github.com/o/r/archive/refs/tags/v1.tar.gz',
    { kind: 'archive', url: 'https://github.com/o/r/archive/refs/tags/v1.tar.gz' },
  ],
  ['https://example.test/download?id=7', { kind: 'archive', url: 'https://example.test/download?id=7' }],
  ['debian:node-ms', { kind: 'debian', package: 'node-ms' }],
  ['debian:node-ms@2.1.3', { kind: 'debian', package: 'node-ms', version: '2.1.3' }],
  ['debian:node-x@1:2.0~rc1+dfsg-3', { kind: 'debian', package: 'node-x', version: '1:2.0~rc1+dfsg-3' }],
])('%s', (text, expected) => {
  expect(parseSourceArgument(text, { cwd })).toEqual(expected)
})

test.each([
  '',
  '   ',
  'git+ssh://git@example.test/r',
  'git+http://example.test/r',
  'git+https://user:secret@example.test/r',
  'git+https://example.test',
  'git+ext::sh -c evil',
  'ext::sh -c evil',
  'ssh://git@example.test/r',
  'http://example.test/r.tar.gz',
  'https://user:secret@example.test/r.tar.gz',
  'https://github.com/o/r',
  'https://gitlab.com/o/r.git',
  'git+https://example.test/r#--upload-pack=evil',
  'git+https://example.test/r#a..b',
  'git+https://example.test/r#a b',
  './r#-x',
  'debian:',
  'debian:../etc',
  'debian:Node',
  'debian:node-ms@',
  'debian:node-ms@../..',
  'a\nb',
  'a\0b',
  'x'.repeat(5000),
])('%j is refused in one sentence, without a password in it', (text) => {
  expect(() => parseSourceArgument(text, { cwd })).toThrow(
    expect.objectContaining({
      code: 'SOURCE_ARGUMENT_INVALID',
      message: expect.not.stringMatching(/secret|\n/),
      hint: expect.any(String),
    }),
  )
})
