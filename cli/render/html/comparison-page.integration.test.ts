import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, hasChromium, startChromium } from '../../../fixtures/browser/chromium.ts'
import { comparisonWith, differenceOf, hostileComparison } from '../../../fixtures/reports/comparisons.ts'
import type { Comparison, Difference } from '../../../verifiers/model/comparison.ts'
import { accountOfComparison } from '../account.ts'
import { renderComparisonPage } from './comparison-page.ts'

const pageOf = (comparison: Comparison) =>
  renderComparisonPage(accountOfComparison(comparison, { required: 'content-identical', met: false }))

const change = (line: number, text: string) => ({
  line,
  column: 3,
  published: `${text} evil()`,
  rebuilt: text,
  before: 'before; ',
  after: '; after',
})

/** A difference of every kind that a page shows in a way of its own. */
const ordinary = comparisonWith(
  [
    differenceOf({
      path: 'package/dist/index.min.js',
      evidence: { changes: [change(1, 'a'), change(2, 'b')], count: 30 },
    }),
    differenceOf({ path: 'package/evil.js', kind: 'removed', cause: 'missing', summary: 'It is not in the rebuild.' }),
    differenceOf({ path: 'package/c.js', evidence: { changes: [change(3, 'c')], count: 1 } }),
    differenceOf({ path: 'package/d.js', summary: 'The fourth.', evidence: { changes: [change(4, 'd')], count: 1 } }),
    differenceOf({
      path: 'package/lib/addon.node',
      cause: 'machine-code',
      evidence: {
        offset: 64,
        bytes: { published: { hex: 'ab'.repeat(40), text: '' }, rebuilt: { hex: `${'ab'.repeat(8)}cd`, text: '' } },
        published: { type: 'file', size: 40, mode: '0644' },
        rebuilt: { type: 'file', size: 9, mode: '0755' },
      },
    }),
    ...Array.from({ length: 6 }, (_, index) =>
      differenceOf({ path: `package/${index}.map`, cause: 'source-map', severity: 'unexplained' }),
    ),
    differenceOf({
      path: '',
      cause: 'times',
      severity: 'benign',
      summary: '7 entries with another modification time.',
      evidence: { count: 7, examples: [{ path: 'package/a', published: '1', rebuilt: '2' }] },
    }),
  ],
  {
    listing: {
      entries: [
        { path: 'package/evil.js', state: 'removed', published: 100 },
        { path: 'package/new.js', state: 'added', rebuilt: 10 },
        { path: 'package/dist/index.min.js', state: 'changed', published: 10_000, rebuilt: 9990 },
        ...Array.from({ length: 9 }, (_, index) => ({
          path: `package/dist/${index}.js`,
          state: 'same' as const,
          published: 5,
          rebuilt: 5,
        })),
      ],
      omitted: 0,
    },
  },
)

/** What two archives of 50 MB give that have little in common. */
function largeComparison(): Comparison {
  const path = (index: number) => `package/dist/part${index % 60}/file${index}.js`
  const differences = Array.from({ length: 6000 }, (_, index): Difference => {
    const changes = Array.from({ length: 8 }, (_, line) => change(line + 1, `const value${index} = ${line}`))
    const severity = (['suspicious', 'unexplained', 'benign'] as const)[index % 3] ?? 'benign'
    return differenceOf({ path: path(index), cause: `cause-${index % 3}`, severity, evidence: { changes, count: 8 } })
  })
  const entries = Array.from({ length: 10_000 }, (_, index) => ({
    path: path(index),
    state: index < 6000 ? ('changed' as const) : ('same' as const),
    published: 5000,
    rebuilt: 5001,
  }))
  return comparisonWith(differences, { listing: { entries, omitted: 40_000 } })
}

let browser: Browser
beforeAll(async () => {
  if (hasChromium()) browser = await startChromium()
})
afterAll(() => browser?.[Symbol.asyncDispose]())

const pages: [string, Comparison][] = [
  ['of an ordinary comparison', ordinary],
  ['of a comparison with hostile names', hostileComparison()],
  ['of two files that are the same', comparisonWith([], { verdict: 'bit-identical' })],
]

