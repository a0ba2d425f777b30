import { expect, test } from 'vitest'
import { traceContext } from '../../../fixtures/honest/trace-context.ts'
import { findStampVariables, kindOfVariable } from './stamp-variable.ts'

const find = async (files: Record<string, string>, directory = '') =>
  (await findStampVariables(traceContext({ files }).tree, directory)).map(({ name, from }) => [name, from.join()])

test.each([
  ['webpack.config.js', 'new DefinePlugin({ VERSION: JSON.stringify(process.env.APP_VERSION) })', 'APP_VERSION'],
  ['rollup.config.mjs', "replace({ v: process.env['RELEASE_TAG'] })", 'RELEASE_TAG'],
  ['scripts/build.sh', 'export COMMIT_SHA=$(git rev-parse HEAD)', 'COMMIT_SHA'],
  ['vite.config.ts', 'define: { t: env.BUILD_TIME }', 'BUILD_TIME'],
  ['package.json', '{"scripts": {"build": "esbuild --define:V=\\"$PKG_VERSION\\""}}', 'PKG_VERSION'],
  ['Makefile', 'VERSION ?= unknown\nbuild:\n\tmake $(VERSION)\nGIT_HASH := x\n', 'VERSION'],
])('%s names a variable that the build takes a stamp from', async (path, content, name) => {
  expect((await find({ [path]: content })).map(([found]) => found)).toContain(name)
})

test('files of empty lines and blanks are read in time', async () => {
  const blanks = `${'\n'.repeat(60_000)}${' '.repeat(60_000)}\nexport${'\t'.repeat(60_000)}`
  expect(await find({ 'build.js': blanks, Makefile: blanks, '.gitlab-ci.yml': blanks })).toEqual([])
})

test('a variable that CI files set, too, comes first, and one that only they name is none of the build', async () => {
  const found = await find({
    'webpack.config.js': 'process.env.OTHER_VERSION; process.env.APP_VERSION',
    '.gitlab-ci.yml': 'publish:\n  script:\n    - export APP_VERSION=$CI_COMMIT_TAG\n    - export ONLY_VERSION=1\n',
  })
  expect(found).toEqual([
    ['APP_VERSION', 'webpack.config.js,.gitlab-ci.yml'],
    ['OTHER_VERSION', 'webpack.config.js'],
  ])
})

test('a member of a monorepo is built by its own configuration', async () => {
  const files = { 'packages/a/build.js': 'process.env.A_VERSION', 'packages/b/build.js': 'process.env.B_VERSION' }
  expect((await find(files, 'packages/a'))[0]).toEqual(['A_VERSION', 'packages/a/build.js'])
})

test.each([
  'NODE_OPTIONS',
  'npm_config_version',
  'LD_VERSION',
  'VERSION_TOKEN',
  'PATH',
  'GIT_SSH_COMMAND',
  'SECRET_TAG',
  'BUILD_ARGS_VERSION',
  'COLOR',
])('%s is never set from a published file', (name) => expect(kindOfVariable(name)).toBeUndefined())
