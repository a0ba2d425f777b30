import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { programsOfNpx, withNpxPrograms } from './npx-programs.ts'

test.each<[string, string[]]>([
  ['npx rollup --format cjs', ['rollup']],
  ['rm -rf dist && npx --yes rollup -c; (npx tsc)', ['rollup', 'tsc']],
  ['npm exec -- rollup -c && npm x rollup', ['rollup']],
  ['npx rollup@2 -c', []],
  ['npx -p rollup tool', []],
  ['npx --no-install rollup', []],
  ['npx @scope/tool', []],
  ['npx ./tool.js', []],
  ['npx $tool', []],
  ['my-npx rollup', []],
  ['npm run rollup', []],
])('%s fetches %j', (text, expected) => {
  expect(programsOfNpx([text])).toEqual(expected)
})

test('a text of any length is read in time', () => {
  expect(programsOfNpx(['npx'.padEnd(1e6, ' -y'), ` ${'npx '.repeat(1e5)}`])).toEqual(['npx'])
})

test('only what is not there is installed, and where that fails the installation does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'npx-programs-'))
  try {
    await mkdir(join(folder, 'node_modules', '.bin'), { recursive: true })
    await writeFile(join(folder, 'node_modules', '.bin', 'there'), '')
    await mkdir(join(folder, 'path'))
    await writeFile(join(folder, 'path', 'npm'), '#!/bin/sh\necho "$@" >> asked\ntest "$NPM_FAILS" = ""\n')
    await chmod(join(folder, 'path', 'npm'), 0o755)
    const install = { run: 'echo installed > asked', cwd: '', from: 'package.json', says: 'It says so.' }
    const { run, says } = withNpxPrograms(install, ['there', 'rollup'])
    const env = { ...process.env, PATH: `${join(folder, 'path')}:${process.env.PATH}` }
    execFileSync('sh', ['-ec', run], { cwd: folder, env })
    expect(await readFile(join(folder, 'asked'), 'utf8')).toMatch(/^installed\ninstall --ignore-scripts .* rollup\n$/)
    expect(says).toContain('rollup')
    const failing = { cwd: folder, env: { ...env, NPM_FAILS: '1' }, stdio: 'pipe' } as const
    expect(() => execFileSync('sh', ['-ec', run], failing)).toThrow()
    expect(withNpxPrograms(install, [])).toBe(install)
  } finally {
    await rm(folder, { recursive: true })
  }
})
