import { expect, test } from 'vitest'
import { comparisonWith, differenceOf, hostileComparison, hostileTexts } from '../../fixtures/reports/comparisons.ts'
import type { Comparison } from '../../verifiers/model/comparison.ts'
import { accountOfComparison } from './account.ts'
import { renderMarkdown } from './markdown.ts'

const markdownOf = (comparison: Comparison, met = false) =>
  renderMarkdown(accountOfComparison(comparison, { required: 'content-identical', met }))

/** What is left when fenced code, code spans and the HTML that we write ourselves are taken away. */
function proseOf(markdown: string): string {
  return withoutFences(markdown)
    .replace(/^### .*$/m, '')
    .replace(/<code>[^<]*<\/code>/g, '')
    .replace(/<\/?(?:p|b|details|summary|table|tr|td|ul|li|sub|sup|code)>/g, '')
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '')
}

test('the verdict and what to do come first, then suspicious differences, each folded', () => {
  const text = markdownOf(
    comparisonWith([
      differenceOf({ severity: 'benign', cause: 'times', path: '', summary: '3 entries with another time.' }),
      differenceOf({
        path: 'package/evil.js',
        kind: 'removed',
        cause: 'missing',
        summary: 'It is not in the rebuild.',
      }),
    ]),
  )
  expect(text.split('\n')[0]).toBe('### ❌ different: ` published.tgz and rebuilt.tgz `')
  expect(text).toContain('One difference could change what the package does, or hide something.')
  expect(text.indexOf('#### suspicious (1)')).toBeLessThan(text.indexOf('#### benign (1)'))
  expect(text).toContain('<details><summary>− <code>package/evil.js</code></summary>\n\n<p>It is not in the rebuild.')
})

test('no name or text makes markup, a link, a mention or a reference, or leaves its fence', () => {
  const text = markdownOf(hostileComparison())
  const prose = proseOf(text).replaceAll('&#8203;', '\u200b')
  expect(prose).not.toMatch(/<(?!!--)/)
  expect(prose).not.toMatch(/[@#][\w-]/)
  expect(prose).not.toMatch(/:\/\/|www\./)
  expect(text).not.toMatch(/[\p{Cf}\p{Cs}\u0000-\u0009\u000b-\u001f]/u)
  // Each fence closes where it was meant to: outside of them no line begins as one of a diff does.
  expect(prose).not.toMatch(/^[-+] /m)
  const markup = withoutFences(text).replace(/^### .*$/m, '')
  expect(markup.match(/<\/details>/g)).toHaveLength(markup.match(/<details>/g)?.length ?? 0)
})

test.each(hostileTexts)('a block of HTML stays one line, whatever stands in it: %j', (summary) => {
  const text = markdownOf(comparisonWith([differenceOf({ summary: `a\n\n${summary}`, path: `b\n\n${summary}` })]))
  for (const line of text.split('\n').filter((line) => line.includes('a\\u{a}'))) expect(line).toMatch(/^<.*>$/)
})

test.each([
  ['many differences', 5000, 'x'],
  ['long names', 300, 'x'.repeat(60_000)],
])('it fits into a comment, and says what it left out: %s', (_, count, name) => {
  const differences = Array.from({ length: count }, (_, index) =>
    differenceOf({
      path: `package/${index}${name}`,
      cause: `cause-${index % 40}`,
      evidence: {
        changes: Array.from({ length: 20 }, () => ({
          line: 1,
          column: 1,
          published: 'a '.repeat(300),
          rebuilt: 'b '.repeat(300),
        })),
      },
    }),
  )
  const text = markdownOf(comparisonWith(differences))
  expect(text.length).toBeLessThan(65_536)
  expect(text).toMatch(/and \d+ more, for which there is no room here/)
  expect(text.match(/<\/details>/g)).toHaveLength(text.match(/<details>/g)?.length ?? 0)
})

test('many files with one harmless cause are one line', () => {
  const differences = Array.from({ length: 214 }, (_, index) =>
    differenceOf({ path: `package/${index}.js`, severity: 'benign', cause: 'line-endings' }),
  )
  expect(markdownOf(comparisonWith(differences))).toContain('and 214 files that differ only in their line ends')
})
