import { expect, test } from 'vitest'
import type { CheckReport } from '../../verifiers/model/check.ts'
import { renderCheck } from './check.ts'

const plain: CheckReport = {
  schema: 'https://reproof.dev/check/v1',
  subject: 'made@1.0.0',
  source: { directory: '', commit: 'c'.repeat(40), tree: 'a'.repeat(40), changed: 0 },
  verdict: 'bit-identical',
  required: 'bit-identical',
  met: true,
  varied: [{ id: 'clock', title: 'clock', from: 'now', to: 'later' }],
  notVaried: [{ id: 'order', title: 'order of directory entries', why: 'The file system sorts them.' }],
  differences: [],
  findings: [],
  builds: [],
  timings: {},
}

const hostile = '\u001b[2J\u202egnp\u0007\nreproof: all is well'

const difference = {
  path: `package/${hostile}`,
  kind: 'changed' as const,
  cause: 'code',
  severity: 'unexplained' as const,
  summary: hostile,
  evidence: { lines: [hostile, 1, hostile] },
}

test('two builds that agree: what was varied, and what was not', () => {
  const text = renderCheck(plain, { color: false })
  expect(text).toMatch(/^made@1\.0\.0: reproducible\nTwo builds gave the same bytes, with one thing varied\.\n/)
  expect(text).toContain('not varied   order of directory entries: The file system sorts them.')
})

test('what differs by itself is called so, with the line that may be why', () => {
  const text = renderCheck(
    {
      ...plain,
      verdict: 'different',
      met: false,
      deterministic: false,
      findings: [
        {
          kind: 'nondeterminism',
          variations: [],
          title: 'The output differs from build to build.',
          advice: 'Look for random values.',
          paths: ['package/a.js'],
          differences: [{ ...difference, path: 'package/a.js', summary: 'One value differs.', evidence: {} }],
          places: [{ file: 'build.js', line: 3, text: 'Math.random()', says: 'takes a value that is never the same' }],
        },
      ],
    },
    { color: false },
  )
  expect(text).toContain('made@1.0.0: nondeterministic (different)')
  expect(text).toContain('The output differs from build to build.  [nothing varied]')
  expect(text).toContain('package/a.js: One value differs.  [code]')
  expect(text).toContain('build.js:3  takes a value that is never the same')
})

test('nothing that a project names reaches the terminal as it is', () => {
  const text = renderCheck(
    {
      ...plain,
      subject: hostile,
      recipeFile: hostile,
      source: { ...plain.source, directory: hostile },
      run: { id: 'x', folder: hostile },
      verdict: 'different',
      met: false,
      findings: [
        {
          kind: 'variation',
          variations: ['path'],
          title: 'The output depends on the folder.',
          advice: 'Write relative paths.',
          paths: [difference.path],
          differences: [difference],
          places: [{ file: hostile, line: 1, text: hostile, says: 'has the path' }],
          problem: { code: 'STEP_FAILED', message: hostile, log: hostile },
        },
      ],
      problem: { code: 'STEP_FAILED', stage: 'rebuild', message: hostile, hint: hostile, details: { log: hostile } },
    },
    { color: false },
  )
  expect(text).not.toMatch(/[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n]]/v)
  expect(text).not.toMatch(/^reproof: all is well/m)
})
