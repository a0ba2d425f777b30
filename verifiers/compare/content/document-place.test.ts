import { expect, test } from 'vitest'
import { isNamedDocument, isReadByPrograms } from './document-place.ts'
import { readContent } from './file-kind.ts'

const kindOf = (path: string, around?: Parameters<typeof isNamedDocument>[1]) =>
  readContent(path, Buffer.from('words\n'), around).kind

test.each<[string, Parameters<typeof isNamedDocument>[1]]>([
  ['package/AUTHORS', { kind: 'npm' }],
  ['package/docs/NEWS', { kind: 'npm' }],
  ['package/node_modules/a/History.txt', { kind: 'npm' }],
  ['package/dist/vendor/LICENSE', { kind: 'npm' }],
  ['package/docs/rules/no-console.md', { kind: 'npm' }],
  ['package/lib/rules/no-console/README.md', { kind: 'npm' }],
  ['package/.github/CONTRIBUTING.md', { kind: 'npm' }],
  ['honest-1.0.0/CHANGES', { kind: 'sdist' }],
  ['honest-1.0.0/NEWS', { kind: 'tar' }],
  ['honest-1.0.dist-info/AUTHORS', { kind: 'wheel' }],
  ['honest-1.0.dist-info/licenses/AUTHORS', { kind: 'wheel' }],
  ['honest-1.0.data/data/share/doc/honest/NEWS', { kind: 'wheel' }],
  ['META-INF/NOTICE', { kind: 'jar' }],
  ['./usr/share/doc/honest/NEWS', { kind: 'tar', outer: 'data.tar.xz' }],
  ['CHANGELOG', { kind: 'tar', outer: 'data.tar.gz' }],
])('is a document for people: %s', (path, around) => expect(kindOf(path, around)).toBe('text'))

test.each<[string, Parameters<typeof isNamedDocument>[1]]>([
  ['package/data/authors.txt', { kind: 'npm' }],
  ['package/lib/news', { kind: 'npm' }],
  ['package/data/docs/news', { kind: 'npm' }],
  ['package/data/readme', { kind: 'npm' }],
  ['honest-1.0.0/src/news', { kind: 'crate' }],
  ['honest/contributors.txt', { kind: 'wheel' }],
  ['honest-1.0.data/data/etc/pam.d/readme.md', { kind: 'wheel' }],
  ['data/news', { kind: 'tar', outer: 'data.tar.gz' }],
  ['./etc/sudoers.d/maintainers', { kind: 'tar', outer: 'data.tar.xz' }],
  ['etc/sudoers.d/readme', { kind: 'tar' }],
  ['etc/cron.d/readme.md', { kind: 'tar' }],
  ['var/spool/cron/crontabs/news', { kind: 'tar' }],
  ['var/spool/cron/crontabs/copyright', { kind: 'tar' }],
  ['usr/share/bash-completion/completions/history', { kind: 'tar' }],
  ['usr/lib/cgi-bin/readme', { kind: 'tar' }],
  ['system.md', { kind: 'tar', outer: 'package/prompts/all.tgz' }],
  ['package/.some-agent/rules.md', { kind: 'npm' }],
  ['package/rules/typescript/style.md', { kind: 'npm' }],
])('is read by programs, or could be: %s', (path, around) => expect(kindOf(path, around)).toBe('program'))

test('a hostile path takes time in proportion to its length', () => {
  for (const part of ['rules/', '.a/', '-1', 'a.data/data/', 'readme_', '.dist-info/']) {
    const path = part.repeat(60_000 / part.length)
    expect([isNamedDocument(path), isReadByPrograms(path)]).toBeDefined()
  }
})
