import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { editedInstall } from './edited-install.ts'
import { repairedInstall } from './lock-repair.ts'
import { lowestEdit } from './lowest-install.ts'
import { neededEdit } from './needed-install.ts'

/** Ends as one that is checked for having got to its end, and did not begin. */
const failing = 'exit_with() { return "$1"; }; exit_with 7 && test -f package.json'

test.each<[string, string]>([
  ['only what a build names', editedInstall(failing, [neededEdit(['a'])])],
  ['the lowest versions', editedInstall(failing, [lowestEdit])],
  [
    'what of a lockfile can be had',
    repairedInstall(failing, 'package-lock.json', { packages: ['a@1.0.0'], foreign: [], asked: [] }),
  ],
])('where %s cannot be installed, that is where it ends', async (_, run) => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-edited-'))
  await writeFile(join(folder, 'package.json'), '{}')
  await writeFile(join(folder, 'package-lock.json'), '{"packages":{}}')
  const { status } = spawnSync('/bin/sh', ['-eu', '-c', run], { cwd: folder, env: { ...process.env, HOME: folder } })
  expect(status).toBe(7)
  await rm(folder, { recursive: true })
})
