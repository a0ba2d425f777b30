import { expect, test } from 'vitest'
import { foreignActions } from './foreign-actions.ts'

const job = (...names: string[]) => ({
  from: 'release.yml job "publish"',
  before: [{ run: 'npm ci', directory: '' }],
  actions: names.map((name) => ({ name, after: 1 })),
})

test('an action of others that the publishing job runs is left out, and named once', () => {
  const cleaning = 'ai/clean-npm-project@3f664d1a83e04a2be737b7ad4e0b5a4e1b7dbc08'
  expect(foreignActions(job('actions/checkout@v4', cleaning, cleaning))).toEqual([
    { from: 'release.yml job "publish"', says: expect.stringContaining(`"${cleaning}" is left out`) },
  ])
})

test('nor is a workflow of another repository read, which is named whatever its name', () => {
  expect(foreignActions(job('o/r/.github/workflows/release.yml@main'))).toMatchObject([
    { says: expect.stringContaining('"o/r/.github/workflows/release.yml@main" is left out') },
  ])
})

test.each([
  ...['actions/setup-node@v4', 'pnpm/action-setup@v4', 'oven-sh/setup-bun@v2', 'docker/login-action@v3'],
  ...['changesets/action@v1', 'JS-DevTools/npm-publish@v3', 'cycjimmy/semantic-release-action@v4'],
  ...['step-security/harden-runner@v2', 'tibdex/github-app-token@v2', '8398a7/action-slack@v3'],
])('one that leaves the files as they are is not named: %s', (name) => {
  expect(foreignActions(job(name))).toEqual([])
})

test('what comes after the publishing has changed nothing that was published', () => {
  expect(foreignActions({ ...job(), actions: [{ name: 'a/b@v1', after: 2 }] })).toEqual([])
})