describe.runIf(hasChromium())('in a browser', () => {
  test.each(pages)('the page %s asks for nothing and violates no policy', async (_, comparison) => {
    await using opened = await browser.open(pageOf(comparison))
    expect({ requests: opened.requests, messages: opened.messages }).toEqual({ requests: [], messages: [] })
    expect(await opened.page.locator('script, img, iframe, link, object').count()).toBe(0)
  })

  test.each<[string, number, boolean, Comparison]>([
    ['of an ordinary comparison', 1280, false, ordinary],
    ['of an ordinary comparison', 390, true, ordinary],
    ['of a comparison with hostile names', 390, false, hostileComparison(2)],
  ])('the page %s can be used by everybody, %d pixels wide, dark: %s', async (_, width, dark, comparison) => {
    await using opened = await browser.open(pageOf(comparison), { width, dark })
    const { page } = opened
    // axe looks at what is open, and not at what was not drawn yet.
    await page.evaluate(`
      for (const one of document.querySelectorAll('details')) one.open = true
      for (const one of document.querySelectorAll('article')) one.style.contentVisibility = 'visible'
    `)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  })

  test('without scripts everything can be opened and read', async () => {
    await using opened = await browser.open(pageOf(ordinary), { scripts: false })
    const article = opened.page.locator('article', { hasText: 'The fourth.' })
    const marked = article.locator('del')
    expect(await marked.isVisible()).toBe(false)
    await article.locator('summary').first().click()
    expect(await marked.isVisible()).toBe(true)
    expect(await marked.textContent()).toBe('d evil()')
  })

  test('a keyboard is enough: skip to the content, open what is closed, follow a permalink', async () => {
    await using tab = await browser.open(pageOf(ordinary))
    const { page } = tab
    const focused = () =>
      page.evaluate<{ tag: string; text: string; outlined: boolean; opened?: boolean }>(`({
      tag: document.activeElement.tagName,
      text: document.activeElement.textContent,
      outlined: getComputedStyle(document.activeElement).outlineStyle !== 'none',
      opened: document.activeElement.closest('details')?.open,
    })`)
    await page.keyboard.press('Tab')
    expect(await focused()).toMatchObject({ text: 'Skip to the content', outlined: true })
    await page.keyboard.press('Enter')
    expect((await focused()).tag).toBe('MAIN')
    const reached: string[] = []
    let opens = 0
    for (let step = 0; step < 60; step++) {
      await page.keyboard.press('Tab')
      const { text, outlined, tag, opened } = await focused()
      // Behind the last one comes the browser itself.
      if (tag === 'BODY') break
      expect(outlined).toBe(true)
      reached.push(`${tag} ${text}`)
      if (tag !== 'SUMMARY' || opened !== false) continue
      await page.keyboard.press('Space')
      expect((await focused()).opened).toBe(true)
      opens++
    }
    expect(opens).toBeGreaterThan(3)
    expect(reached.filter((one) => one === 'A #').length).toBeGreaterThan(3)
  })

  test('a permalink leads to its difference, also in a page that was made again', async () => {
    await using first = await browser.open(pageOf(ordinary))
    const link = first.page.locator('article', { hasText: 'The fourth.' }).locator('a.permalink')
    const fragment = (await link.getAttribute('href')) ?? ''
    const { differences, ...rest } = ordinary
    await using second = await browser.open(pageOf({ ...rest, differences: differences.toReversed() }))
    await second.page.goto(`${second.page.url()}${fragment}`)
    const target = second.page.locator(':target')
    expect(await target.textContent()).toContain('package/d.js')
    await expect.poll(() => target.evaluate((element) => element.getBoundingClientRect().top)).toBeLessThan(800)
  })

  test('a large comparison opens with little to draw, and all of it can be found', async () => {
    const text = pageOf(largeComparison())
    expect(text.length).toBeLessThan(8_000_000)
    await using opened = await browser.open(text)
    const { page, requests, messages } = opened
    expect({ requests, messages }).toEqual({ requests: [], messages: [] })
    expect(await page.locator('article details[open]').count()).toBeLessThanOrEqual(3)
    const drawn = await page.evaluate(`
      [...document.querySelectorAll('article > p')].filter((one) => one.checkVisibility({ contentVisibilityAuto: true })).length
    `)
    expect(drawn).toBeLessThan(120)
    const content = (await page.locator('main').textContent()) ?? ''
    for (const index of [0, 1, 2, 2999, 5999]) expect(content).toContain(`file${index}.js`)
    expect(content).toMatch(/and \d+ more/)
  })

  test('print shows what is suspicious although it is closed, and no navigation', async () => {
    await using opened = await browser.open(pageOf(ordinary))
    const { page } = opened
    await page.emulateMedia({ media: 'print' })
    const height = await page
      .locator('article', { hasText: 'The fourth.' })
      .locator('del')
      .evaluate((element) => element.getBoundingClientRect().height)
    expect(height).toBeGreaterThan(5)
    expect(await page.locator('nav').isVisible()).toBe(false)
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-')
  })
})
