import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { editedInstall } from './edited-install.ts'
import { lowestEdit, lowestTypeScript } from './lowest-install.ts'

test('the lowest minor version of each range is installed, and package.json is as it was afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-lowest-'))
  const work = join(folder, 'work')
  await mkdir(work)
  const devDependencies = {
    a: '^4.2.1',
    b: '~1.0.0-rc.1',
    c: '2.0.0',
    d: '^3',
    e: '>=1.0.0',
    f: 'git+https://x',
    g: '^1.2',
    '@types/h': '^4.0.0',
    prettier: '^2.0.0',
    'prettier-x': '^2.0.0',
  }
  const text = JSON.stringify({ dependencies: { z: '^1.0.0' }, devDependencies })
  await writeFile(join(work, 'package.json'), text)
  const run = editedInstall('cp package.json ..', [lowestEdit])
  execFileSync('/bin/sh', ['-eu', '-c', run], { cwd: work, env: { ...process.env, HOME: folder } })
  expect(await readFile(join(work, 'package.json'), 'utf8')).toBe(text)
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual({
    dependencies: { z: '^1.0.0' },
    devDependencies: { ...devDependencies, a: '~4.2.1', d: '~3.0.0', g: '~1.2.0', 'prettier-x': '~2.0.0' },
  })
  await rm(folder, { recursive: true })
})

test.each([
  ['^4.0.0', '4.0'],
  ['~5.4.2', '5.4'],
  ['5', '5.0'],
  ['^5.2', '5.2'],
  ['>=4', undefined],
  ['next', undefined],
  [undefined, undefined],
])('of TypeScript %s the lowest is %s', (range, line) => {
  expect(lowestTypeScript(range === undefined ? {} : { typescript: range })).toBe(line)
})
