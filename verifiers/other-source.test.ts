import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { published } from '../fixtures/source/published.ts'
import { madeTree } from '../fixtures/source/tree.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import { Problem } from './model/problem.ts'
import type { Source } from './model/source.ts'
import { withOtherSource } from './other-source.ts'
import type { LocatedSource } from './source/located.ts'

const changed = (path: string, rebuilt: string, cause = 'code'): Difference => ({
  path: `package/${path}`,
  kind: 'changed',
  cause,
  severity: 'suspicious',
  summary: 'It differs.',
  evidence: { rebuilt: { sha256: createHash('sha256').update(rebuilt).digest('hex') } },
})
const source = { tree: 'ab'.repeat(20), directory: 'packages/a' } as Source
const tree = madeTree({ 'packages/a/loader.js': 'tagged', 'packages/a/package.json': '{}', 'loader.js': 'root' })
const open = published({ 'loader.js': 'published', 'package.json': '{}' })
const signal = new AbortController().signal
const commit = 'cd'.repeat(20)

async function told(difference: Difference, findInHistory?: LocatedSource['findInHistory']) {
  const facts = {
    artifact: { fileName: 'a.tgz' },
    open,
    signal,
    located: { source, tree, ...(findInHistory && { findInHistory }) },
  }
  const { differences } = await withOtherSource({ differences: [difference] } as unknown as Comparison, facts)
  return differences[0] as Difference
}

const having = (...found: [string, string][]): LocatedSource['findInHistory'] => {
  return async () => ({ walked: 84, found: new Map(found) })
}

test.each<[string, LocatedSource['findInHistory'], RegExp, object]>([
  [
    'another commit has it',
    having(['loader.js', commit]),
    /commit cdcdcdcdcdcd has it as it was published/,
    { commits: 84, commit },
  ],
  ['no commit has it', having(), /None of the 84 commits around the release has it as/, { commits: 84 }],
])('a file that was packed as the source has it is of another source: %s', async (_, find, says, history) => {
  const difference = await told(changed('loader.js', 'tagged'), find)
  expect(difference).toMatchObject({ cause: 'other-source', severity: 'suspicious', evidence: { history } })
  expect(difference.summary).toMatch(says)
})

test('the source is named as the cause also where its history cannot be had', async () => {
  const failing = () => Promise.reject(new Problem('SOURCE_UNREACHABLE', 'gone'))
  for (const find of [undefined, failing]) {
    const difference = await told(changed('loader.js', 'tagged'), find)
    expect(difference.cause).toBe('other-source')
    expect(difference.evidence).not.toHaveProperty('history')
  }
})

test.each<[string, Difference]>([
  ['a file that the build has written', changed('loader.js', 'built')],
  ['a file that the source has in another place', changed('loader.js', 'root')],
  ['package.json, which release tools write', changed('package.json', '{}')],
  ['a file whose cause is known', changed('loader.js', 'tagged', 'line-endings')],
  ['a file in an archive', changed('a.zip!/loader.js', 'tagged')],
  ['a file that is only published', { ...changed('loader.js', 'tagged'), kind: 'removed' }],
])('nothing is said of %s', async (_, difference) => {
  expect(await told(difference, having(['loader.js', commit]))).toEqual(difference)
})
