import { expect, test } from 'vitest'
import { finishedRun } from '../fixtures/runs/finished-run.ts'
import { bestOf, plansAfter, type Tried } from './attempt-plans.ts'
import { Problem } from './model/problem.ts'

test.each([
  ['lacks what was to be made has failed, too', 'missing', 1],
  ['lacks only what no source has is an attempt like any other', 'untracked', 2],
])('what went on past a failure and %s', async (_, cause, best) => {
  const { recipe, comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!recipe || !comparison) throw new Error('the run is not finished')
  const failure = new Problem('STEP_FAILED', 'It failed.', { details: { phase: 'build', number: 2 } })
  const plan = { choices: {}, lines: [], reason: '' }
  const failed: Tried = { attempt: { number: 1, changes: [] }, plan, recipe, failure }
  const difference = {
    path: 'package/a.js',
    kind: 'removed' as const,
    cause,
    severity: 'unexplained' as const,
    summary: '',
    evidence: {},
  }
  const past: Tried = {
    attempt: { number: 2, changes: [], verdict: 'different' },
    plan: { ...plan, choices: { pastFailures: true } },
    recipe,
    comparison: { ...comparison, differences: [difference] },
  }
  expect(bestOf([failed, past]).attempt.number).toBe(best)
})

test('another way to build that fails is gone on with past what fails of it, before anything else is tried', async () => {
  const { recipe, comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!recipe || !comparison) throw new Error('the run is not finished')
  const plan = { choices: {}, lines: [], reason: '' }
  const differing = { ...comparison, differences: [] }
  const first: Tried = {
    attempt: { number: 1, changes: [], verdict: 'different' },
    plan,
    recipe,
    comparison: differing,
  }
  const failing = (phase: string, choices: Tried['plan']['choices']): Tried => ({
    attempt: { number: 2, changes: [] },
    plan: { ...plan, choices },
    recipe,
    failure: new Problem('STEP_FAILED', 'It failed.', { details: { phase, number: 2 } }),
  })
  const next = (...others: Tried[]) => plansAfter([first, ...others])[0]?.choices
  expect(next(failing('build', { build: 1, registryNow: true }))).toEqual({
    build: 1,
    registryNow: true,
    pastFailures: true,
  })
  for (const other of [failing('install', { build: 1 }), failing('build', { build: 1, pastFailures: true })]) {
    expect(next(other)?.pastFailures).toBeUndefined()
  }
})
