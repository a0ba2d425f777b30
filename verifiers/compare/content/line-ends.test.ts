import { expect, test } from 'vitest'
import { explainLineEnds } from './line-ends.ts'

test.each<[string, string, Parameters<typeof explainLineEnds>[2], string]>([
  ['all', 'a()\r\nb()\r\n', 'javascript', 'benign'],
  ['all of a script', 'a\r\nb\r\n', 'program', 'unexplained'],
  ['some', 'a()\r\nb()\n', 'javascript', 'suspicious'],
  ['all in comments', '/* a\r\n b */\na()\n/* c\r\n d */\n', 'javascript', 'unexplained'],
  ['all in comments of a text', '/* a\r\n b */\na()\n', 'text', 'suspicious'],
  ['some in comments', '/* a\r\n b */\na()\n/* c\n d */\n', 'javascript', 'suspicious'],
  ['some within one comment', '/* a\r\n b\n c */\na()\n', 'javascript', 'suspicious'],
  ['those in comments and another', '/* a\r\n b */\r\na()\n', 'javascript', 'suspicious'],
  ['those of a string that looks like a comment', 'a`/*\r\n*/`\nb()\n', 'javascript', 'suspicious'],
  ['those in comments of what is no program', '/* a\r\n b */\na(\n', 'javascript', 'suspicious'],
])('where %s are those of Windows', (_, published, kind, severity) => {
  expect(explainLineEnds(published, published.replaceAll('\r\n', '\n'), kind)?.severity).toBe(severity)
})

test('what differs in more than line ends is not explained by them', () => {
  expect(explainLineEnds('a()\r\n', 'b()\n', 'javascript')).toBeUndefined()
})
