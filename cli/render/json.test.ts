import { expect, test } from 'vitest'
import { renderJson } from './json.ts'

test('no character of JSON is obeyed by a terminal, and programs read the same', () => {
  const value = { 'a\u202eb': ['\u001b[2J', '\u009b31m', '\u007f', '\u200b', '\u{e0041}', '\u2028', '漢字 😀 ünï'] }
  const text = renderJson(value)
  expect(text).not.toMatch(/[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n]]/v)
  expect(text).toContain('漢字 😀 ünï')
  expect(JSON.parse(text)).toEqual(value)
})
