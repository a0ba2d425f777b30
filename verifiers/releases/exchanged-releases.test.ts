import { expect, test } from 'vitest'
import { editedInstall } from '../npm/infer/edited-install.ts'
import { lowestEdit } from '../npm/infer/lowest-install.ts'
import { neededEdit } from '../npm/infer/needed-install.ts'
import { followsRegistry, isLocked, withExchanged } from './exchanged-releases.ts'

const steps = (run: string) => [
  { phase: 'install' as const, run, cwd: 'a' },
  { phase: 'build' as const, run: 'npm run build', cwd: '' },
]

test.each([
  ['npm install --no-package-lock', true, false],
  ['npm ci', false, true],
  ['pnpm install --frozen-lockfile', false, true],
  [editedInstall('npm install', [neededEdit(['tape'])]), true, false],
  [editedInstall('npm install', [neededEdit(['tape']), lowestEdit]), false, false],
  [editedInstall('npm install', ['edit'], 'package-lock.json'), false, false],
])('%s takes what the registry says: %s', (run, follows, locked) => {
  expect([followsRegistry({ steps: steps(run) }), isLocked({ steps: steps(run) })]).toEqual([follows, locked])
})

test('releases are put in place after the installation, once', () => {
  const once = withExchanged(steps('npm ci'), { terser: '5.0.0' })
  expect(once.map(({ phase, cwd }) => [phase, cwd])).toEqual([
    ['install', 'a'],
    ['install', 'a'],
    ['build', ''],
  ])
  expect(once[1]?.run).toMatch(/\nexchange 0 terser 5\.0\.0$/)
  const again = withExchanged(once, { '@s/a': '1.0.0', terser: '5.1.0' })
  expect(again).toHaveLength(3)
  expect(again[1]?.run).toMatch(/\nexchange 0 @s\/a 1\.0\.0\nexchange 1 terser 5\.1\.0$/)
})
