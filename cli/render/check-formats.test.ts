import { expect, test } from 'vitest'
import type { CheckReport } from '../../verifiers/model/check.ts'
import { renderCheckMarkdown } from './check-markdown.ts'
import { checkSarif } from './check-sarif.ts'
import { renderCheckPage } from './html/check-page.ts'

const hostile = '\u001b[2J\u202e</code><img src=x onerror=alert(1)>`@everyone'

const report: CheckReport = {
  schema: 'https://reproof.dev/check/v1',
  subject: `made@1.0.0${hostile}`,
  source: { directory: 'packages/made', tree: 'a'.repeat(40), changed: 0 },
  verdict: 'different',
  required: 'bit-identical',
  met: false,
  deterministic: true,
  varied: [{ id: 'clock', title: 'clock', from: 'now', to: 'later' }],
  notVaried: [{ id: 'order', title: 'order of directory entries', why: 'The file system sorts them.' }],
  differences: [],
  findings: ['one', 'other'].map((title) => ({
    kind: 'variation',
    variations: ['clock'],
    title: `The output depends on ${title}.`,
    advice: 'Leave it out.',
    paths: [`package/${hostile}`],
    differences: [
      {
        path: `package/${hostile}`,
        kind: 'changed',
        cause: 'code',
        severity: 'unexplained',
        summary: hostile,
        evidence: {},
      },
    ],
    places: title === 'one' ? [{ file: 'build a.js', line: 3, text: hostile, says: 'reads the clock' }] : [],
  })),
  builds: [{ number: 1, varied: [], purpose: 'nothing varied', seconds: 1, same: true }],
  problem: { code: 'STEP_FAILED', stage: 'rebuild', message: hostile, hint: hostile, details: {} },
  timings: {},
}

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
