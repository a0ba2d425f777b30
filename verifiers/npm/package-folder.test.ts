import { expect, test } from 'vitest'
import { manifest } from '../../fixtures/source/repository.ts'
import { madeTree } from '../../fixtures/source/tree.ts'
import { findPackageFolder, type PackageQuery } from './package-folder.ts'

const find = (files: Parameters<typeof madeTree>[0], query: Partial<PackageQuery> = {}) =>
  findPackageFolder(madeTree(files), { name: 'pkg', version: '1.0.0', ...query })

const right = manifest('pkg', '1.0.0')

test.each([
  ['the root', { 'package.json': right }, {}, ''],
  [
    'the folder that the metadata names',
    { 'package.json': right, 'a/package.json': right },
    { directory: './a/' },
    'a',
  ],
  ['elsewhere than the metadata says', { 'b/package.json': right }, { directory: 'a' }, 'b'],
  ['the shallowest of several', { 'a/b/package.json': right, 'c/package.json': right }, {}, 'c'],
  ['rather no test or example', { 'test/package.json': right, 'a/b/c/package.json': right }, {}, 'a/b/c'],
  ['a version with a v', { 'package.json': manifest('pkg', 'v1.0.0') }, {}, ''],
  ['a byte order mark', { 'package.json': `\ufeff${right}` }, {}, ''],
])('finds %s', async (_, files, query, directory) => {
  expect(await find(files, query)).toMatchObject({ directory, manifest: { name: 'pkg', version: '1.0.0' } })
})

test.each([
  ['is not JSON', { 'package.json': '{' }, 'package.json is not JSON'],
  ['is a list', { 'package.json': '[1]' }, 'package.json is not a JSON object'],
  ['is huge', { 'package.json': `"${'x'.repeat(5e6)}"` }, 'package.json is larger than 4194304 bytes'],
  ['is a link', { 'package.json': { kind: 'symlink' as const } }, 'package.json is a link, which is not followed'],
  ['is a folder', { 'package.json/x': '' }, 'package.json is a folder'],
  ['is a submodule', { 'package.json': { kind: 'submodule' as const } }, 'package.json is a folder'],
  ['is missing', { 'index.js': '' }, 'package.json does not exist'],
  ['has another name', { 'package.json': manifest('other', '1.0.0') }, 'package.json is of "other"'],
  ['has a name that is none', { 'package.json': '{"name":{},"version":"1.0.0"}' }, 'package.json is of ""'],
  ['has another version', { 'package.json': manifest('pkg', '2.0.0') }, 'package.json has this name and version 2.0.0'],
  ['is only below node_modules', { 'node_modules/pkg/package.json': right }, 'package.json does not exist'],
])('says so when package.json %s', async (_, files, rejected) => {
  expect(await find(files)).toMatchObject({ rejected })
})

test.each(['../..', '/etc/../..', '.git', 'a/../../b'])(
  'a folder %s in the metadata leads nowhere',
  async (directory) => {
    expect(await find({ 'package.json': right }, { directory })).toMatchObject({ directory: '' })
  },
)

test('a placeholder is excused, but not before every other folder was looked at, and not where the trace is weak', async () => {
  const placeholder = manifest('pkg', '0.0.0', { private: true })
  expect(await find({ 'package.json': placeholder, 'library/package.json': right })).toMatchObject({
    directory: 'library',
  })
  const excused = { directory: '', manifest: { version: '0.0.0', exception: expect.stringMatching(/placeholder/) } }
  expect(await find({ 'package.json': placeholder })).toMatchObject(excused)
  expect(await find({ 'package.json': placeholder }, { strict: true })).toHaveProperty('rejected')
})

test('with only a placeholder in several, the one that may be published is taken', async () => {
  const files = {
    'package.json': manifest('pkg', '0.0.0', { private: true }),
    'library/package.json': manifest('pkg', '0.0.0'),
  }
  expect(await find(files)).toMatchObject({ directory: 'library' })
})

test('what the user insists on is taken with its own version, but not with another name', async () => {
  expect(await find({ 'package.json': manifest('pkg', '9.9.9') }, { insisted: true })).toMatchObject({
    manifest: { version: '9.9.9', exception: expect.stringMatching(/named by the user/) },
  })
  expect(await find({ 'package.json': manifest('other', '1.0.0') }, { insisted: true })).toHaveProperty('rejected')
})

test.each([
  ['a release key', { release: {} }, {}, 'package.json'],
  ['a devDependency', { devDependencies: { 'semantic-release': '1' } }, {}, 'package.json'],
  ['a script', { scripts: { release: 'npx semantic-release' } }, {}, 'package.json'],
  ['a configuration', {}, { '.releaserc.json': '{}' }, '.releaserc.json'],
  ['a workflow', {}, { '.github/workflows/r.yml': 'run: npx semantic-release' }, '.github/workflows/r.yml'],
])('semantic-release by %s is known', async (_, more, files, where) => {
  const found = await find({ 'package.json': manifest('pkg', '0.9.0', more), ...files })
  expect(found).toMatchObject({ manifest: { exception: expect.stringContaining(`${where} uses semantic-release`) } })
})

test.each([
  ['npm version ${{ github.ref_name }} --no-git-tag-version', true],
  ['pnpm version ${TAG_NAME} --git-tag-version=false', true],
  ['npm pkg set version="$TAG"', true],
  ['npm version $TAG', false],
  ['npm version 2.0.0 --no-git-tag-version', false],
  ['npm version patch --no-git-tag-version\n  - run: echo $TAG', false],
])('a workflow that sets the version before it publishes, without a commit: %j', async (run, isKnown) => {
  const workflow = { '.github/workflows/r.yml': `steps:\n  - run: ${run}\n` }
  const found = await find({ 'package.json': manifest('pkg', '0.9.0'), ...workflow })
  const reason = 'package.json has version 0.9.0; .github/workflows/r.yml sets it to another one before it publishes'
  if (isKnown) expect(found).toMatchObject({ manifest: { exception: reason } })
  else expect(found).toHaveProperty('rejected')
})
