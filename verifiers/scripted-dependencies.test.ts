import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { scriptedDependencies } from './scripted-dependencies.ts'

test('packages with installation scripts are found through what leads to them, and nothing outside of the project', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-scripted-'))
  const project = join(folder, 'project')
  const put = async (path: string, manifest: unknown) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  }
  const postinstall = { postinstall: 'node install.js' }
  await put('project/package.json', {
    devDependencies: { bundler: '1', linked: '1', broken: '1', gone: '1', '../../outside': '1', tester: '1', out: '1' },
    scripts: postinstall,
  })
  await put('project/node_modules/bundler/package.json', { dependencies: { native: '1', nested: '1', circular: '1' } })
  await put('project/node_modules/circular/package.json', { peerDependencies: { bundler: '1', native: '1' } })
  await put('project/node_modules/native/package.json', { scripts: postinstall })
  await put('project/node_modules/tester/package.json', { dependencies: { native: '1', plain: '1' } })
  await put('project/node_modules/plain/package.json', { scripts: { test: 'x' } })
  await put('project/node_modules/bundler/node_modules/nested/package.json', { scripts: postinstall })
  await put('project/node_modules/.store/linked@1/node_modules/linked/package.json', { dependencies: { deep: '1' } })
  await put('project/node_modules/.store/linked@1/node_modules/deep/package.json', { scripts: { install: 'x' } })
  await symlink('.store/linked@1/node_modules/linked', join(project, 'node_modules/linked'))
  await symlink('.store/linked@1/node_modules/deep', join(project, 'node_modules/deep'))
  await put('project/node_modules/broken/package.json', '{')
  await put('outside/package.json', { scripts: postinstall })
  await symlink('../../outside', join(project, 'node_modules/out'))
  const found = await scriptedDependencies(project)
  expect(found.map(({ name, through }) => [name, [...through].sort()])).toEqual([
    ['native', ['bundler', 'tester']],
    ['deep', ['linked']],
  ])
  await rm(folder, { recursive: true })
})
