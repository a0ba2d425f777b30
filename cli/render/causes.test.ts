import { expect, test } from 'vitest'
import { findingCodes } from '../../verifiers/compare/findings.ts'
import { passes } from '../../verifiers/compare/passes/passes.ts'
import { causeText, inPassing } from './causes.ts'

const general = causeText('no-such-cause').help

test('every finding about an archive, and every pass, tells a reader what it means', () => {
  const ids = [...findingCodes, ...passes.map(({ id }) => id)]
  expect(ids.filter((id) => causeText(id).help === general)).toEqual([])
})

test.each([
  ['line-endings', 'benign', 214, false, '214 files that differ only in their line ends'],
  ['line-endings', 'benign', 1, true, '1 more file that differs only in their line ends'],
  ['line-endings', 'suspicious', 2, true, '2 more of the kind “Line ends”'],
  ['missing', 'suspicious', 4000, true, '4,000 more published entries that the rebuild does not have'],
  ['missing', 'suspicious', 1, false, '1 of the kind “A published entry that the rebuild does not have”'],
] as const)('several are told in a few words: %s, %s, %i', (cause, severity, count, others, words) => {
  expect(inPassing(cause, severity, count, others)).toBe(words)
})

test('a cause that is called like something of JavaScript is just unknown', () => {
  for (const id of ['constructor', '__proto__', 'toString', '']) expect(causeText(id).help).toBe(general)
})
