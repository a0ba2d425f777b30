import { expect, test } from 'vitest'
import fc from '../../fixtures/property.ts'
import { findCulprits } from './search.ts'

const members = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm']

/** Differs where a subset contains all members of one of the groups. */
async function search(groups: string[][], suspects: string[] = []) {
  let experiments = 0
  const asked = new Map<string, boolean>([[members.join(), true]])
  const differs = async (subset: readonly string[]) => {
    const key = subset.join()
    if (!asked.has(key)) {
      experiments += 1
      asked.set(
        key,
        groups.some((group) => group.every((member) => subset.includes(member))),
      )
    }
    return asked.get(key) ?? false
  }
  const found = await findCulprits({ members, suspects: new Set(suspects), differs })
  return { found, experiments }
}

test.each(members)('one culprit is found in few experiments: %s', async (member) => {
  const { found, experiments } = await search([[member]])
  expect(found).toEqual([[member]])
  expect(experiments).toBeLessThanOrEqual(8)
})

test('a suspect takes two experiments, and one that was suspected wrongly costs little', async () => {
  expect(await search([['k']], ['k'])).toEqual({ found: [['k']], experiments: 2 })
  const { found, experiments } = await search([['k']], ['a'])
  expect(found).toEqual([['k']])
  expect(experiments).toBeLessThanOrEqual(9)
})

test('several culprits are all found', () =>
  fc.assert(
    fc.asyncProperty(fc.subarray(members, { minLength: 1 }), fc.subarray(members), async (culprits, suspects) => {
      const { found } = await search(
        culprits.map((one) => [one]),
        suspects,
      )
      expect(found.flat().sort()).toEqual(culprits.toSorted())
      expect(found.every((group) => group.length === 1)).toBe(true)
    }),
  ))

test('two that only make a difference together are named together', () =>
  fc.assert(
    fc.asyncProperty(fc.subarray(members, { minLength: 2, maxLength: 2 }), async (pair) => {
      const { found } = await search([pair])
      expect(found).toEqual([pair])
    }),
  ))
