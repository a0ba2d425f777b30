import { expect, test } from 'vitest'
import { parseHostedAddress, parseRepositoryAddress } from './repository-address.ts'

test.each([
  ['owner/name', { url: 'https://github.com/owner/name' }],
  ['github:owner/name', { url: 'https://github.com/owner/name' }],
  ['gitlab:owner/name', { url: 'https://gitlab.com/owner/name' }],
  ['bitbucket:owner/name', { url: 'https://bitbucket.org/owner/name' }],
  ['gist:0123456789abcdef0123456789abcdef', { url: 'https://gist.github.com/0123456789abcdef0123456789abcdef' }],
  ['owner/name#v1', { url: 'https://github.com/owner/name', committish: 'v1' }],
  ['git+https://github.com/owner/name.git', { url: 'https://github.com/owner/name' }],
  ['git+ssh://git@github.com/owner/name.git', { url: 'https://github.com/owner/name' }],
  ['git@github.com:owner/name.git', { url: 'https://github.com/owner/name' }],
  ['git://github.com/owner/name.git', { url: 'https://github.com/owner/name' }],
  ['http://github.com/owner/name', { url: 'https://github.com/owner/name' }],
  ['https://someone:secret@github.com/owner/name', { url: 'https://github.com/owner/name' }],
  [
    'https://github.com/owner/name/tree/main/packages/x',
    { url: 'https://github.com/owner/name', directory: 'packages/x' },
  ],
  ['https://github.com/owner/name/tree/main', { url: 'https://github.com/owner/name' }],
  ['https://gitlab.com/group/sub/name', { url: 'https://gitlab.com/group/sub/name' }],
  ['https://gitlab.com/group/name/-/tree/main/x', { url: 'https://gitlab.com/group/name', directory: 'x' }],
  ['git@code.example.test:owner/name.git', { url: 'https://code.example.test/owner/name.git' }],
  ['ssh://git@code.example.test:2222/owner/name', { url: 'https://code.example.test/owner/name' }],
  ['git://code.example.test/name.git', { url: 'https://code.example.test/name.git' }],
  ['http://code.example.test/name', { url: 'https://code.example.test/name' }],
  ['http://127.0.0.1:8080/name', { url: 'http://127.0.0.1:8080/name' }],
  ['https://someone:secret@code.example.test/name?token=secret', { url: 'https://code.example.test/name' }],
])('%s', (text, expected) => {
  expect(parseRepositoryAddress(text)).toEqual(expected)
})

test.each([
  '',
  '  ',
  'name',
  '/etc',
  '../..',
  'ext::sh -c evil',
  'file:///etc',
  'https://',
  'two words',
  'a\nb',
  '%zz/%',
  'x'.repeat(5000),
])('%j is none', (text) => {
  expect(parseRepositoryAddress(text)).toBeUndefined()
})

test.each([
  ['https://github.com/owner/name#readme', 'https://github.com/owner/name'],
  ['https://github.com/owner/name/issues', 'https://github.com/owner/name'],
  ['https://gitlab.com/group/name/-/issues?x=1', 'https://gitlab.com/group/name'],
  ['https://github.com/owner/name/tree/main/packages/x', 'https://github.com/owner/name'],
  ['https://someone:secret@github.com/owner/name', 'https://github.com/owner/name'],
  ['https://name.example.test/owner/name', undefined],
  ['owner/name', undefined],
  ['https://github.com/', undefined],
  ['https://github.com/two words/name', undefined],
])('the page %j is of %j', (text, url) => {
  expect(parseHostedAddress(text)?.url).toBe(url)
})
