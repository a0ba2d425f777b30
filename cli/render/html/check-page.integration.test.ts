import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Browser, hasChromium, startChromium } from '../../../fixtures/browser/chromium.ts'
import { hostileCheck } from '../../../fixtures/reports/checks.ts'
import { renderCheckPage } from './check-page.ts'

let browser: Browser
beforeAll(async () => {
  if (hasChromium()) browser = await startChromium()
})
afterAll(() => browser?.[Symbol.asyncDispose]())

describe.runIf(hasChromium())('the page of a check, in a browser', () => {
  test('asks for nothing and violates no policy', async () => {
    await using opened = await browser.open(renderCheckPage(hostileCheck))
    expect({ requests: opened.requests, messages: opened.messages }).toEqual({ requests: [], messages: [] })
    expect(await opened.page.locator('img, script, iframe, link, object, [onerror]').count()).toBe(0)
  })

  test.each([
    [1280, false],
    [390, true],
  ])('can be used by everybody, %d pixels wide, dark: %s', async (width, dark) => {
    await using opened = await browser.open(renderCheckPage(hostileCheck), { width, dark })
    const { violations } = await new AxeBuilder({ page: opened.page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])).toEqual([])
    expect(await opened.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
  })
})
