import { expect, test } from 'vitest'
import { hostileCheck } from '../../fixtures/reports/checks.ts'
import { sarifFaults } from '../../fixtures/schemas/sarif.ts'
import { renderCheckMarkdown } from './check-markdown.ts'
import { checkSarif } from './check-sarif.ts'
import { renderCheckPage } from './html/check-page.ts'

const report = hostileCheck
const formats = { page: renderCheckPage(report), Markdown: renderCheckMarkdown(report) }

test.each(Object.entries(formats))('a %s has what is known, and no markup but ours', (_, text) => {
  for (const known of ['The output depends on one.', 'Leave it out.', 'build a.js:3', 'reads the clock', 'later']) {
    expect(text).toContain(known)
  }
  expect(text).toContain('The file system sorts them.')
  expect(text).not.toMatch(/<img|\u001b|\u202e/)
})

test('every link of the page leads somewhere, and every id is there once', () => {
  const ids = [...formats.page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, id] of formats.page.matchAll(/\shref="#([^"]*)"/g)) expect(ids).toContain(id)
})

test('SARIF has a result for each finding, at its line, or at the manifest of the package', () => {
  expect(sarifFaults(checkSarif(report, report.source.directory))).toEqual([])
  const { runs } = checkSarif(report, report.source.directory) as { runs: { results: unknown[] }[] }
  expect(runs[0]?.results).toMatchObject([
    {
      ruleId: 'variation',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'build%20a.js' }, region: { startLine: 3 } } }],
    },
    {
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'packages/made/package.json' }, region: { startLine: 1 } } },
      ],
    },
  ])
})

test('nobody is mentioned in Markdown', () => {
  expect(formats.Markdown).not.toMatch(/<p>[^<]*@everyone/)
})
