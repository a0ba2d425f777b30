import { expect, test } from 'vitest'
import { exchangeSchema } from '../model/rebuild.ts'
import { openRecorder, presentable } from './recording.ts'

test.each([
  ['https://user:secret@registry.example.test/a', 'https://registry.example.test/a'],
  ['https://downloads.example.test/f?token=abc&v=1', 'https://downloads.example.test/f?token=redacted&v=1'],
  ['https://downloads.example.test/f?X-Amz-Signature=ab', 'https://downloads.example.test/f?X-Amz-Signature=redacted'],
  ['https://downloads.example.test/f?q=npm_abcdef', 'https://downloads.example.test/f?q=redacted'],
  [`https://downloads.example.test/f?q=${'a1'.repeat(20)}`, 'https://downloads.example.test/f?q=redacted'],
  ['https://downloads.example.test/f?name=value', 'https://downloads.example.test/f?name=value'],
  ['code.example.test:22', 'code.example.test:22'],
])('%s is written as %s', (url, written) => {
  expect(presentable(url)).toBe(written)
})

test('exchanges are in the order in which they began, and fit their schema', () => {
  const seen: string[] = []
  const recorder = openRecorder({ now: () => new Date(0), limit: 10, onExchange: ({ url }) => seen.push(url) })
  const first = recorder.begin('GET', `https://a.example.test/${'x'.repeat(10_000)}`)
  const second = recorder.begin('GET', 'https://b.example.test/')
  second?.({ status: 200, size: 1, from: 'cache' })
  first?.({ status: 403, size: 0, from: 'refused', problem: 'NETWORK_REFUSED', reason: 'y'.repeat(5_000) })
  const exchanges = recorder.exchanges()
  expect(exchanges.map(({ url }) => new URL(url).host)).toEqual(['a.example.test', 'b.example.test'])
  expect(seen[0]).toBe('https://b.example.test/')
  for (const exchange of exchanges) exchangeSchema.parse(exchange)
})

test('a build that asks without end is not recorded without end', () => {
  const recorder = openRecorder({ now: () => new Date(0), limit: 2, onExchange: undefined })
  const begun = Array.from({ length: 5 }, () => recorder.begin('GET', 'https://a.example.test/'))
  expect(begun.filter((record) => record !== undefined)).toHaveLength(2)
})
