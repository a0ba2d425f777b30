import { expect, test } from 'vitest'
import { explainText } from './explain-text.ts'
import { clippedPair } from './explanation.ts'

test('of long texts that begin alike the part is shown where they differ', () => {
  const start = 'x'.repeat(1000)
  const [published, rebuilt] = clippedPair(`${start}one`, `${start}two`)
  expect(published).toMatch(/^…x{60}one$/)
  expect(rebuilt).toMatch(/^…x{60}two$/)
})

test.each([
  ['short', 'texts'],
  ['', 'x'.repeat(1000)],
  [`a${'x'.repeat(1000)}`, `b${'x'.repeat(1000)}`],
])('others are shown from their beginning: %#', (published, rebuilt) => {
  const shown = clippedPair(published, rebuilt)
  expect(published.startsWith(shown[0].replace(/…$/, ''))).toBe(true)
  expect(rebuilt.startsWith(shown[1].replace(/…$/, ''))).toBe(true)
  for (const text of shown) expect(text.length).toBeLessThanOrEqual(401)
})

test('a change of lines comes with the lines around it', () => {
  const text = (word: string) => `one\ntwo\n${word}\nfour\nfive\nsix\n`
  const { changes } = explainText(text('three'), text('drei'), 'text')
  expect(changes).toEqual([expect.objectContaining({ line: 3, before: 'one\ntwo\n', after: 'four\nfive\n' })])
})
