import { expect, test } from 'vitest'
import { type InFlight, sharing } from './in-flight.ts'

test('what is made at the same time is made once, and what comes later is made anew', async () => {
  const inFlight: InFlight = new Map()
  let made = 0
  const make = async () => ++made
  expect(await Promise.all([1, 2, 3].map(() => sharing(inFlight, 'a', make)))).toEqual([1, 1, 1])
  expect(await sharing(inFlight, 'b', make)).toBe(2)
  expect(await sharing(inFlight, 'a', make)).toBe(3)
  expect(inFlight.size).toBe(0)
})

test('all who wait learn that it failed, and the next tries again', async () => {
  const inFlight: InFlight = new Map()
  const failing = async () => {
    throw new Error('no')
  }
  const both = await Promise.allSettled([sharing(inFlight, 'a', failing), sharing(inFlight, 'a', async () => 1)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await sharing(inFlight, 'a', async () => 1)).toBe(1)
})

test('where nothing is shared each makes its own', async () => {
  let made = 0
  const make = async () => ++made
  expect(await Promise.all([sharing(undefined, 'a', make), sharing(undefined, 'a', make)])).toEqual([1, 2])
})
