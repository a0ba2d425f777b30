import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { findInstallRoot } from './install-root.ts'
import { parseBuildManifest } from './manifest.ts'
import { openReader } from './reader.ts'

const bare = '{}'
const withDependencies = '{"devDependencies":{"a":"1"}}'

test.each<[string, Record<string, string>, string, string]>([
  ['the package itself, alone', { 'package.json': bare }, '', ''],
  [
    'the root that has it as a workspace',
    { 'package.json': '{"workspaces":["packages/*"]}', 'packages/a/package.json': withDependencies },
    'packages/a',
    '',
  ],
  [
    'the root that has it as a workspace, written with ./',
    { 'package.json': '{"workspaces":{"packages":["./packages/a/"]}}', 'packages/a/package.json': bare },
    'packages/a',
    '',
  ],
  [
    'itself, where the root leaves it out',
    { 'package.json': '{"workspaces":["packages/*","!packages/a"]}', 'packages/a/package.json': withDependencies },
    'packages/a',
    'packages/a',
  ],
  [
    'the folder with the lockfile',
    { 'package.json': bare, 'package-lock.json': '{}', 'a/package.json': bare },
    'a',
    '',
  ],
  [
    'its own folder with a lockfile',
    { 'package.json': withDependencies, 'a/package.json': bare, 'a/package-lock.json': '{}' },
    'a',
    'a',
  ],
  [
    'itself, with dependencies of its own',
    { 'package.json': withDependencies, 'a/package.json': withDependencies },
    'a',
    'a',
  ],
  ['the root, where it has none of its own', { 'package.json': withDependencies, 'a/b/package.json': bare }, 'a/b', ''],
])('dependencies are installed in %s', async (_, files, directory, expected) => {
  const reader = await openReader(madeTree(files), () => false)
  const own = parseBuildManifest(files[directory === '' ? 'package.json' : `${directory}/package.json`] ?? '')
  if (!own) throw new Error('no manifest')
  expect((await findInstallRoot(reader, directory, own)).directory).toBe(expected)
})
