import { expect, test } from 'vitest'
import { attemptText } from './suggestions.ts'

test.each([
  [undefined, 'pako 2.1.0', '/x to pako 2.1.0: why'],
  ['10.8.2', '11.0.0', '/x from 10.8.2 to 11.0.0: why'],
  [
    'npm ci\nnpm run build\nnpm pack',
    'npm ci\nCI=1 npm run build\nnpm pack',
    '/x from npm run build to CI=1 npm run build: why',
  ],
  ['npm ci\nnpm pack', 'npm ci\nnpm run build\nnpm pack', '/x with npm run build: why'],
  ['npm ci\nnpm ci\nnpm pack', 'npm ci\nnpm pack', '/x without npm ci: why'],
  ['a', `a\n${'b'.repeat(1000)}`, `/x with ${'b'.repeat(300)}…: why`],
])('of a line that was changed from %j to %j what differs is told', (from, to, told) => {
  const change = { line: '/x', to, reason: 'why', ...(from !== undefined && { from }) }
  const attempt = { number: 2, changes: [change], chosen: true, folder: '' }
  expect(attemptText(attempt).changes).toEqual([told])
})
