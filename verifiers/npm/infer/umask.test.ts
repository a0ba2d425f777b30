import { expect, test } from 'vitest'
import { umaskOf } from './umask.ts'

test.each<[string, number[], string]>([
  ['of a usual checkout', [0o644, 0o755, 0o644], '022'],
  ['of GitLab’s runner', [0o666, 0o666, 0o777], '000'],
  ['of a group that may write', [0o664, 0o775], '002'],
  ['that nobody else may read', [0o600, 0o600], '077'],
  ['that agree on nothing', [0o644, 0o666], '022'],
  ['that not even the owner may write', [0o444], '022'],
  ['of no files', [], '022'],
])('modes %s', (_, modes, umask) => {
  expect(umaskOf({ files: modes.map((mode) => ({ path: 'x', size: 1, mode, blob: '' })) }).umask).toBe(umask)
})
