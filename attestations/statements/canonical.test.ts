import { json } from '@sigstore/core'
import { expect, test } from 'vitest'
import fc from '../../fixtures/property.ts'
import { canonicalJson } from './canonical.ts'

test('any value that JSON can say has the text that sigstore’s own canonicaliser gives it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalJson(value)).toBe(json.canonicalize(value))
    }),
  )
})

test.each([
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ 9: 1, 10: 2 }, '{"10":2,"9":1}'],
  [{ a: undefined, b: [undefined, null] }, '{"b":[null,null]}'],
  [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
  ['\ud800', '"\\ud800"'],
])('%j', (value, text) => {
  expect(canonicalJson(value)).toBe(text)
})
