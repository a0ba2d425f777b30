import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { needOf } from './need.ts'

function need(changed: string[], missing: string[], source: string, published: string) {
  const manifest = parseBuildManifest(source)
  if (!manifest) throw new Error('no manifest')
  const match = { total: 10, same: 10 - changed.length - missing.length, missing, changed }
  return needOf({ match, published: { manifest: published }, manifest, sourceManifest: source, version: '1.2.3' }).build
}

const source = '{"name":"a","version":"0.0.0-development","scripts":{}}'
const stamped = '{\n  "name": "a",\n  "version": "1.2.3",\n  "scripts": {}\n}'

test.each<[string, string[], string[], string, string, boolean]>([
  ['everything is in the source', [], [], source, source, false],
  ['a file is not in the source', [], ['dist/a.js'], source, source, true],
  ['a file has other bytes', ['a.js'], [], source, source, true],
  ['only the version was written', ['package.json'], [], source, stamped, false],
  ['package.json was changed in more', ['package.json'], [], source, stamped.replace('{}', '{"a":"b"}'), true],
  ['package.json is not JSON', ['package.json'], [], source, '{', true],
  [
    'package.json is nested without end',
    ['package.json'],
    [],
    source,
    `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    true,
  ],
  ['a script decides what is packed', [], [], '{"scripts":{"prepack":"npmignore --auto"}}', source, true],
  ['a script of a script does', [], [], '{"scripts":{"prepack":"npm run x","x":"npmignore"}}', source, true],
])('whether something has to be built where %s', (_, changed, missing, from, published, expected) => {
  expect(need(changed, missing, from, published)).toBe(expected)
})
