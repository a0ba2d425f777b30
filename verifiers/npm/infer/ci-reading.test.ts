import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { readsCi } from './ci-reading.ts'
import { openReader } from './reader.ts'

const found = async (files: Record<string, string>, directory = '') =>
  await readsCi(await openReader(madeTree(files), () => false), directory)

test.each<[string, Record<string, string>, string | undefined]>([
  ['a configuration', { 'tsdown.config.ts': 'sourcemap: !process.env.CI' }, 'tsdown.config.ts'],
  ['a script of the build', { 'scripts/make.mjs': 'const { NODE_ENV, CI } = process.env' }, 'scripts/make.mjs'],
  ['a package that asks', { 'rollup.config.js': "import isCI from 'is-ci'" }, 'rollup.config.js'],
  ['not what is tested or published', { 'test/a.js': 'process.env.CI', 'src/a.js': 'process.env.CI' }, undefined],
  ['not another word', { 'build.js': 'process.env.CIRCLE' }, undefined],
])('whether a build asks if it runs in CI: %s', async (_, files, expected) => {
  expect(await found(files)).toBe(expected)
})

test('of a member of a workspace its own files and those of the folders above it', async () => {
  const files = { 'packages/b/build.js': 'process.env.CI', 'packages/a/a.js': '' }
  expect(await found(files, 'packages/a')).toBeUndefined()
  expect(await found({ ...files, 'vite.config.ts': 'process.env.CI' }, 'packages/a')).toBe('vite.config.ts')
})

test('a text that was made to exhaust is read in time', async () => {
  const open = `${'{'.repeat(200_000)}CI`
  expect(await found({ 'build.js': open, 'a.config.js': '{CI '.repeat(50_000) })).toBeUndefined()
})
