import { expect, test } from 'vitest'
import { limitsFor } from './limits.ts'

const gibibyte = 1024 ** 3

test.each([
  ['a build that needs no more than is usual', false, 64, 8],
  ['as much as CI services give', true, 18, 16],
  ['what the machine can spare', true, 15, 12],
  ['no more where it can spare none', true, 13, 8],
])('memory: %s', (_, roomy, available, expected) => {
  expect(limitsFor({ roomy, available: available * gibibyte }).memory).toBe(expected * gibibyte)
})
