import { expect, test } from 'vitest'
import { comparisonWith, differenceOf, hostileComparison } from '../../../fixtures/reports/comparisons.ts'
import type { Comparison } from '../../../verifiers/model/comparison.ts'
import { accountOfComparison } from '../account.ts'
import { renderComparisonPage } from './comparison-page.ts'

const pageOf = (comparison: Comparison) =>
  renderComparisonPage(accountOfComparison(comparison, { required: 'content-identical', met: false }))

test('the verdict comes first, then what is suspicious', () => {
  const page = pageOf(
    comparisonWith([
      differenceOf({ severity: 'benign', cause: 'times', path: '', summary: 'Times differ.' }),
      differenceOf({ summary: 'Code differs.' }),
    ]),
  )
  const order = ['<main', 'Suspicious differences (1)', 'Code differs.', 'Benign differences (1)', 'Times differ.']
  const places = order.map((text) => page.indexOf(text, page.indexOf('<main')))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(page.slice(0, page.indexOf('<main'))).toContain('The rebuild is not the same as what was published.')
})

test('whatever an archive is called and holds, the page has no markup but ours and runs nothing', () => {
  const page = pageOf(hostileComparison())
  expect(page).not.toMatch(
    /<(?:script|img|link|iframe|object|embed|base|form|svg)\b|<[^>]*\s(?:style|on\w+)=|javascript:[^ ]*"/i,
  )
  expect(page.replace(/<style>[\s\S]*?<\/style>/, '')).not.toMatch(/[\p{Cf}\p{Cs}\u0000-\u0008\u000b-\u001f]/u)
  for (const [, address] of page.matchAll(/\shref="([^"]*)"/g)) expect(address).toMatch(/^#[\w-]+$/)
})

test('every difference has an id of its own, and every link of the page leads somewhere', () => {
  const page = pageOf(hostileComparison())
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, id] of page.matchAll(/\shref="#([^"]*)"/g)) expect(ids).toContain(id)
})

test('tokens that differ are marked on both sides, and where one side has nothing it says so', () => {
  const page = pageOf(
    comparisonWith([
      differenceOf({
        evidence: {
          changes: [
            { line: 1, column: 4, published: 'eval', rebuilt: 'log', before: 'x; ', after: '(1)' },
            { line: 2, column: 1, published: '', rebuilt: 'a\tb', before: 'y; ', after: '' },
          ],
          count: 9,
        },
      }),
    ]),
  )
  expect(page).toContain('x; </span><del>eval</del><span class="context">(1)')
  expect(page).toContain('<ins>a\tb</ins>')
  expect(page).toContain('nothing here')
  expect(page).toContain('and 7 more places')
})

test('of a binary the bytes that differ are marked, at their offsets', () => {
  const bytes = { published: { hex: '0001020304050607ff', text: '' }, rebuilt: { hex: '0001020304050607fe', text: '' } }
  const page = pageOf(comparisonWith([differenceOf({ evidence: { offset: 16, bytes } })]))
  expect(page).toContain('<span class="quiet">00000008</span>  00 01 02 03 04 05 06 07  ········')
  expect(page).toMatch(/00000010<\/span> {2}<del>ff<\/del> {21} {2}<del>·<\/del>/)
})

test('missing, added and changed entries are marked by a symbol and a word', () => {
  const page = pageOf(
    comparisonWith([], {
      listing: {
        entries: [
          { path: 'package/same.js', state: 'same', published: 1, rebuilt: 1 },
          { path: 'package/lib/changed.js', state: 'changed', published: 1, rebuilt: 2 },
          { path: 'package/lib/removed.js', state: 'removed', published: 1 },
          { path: 'package/lib/added.js', state: 'added', rebuilt: 1 },
        ],
        omitted: 7,
      },
    }),
  )
  for (const [sign, word] of [
    ['=', 'the same'],
    ['≠', 'changed'],
    ['−', 'only in the published one'],
    ['+', 'only in the rebuilt one'],
  ])
    expect(page).toContain(`<span aria-hidden="true">${sign}</span><span class="hidden">${word}: </span>`)
  expect(page).toContain('and 7 more entries')
  expect(page).toContain('<strong>3 differ</strong>')
})

test('a path of thousands of folders makes no page that is hard to draw', () => {
  const path = `${'a/'.repeat(5000)}b`
  const page = pageOf(
    comparisonWith([], { listing: { entries: [{ path, state: 'removed', published: 1 }], omitted: 0 } }),
  )
  expect(page.match(/<details/g)).toHaveLength(12)
})

test('a report that somebody else wrote makes no page without end', () => {
  const long = 'x'.repeat(1_000_000)
  const changes = [{ line: 1, column: 1, published: long, rebuilt: long }]
  const differences = Array.from({ length: 20_000 }, (_, index) =>
    differenceOf({
      path: `${index}`,
      severity: index % 2 === 0 ? 'suspicious' : 'benign',
      cause: `cause-${index % 5}`,
    }),
  )
  const huge = differenceOf({
    path: long,
    evidence: { changes, [long.slice(0, 50)]: long, bytes: { published: long } },
  })
  expect(pageOf(comparisonWith([huge])).length).toBeLessThan(100_000)
  const page = pageOf(comparisonWith(differences))
  expect(page.length).toBeLessThan(8_000_000)
  expect(page).toMatch(/and \d+ more; <code>--json<\/code> lists them all/)
})
