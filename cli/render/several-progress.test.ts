import { expect, test } from 'vitest'
import { progressLines, type SeveralState } from './several-progress.ts'

const state: SeveralState = {
  total: 80,
  since: 0,
  done: new Map([
    ['bit-identical', 18],
    ['undecided', 2],
  ]),
  before: 10,
  active: [
    { spec: 'npm:ms@2.1.3', since: 54_000, stage: 'source', text: '' },
    { spec: 'npm:a', since: 0, stage: 'rebuild', text: 'install: \u001b[2Jnpm ci' },
  ],
}

test('how far all are, then what each that is under way does, in columns', () => {
  expect(progressLines(state, 60_000, { columns: 80, rows: 10 })).toEqual([
    '20 of 80 done, 18 bit-identical, 2 undecided, about 6 min left',
    'npm:ms@2.1.3  source   6 s',
    'npm:a         rebuild  60 s  install: npm ci',
  ])
})

test('nothing is wider or longer than the terminal', () => {
  const active = Array.from({ length: 50 }, () => ({ spec: 'x'.repeat(200), since: 0, stage: 'rebuild', text: 'y' }))
  const lines = progressLines({ ...state, active }, 60_000, { columns: 40, rows: 5 })
  expect(lines).toHaveLength(5)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
})

test('how long it may take is only said once something was done here', () => {
  const [line] = progressLines({ ...state, before: 20 }, 60_000, { columns: 80, rows: 5 })
  expect(line).toBe('20 of 80 done, 18 bit-identical, 2 undecided')
})
