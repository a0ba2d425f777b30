import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compareInspections } from '../../../attestations/inspection/changes.ts'
import { inspectAttestations } from '../../../attestations/inspection/inspect.ts'
import type { Inspection } from '../../../attestations/inspection/model.ts'
import { attestationsInPage } from '../../../attestations/verification/page.ts'
import { readAttestations } from '../../../attestations/verification/read.ts'
import { bundle, keyPair } from '../../../fixtures/attestations/key-signed.ts'
import { releases } from '../../../fixtures/attestations/releases.ts'
import { type Browser, hasChromium, startChromium } from '../../../fixtures/browser/chromium.ts'
import { changesPage } from './changes-page.ts'
import { inspectionPage } from './inspection-page.ts'

const pair = keyPair()
const signed = new Map<unknown[], string>()

/** Signed once: no two signatures are the same. */
function linesOf(statements: unknown[]): string {
  const lines =
    signed.get(statements) ?? statements.map((one) => `${JSON.stringify(bundle(JSON.stringify(one), pair))}\n`).join('')
  signed.set(statements, lines)
  return lines
}

async function inspected(statements: unknown[]): Promise<Inspection> {
  const { attestations } = readAttestations({ bytes: Buffer.from(linesOf(statements)), file: 'a.jsonl' })
  return inspectAttestations({ attestations })
}

const pageOf = async (statements: unknown[]) =>
  [...inspectionPage(await inspected(statements), linesOf(statements))].join('')
const changesOf = async (before: unknown[], after: unknown[]) =>
  changesPage(compareInspections(await inspected(before), await inspected(after)))

const pages: [string, () => Promise<string>][] = [
  ['of a release', () => pageOf(releases.before)],
  ['of what changed', () => changesOf(releases.before, releases.after)],
  ['of hostile attestations', () => pageOf(releases.hostile)],
  ['of hostile changes', () => changesOf(releases.hostile, releases.after)],
  ['of nothing', async () => [...inspectionPage(await inspectAttestations({ attestations: [] }), undefined)].join('')],
]

let browser: Browser
beforeAll(async () => {
  if (hasChromium()) browser = await startChromium()
})
afterAll(() => browser?.[Symbol.asyncDispose]())

test('the page carries the very attestations that it was made of', async () => {
  const page = Buffer.from(await pageOf(releases.hostile))
  expect(attestationsInPage(page)?.toString()).toBe(linesOf(releases.hostile))
  const twice = Buffer.from(
    page.toString().replace('</main>', `${page.toString().match(/<a id="attestations".*?>/)?.[0]}</main>`),
  )
  expect(attestationsInPage(twice)?.length).toBe(0)
  expect(attestationsInPage(Buffer.from(linesOf(releases.before)))).toBeUndefined()
})

test('the same attestations make the same page', async () => {
  expect([...inspectionPage(await inspected(releases.before), 'x')]).toEqual([
    ...inspectionPage(await inspected(releases.before), 'x'),
  ])
})

describe.runIf(hasChromium())('in a browser', () => {
  test.each(pages)('the page %s asks for nothing and violates no policy', async (_, make) => {
    await using opened = await browser.open(await make())
    expect({ requests: opened.requests, messages: opened.messages }).toEqual({ requests: [], messages: [] })
    expect(await opened.page.locator('img, iframe, link, object, [onerror]').count()).toBe(0)
    // One script at most, of ours; everything that leads away stays on the page, but for the attestations inside.
    expect(await opened.page.locator('script').count()).toBeLessThanOrEqual(1)
    expect(await opened.page.locator('a:not([href^="#"]):not(#attestations)').count()).toBe(0)
  })

  test.each<[string, number, boolean, number]>([
    ['of a release', 1280, false, 0],
    ['of a release', 390, true, 0],
    ['of what changed', 1280, true, 1],
    ['of hostile attestations', 390, false, 2],
    ['of hostile changes', 390, false, 3],
  ])('the page %s can be used by everybody, %d pixels wide, dark: %s', async (_, width, dark, which) => {
    await using opened = await browser.open((await pages[which]?.[1]()) ?? '', { width, dark })
    const { page } = opened
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])).toEqual([])
    expect(
      await page.evaluate(`
      [...document.querySelectorAll('main *, header *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll'))
        .map((one) => one.outerHTML.slice(0, 200))`),
    ).toEqual([])
  })

  test('what to look at comes first, and leads to the dependency; from there to what it needs', async () => {
    await using opened = await browser.open(await pageOf(releases.after), { scripts: false })
    const { page } = opened
    expect(await page.locator('main h2').first().textContent()).toContain('What to look at')
    expect(await page.locator('.card').first().textContent()).toContain('FETCH_UNDECLARED')
    await page.locator('.card a', { hasText: 'new@1.0.0' }).first().click()
    expect(await page.locator('tr:target').textContent()).toContain('new')
    await using before = await browser.open(await pageOf(releases.before), { scripts: false })
    const row = before.page.locator('tr', { has: before.page.locator('th', { hasText: 'left' }) }).first()
    await row.locator('summary', { hasText: 'needs 1' }).click()
    await row.locator('a', { hasText: 'right@2.0.0' }).click()
    expect(await before.page.locator('tr:target').textContent()).toContain('right')
  })

  test('which dependencies are shown can be chosen without a script', async () => {
    await using opened = await browser.open(await pageOf(releases.after), { scripts: false })
    const { page } = opened
    expect(await page.locator('#search').isVisible()).toBe(false)
    const rows = page.locator('.dependencies tbody tr:visible')
    expect(await rows.count()).toBe(4)
    await page.getByLabel('those that run code').check()
    expect(await rows.count()).toBe(1)
    await page.getByLabel('all', { exact: true }).check()
    expect(await rows.count()).toBe(4)
  })

  test.each([390, 1280])('with the script they can be searched, at a width of %i', async (width) => {
    await using opened = await browser.open(await pageOf(releases.before), { width })
    const { page } = opened
    await page.locator('#search').fill('RIGHT mit')
    await expect.poll(() => page.locator('#found').textContent()).toBe('1 found')
    expect(await page.locator('.dependencies tbody tr:visible').count()).toBe(1)
    await page.locator('#search').fill('')
    await expect.poll(() => page.locator('#found').textContent()).toBe('')
  })

  test('the attestations can be saved from the page', async () => {
    await using opened = await browser.open(await pageOf(releases.before))
    const [download] = await Promise.all([
      opened.page.waitForEvent('download'),
      opened.page.locator('#attestations').click(),
    ])
    expect(download.suggestedFilename()).toBe('attestations.intoto.jsonl')
    const chunks: Buffer[] = []
    for await (const chunk of await download.createReadStream()) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe(linesOf(releases.before))
  })

  test('an unchanged version that is another file is the loudest', async () => {
    await using opened = await browser.open(await changesOf(releases.before, releases.after))
    const loud = opened.page.locator('header .loud')
    expect(await loud.textContent()).toContain('pkg:npm/left@1.0.0')
    const size = (selector: string) =>
      opened.page.evaluate<number>(`parseFloat(getComputedStyle(document.querySelector('${selector}')).fontSize)`)
    expect(await size('header .loud')).toBeGreaterThan(await size('main p'))
  })
})
