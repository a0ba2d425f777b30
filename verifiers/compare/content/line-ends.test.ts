import { expect, test } from 'vitest'
import { explainLineEnds, hidesInLineEnds } from './line-ends.ts'

test.each<[string, string, Parameters<typeof explainLineEnds>[2], string]>([
  ['all', 'a()\r\nb()\r\n', 'javascript', 'benign'],
  ['all of a script', 'a\r\nb\r\n', 'program', 'unexplained'],
  ['all in comments of types', '/* a\r\n b */\nexport interface A {}\n', 'types', 'unexplained'],
  ['some in comments of types', '/* a\r\n b */\nexport interface A {}\n/* c\n */\n', 'types', 'suspicious'],
  ['some', 'a()\r\nb()\n', 'javascript', 'suspicious'],
  ['all in comments', '/* a\r\n b */\na()\n/* c\r\n d */\n', 'javascript', 'unexplained'],
  ['all in comments of a text', '/* a\r\n b */\na()\n', 'text', 'suspicious'],
  ['some in comments', '/* a\r\n b */\na()\n/* c\n d */\n', 'javascript', 'suspicious'],
  ['some within one comment', '/* a\r\n b\n c */\na()\n', 'javascript', 'suspicious'],
  ['those in comments and another', '/* a\r\n b */\r\na()\n', 'javascript', 'suspicious'],
  ['those of a string that looks like a comment', 'a`/*\r\n*/`\nb()\n', 'javascript', 'suspicious'],
  ['those in comments of what is no program', '/* a\r\n b */\na(\n', 'javascript', 'suspicious'],
])('where %s are those of Windows', (_, published, kind, severity) => {
  expect(explainLineEnds(published, published.replaceAll('\r\n', '\n'), kind, { path: 'a/README' })?.severity).toBe(
    severity,
  )
})

test('what differs in more than line ends is not explained by them', () => {
  expect(explainLineEnds('a()\r\n', 'b()\n', 'javascript', { path: 'a/b.js' })).toBeUndefined()
})

test.each<[string, string, string, boolean]>([
  ['all lines', 'a()\r\nb()\r\n', 'a()\nc()\n', false],
  ['all comments', '/* a\r\n */\nb()\n', '/* a\n */\nc()\n', false],
  ['the lines that do on the other side', 'a()\r\n  b()\n', 'a()\r\nb()\n', false],
  ['the lines of a comment behind other code', 'a();/* b\r\n */\nd()\n', 'c();/* b\r\n */\nd()\n', false],
  ['the lines of one of two comments', 'a();/* b\r\n */\nd()/* e\n */\n', 'c();/* b\r\n */\nd()/* e\n */\n', false],
  ['lines that end in either way, as there', 'a()\r\n}\n}\r\n', 'b()\n}\n}\r\n a()\r\n', false],
  ['lines that end in either way, otherwise', 'a()\r\n}\r\n}\n', 'b()\n}\n}\r\n a()\r\n', true],
  ['a line that does not on the other side', 'a()\r\n  b()\r\nc()\n', 'a()\r\nb()\nc()\n', true],
  ['some lines', 'a()\r\nb()\n', 'a()\nc()\n', true],
  ['some comments', '/* a\r\n */\nb()\n/* c\n */\n', '/* a\n */\nb()\n/* d\n */\n', true],
])('beside what else differs, %s end in CRLF', (_, published, rebuilt, hides) => {
  expect(hidesInLineEnds(published, rebuilt, 'javascript')).toBe(hides)
})
