import { expect, test } from 'vitest'
import { findingCodes } from '../../verifiers/compare/findings.ts'
import { passes } from '../../verifiers/compare/passes/passes.ts'
import { causeText, inPassingText } from './causes.ts'

const general = causeText('no-such-cause').help

test('every finding about an archive, and every pass, tells a reader what it means', () => {
  const ids = [...findingCodes, ...passes.map(({ id }) => id)]
  expect(ids.filter((id) => causeText(id).help === general)).toEqual([])
})

test('what is suspicious is never said to differ only in something', () => {
  expect(inPassingText('version-stamp', 'suspicious')).toEqual({ title: causeText('version-stamp').title })
  expect(inPassingText('version-stamp', 'benign').only).toBeDefined()
})

test('a cause that is called like something of JavaScript is just unknown', () => {
  for (const id of ['constructor', '__proto__', 'toString', '']) expect(causeText(id).help).toBe(general)
})
