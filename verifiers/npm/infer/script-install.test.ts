import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scriptsStep } from './script-install.ts'

test('installation scripts are run in their order and place, and one that fails is said', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-scripts-'))
  const put = async (name: string, scripts: Record<string, string>) => {
    await mkdir(join(folder, 'node_modules', name), { recursive: true })
    await writeFile(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ version: '1.0.0', scripts }))
  }
  await put('@a/b', {
    postinstall: 'echo "$npm_package_name $npm_lifecycle_event" >> ran',
    preinstall: 'echo first > ran',
  })
  await put('-e', { install: 'exit 3', test: 'exit 4' })
  await put('other', { postinstall: 'touch ../../other' })
  const output = execFileSync('/bin/sh', ['-eu', '-c', scriptsStep(['@a/b', '-e'], '').run], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(await readFile(join(folder, 'node_modules/@a/b/ran'), 'utf8')).toBe('first\n@a/b postinstall\n')
  expect(output).toContain('-e@1.0.0: install ended with 3')
  await expect(readFile(join(folder, 'other'))).rejects.toThrow('ENOENT')
  await rm(folder, { recursive: true })
})
