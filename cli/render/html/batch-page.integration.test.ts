import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, hasChromium, startChromium } from '../../../fixtures/browser/chromium.ts'
import { type BatchReport, type BatchResult, batchSchemaUri } from '../../../verifiers/model/batch.ts'
import { renderBatchPage } from './batch-page.ts'

const result = (name: string, more: Partial<BatchResult> = {}): BatchResult => ({
  spec: `npm:${name}`,
  subject: `${name}@1.0.0`,
  verdict: 'bit-identical',
  met: true,
  assisted: false,
  attempts: 1,
  causes: {},
  suspicious: 0,
  seconds: 1,
  ...more,
})

const problem = { code: 'STEP_FAILED', stage: 'rebuild', message: 'The build step ended with 1: <script>' } as const

const several: BatchReport = {
  schema: batchSchemaUri,
  required: 'content-identical',
  met: false,
  counts: { 'bit-identical': 1, different: 1, undecided: 1 },
  results: [
    result('slow', { seconds: 100.5 }),
    result('other', { verdict: 'different', met: false, causes: { 'source-map': 3 }, suspicious: 1, seconds: 20 }),
    result('"><img src=x onerror=alert(1)>\u202e', { verdict: undefined, met: false, problem, seconds: 3 }),
  ],
}

const nothing: BatchReport = { ...several, met: true, counts: {}, results: [] }

let browser: Browser
beforeAll(async () => {
  if (hasChromium()) browser = await startChromium()
})
afterAll(() => browser?.[Symbol.asyncDispose]())

describe.runIf(hasChromium())('the page of several rebuilds, in a browser', () => {
  test.each([several, nothing])('asks for nothing and violates no policy', async (report) => {
    await using opened = await browser.open(renderBatchPage(report))
    expect({ requests: opened.requests, messages: opened.messages }).toEqual({ requests: [], messages: [] })
    expect(await opened.page.locator('img, iframe, link, object, [onerror]').count()).toBe(0)
  })

  test.each([
    [1280, false],
    [390, true],
  ])('can be used by everybody, %d pixels wide, dark: %s', async (width, dark) => {
    await using opened = await browser.open(renderBatchPage(several), { width, dark })
    const { violations } = await new AxeBuilder({ page: opened.page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])).toEqual([])
    expect(await opened.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  })

  test('without scripts everything is there, and a verdict can be chosen', async () => {
    await using opened = await browser.open(renderBatchPage(several), { scripts: false })
    const rows = opened.page.locator('#results tbody tr:visible')
    expect(await rows.count()).toBe(3)
    expect(await opened.page.locator('#search').isVisible()).toBe(false)
    await opened.page.getByLabel('different').check()
    expect(await rows.allTextContents()).toEqual([expect.stringContaining('other@1.0.0')])
  })

  test('with the script rows are searched and put in order, numbers by what they are', async () => {
    await using opened = await browser.open(renderBatchPage(several))
    const { page } = opened
    const times = () => page.locator('#results tbody tr:visible td:last-child').allTextContents()
    await page.getByRole('button', { name: 'Time' }).click()
    expect(await times()).toEqual(['3.0 s', '20.0 s', '100.5 s'])
    await page.getByRole('button', { name: 'Time' }).click()
    expect(await times()).toEqual(['100.5 s', '20.0 s', '3.0 s'])
    expect(await page.locator('th[aria-sort=descending]').textContent()).toBe('Time')
    await page.locator('#search').fill('STEP_failed')
    await expect.poll(() => page.locator('#found').textContent()).toBe('1 found')
    expect(await times()).toEqual(['3.0 s'])
  })
})
