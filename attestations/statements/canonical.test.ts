import { json } from '@sigstore/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical.ts'

// The same cases each time: what others find is for fuzzing, and no reason that somebody's change is refused.
fc.configureGlobal({ seed: 20_261_128 })

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
