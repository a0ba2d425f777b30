import { expect, test } from 'vitest'
import fc from '../../../fixtures/property.ts'
import { diffSequences } from './sequence-diff.ts'

const words = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 })

test('hunks are exactly what turns one sequence into the other', () => {
  fc.assert(
    fc.property(words, words, (published, rebuilt) => {
      const hunks = diffSequences(published, rebuilt)
      const made: string[] = []
      let at = 0
      for (const hunk of hunks) {
        made.push(...published.slice(at, hunk.published[0]), ...rebuilt.slice(...hunk.rebuilt))
        at = hunk.published[1]
      }
      expect([...made, ...published.slice(at)]).toEqual(rebuilt)
    }),
  )
})

test('one changed item in the middle is one small hunk', () => {
  expect(diffSequences([...'abcdefg'], [...'abcXefg'])).toEqual([{ published: [3, 4], rebuilt: [3, 4] }])
})

test('two sequences without anything in common are one hunk, soon', () => {
  const left = Array.from({ length: 200_000 }, (_, index) => `l${index}`)
  const right = Array.from({ length: 200_000 }, (_, index) => `r${index}`)
  expect(diffSequences(left, right)).toEqual([{ published: [0, 200_000], rebuilt: [0, 200_000] }])
})
