import { expect, test } from 'vitest'
import { published } from '../fixtures/source/published.ts'
import type { Comparison, Difference } from './model/comparison.ts'
import type { Source } from './model/source.ts'
import type { LocatedSource } from './source/located.ts'
import { withHistory } from './untracked-files.ts'

const missing = (path: string, cause = 'missing'): Difference => ({
  path: `package/${path}`,
  kind: 'removed',
  cause,
  severity: 'suspicious',
  summary: 'The published file is not in the rebuild.',
  evidence: {},
})
const comparison = (...differences: Difference[]) => ({ differences }) as unknown as Comparison
const open = published({ 'AGENTS.md': 'a', 'late.md': 'b', 'other.md': 'c' })
const source = { tree: 'ab'.repeat(20) } as Source
const signal = new AbortController().signal

test('a file that no commit has is told apart from one of another commit; its severity stays', async () => {
  let asked: Map<string, string> | undefined
  const findInHistory: LocatedSource['findInHistory'] = async (wanted) => {
    asked = wanted
    return { walked: 84, found: new Map([['late.md', 'cd'.repeat(20)]]) }
  }
  const given = comparison(missing('AGENTS.md'), missing('late.md'), missing('other.md', 'not-packed'))
  const facts = { artifact: { fileName: 'pkg.tgz' }, open, located: { source, findInHistory }, signal }
  const { differences } = await withHistory(given, facts)
  expect(differences.map(({ summary }) => summary)).toEqual([
    expect.stringMatching(/None of the 84 commits around the release has it/),
    expect.stringMatching(/The commit cdcdcdcdcdcd has it/),
    'The published file is not in the rebuild.',
  ])
  expect(differences.every(({ severity }) => severity === 'suspicious')).toBe(true)
  expect(differences[1]?.evidence).toEqual({ history: { commits: 84, commit: 'cd'.repeat(20) } })
  // git's id of the one byte "a": printf a | git hash-object --stdin
  expect(asked?.get('AGENTS.md')).toBe('2e65efe2a145dda7ee51d1741299f848e5bf752e')
  expect([...(asked?.keys() ?? [])]).toEqual(['AGENTS.md', 'late.md'])
})

test.each<[string, Difference[], string[]]>([
  ['files that no build writes', [missing('.idea/a.iml'), missing('flake.nix')], ['untracked', 'untracked']],
  ['settings in the folder of an editor', [missing('.vscode/settings.json')], ['untracked']],
  ['code, which a build may have made', [missing('dist/a.d.ts')], ['missing']],
  ['a program without an ending', [missing('bin/a')], ['missing']],
  ['a file beside code that is missing', [missing('flake.nix'), missing('a.js')], ['missing', 'missing']],
  ['a file of another commit', [missing('late.md')], ['missing']],
  [
    'a file beside one that differs',
    [missing('flake.nix'), { ...missing('a.js', 'code'), kind: 'changed' }],
    ['missing', 'code'],
  ],
  [
    'a file beside what differs harmlessly',
    [missing('flake.nix'), { ...missing('', 'permissions'), kind: 'changed', severity: 'benign' }],
    ['untracked', 'permissions'],
  ],
])('of %s the cause is told only where nothing else can be', async (_, differences, causes) => {
  const findInHistory: LocatedSource['findInHistory'] = async () => {
    return { walked: 84, found: new Map([['late.md', 'cd'.repeat(20)]]) }
  }
  const facts = { artifact: { fileName: 'pkg.tgz' }, open, located: { source, findInHistory }, signal }
  const told = await withHistory(comparison(...differences), facts)
  expect(told.differences.map(({ cause }) => cause)).toEqual(causes)
  expect(told.differences.map(({ severity }) => severity)).toEqual(differences.map(({ severity }) => severity))
})

test('without a history, or one that cannot be had, nothing is said', async () => {
  const given = comparison(missing('AGENTS.md'))
  const { Problem } = await import('./model/problem.ts')
  const failing = () => Promise.reject(new Problem('SOURCE_UNREACHABLE', 'gone'))
  for (const located of [{ source }, { source, findInHistory: failing }]) {
    expect(await withHistory(given, { artifact: { fileName: 'pkg.tgz' }, open, located, signal })).toEqual(given)
  }
})
