import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { manifestOrder } from './manifest-order.ts'

function project(directory: string, fields: object) {
  const manifest = parseBuildManifest(JSON.stringify(fields))
  if (manifest === undefined) throw new Error('no manifest')
  return { directory, manifest }
}

const members = [
  project('packages/a', { name: '@own/a', version: '1.2.3' }),
  project('packages/b', { name: 'b', version: '2.0.0' }),
  project('packages/c', { name: 'c', version: '3.0.0' }),
]
const source = {
  name: 'own',
  dependencies: { '@own/a': 'workspace:*', b: 'workspace:^', c: 'workspace:~', other: '^1.0.0' },
  devDependencies: { c: 'workspace:1.x', b: 'workspace:*' },
  files: ['dist'],
}

test('dependencies have the published order, members their own versions, and all else stays', async () => {
  const published = {
    dependencies: { other: '^9.9.9', c: '9.9.9', '@own/a': '9.9.9', gone: '1.0.0', b: '9.9.9' },
    devDependencies: { b: '9.9.9' },
  }
  const [step, ...more] = manifestOrder(project('packages/own', source), members, JSON.stringify(published))
  expect(more).toEqual([])
  expect(step?.cwd).toBe('packages/own')
  const cwd = await mkdtemp(join(tmpdir(), 'reproof-order-'))
  try {
    await writeFile(join(cwd, 'package.json'), JSON.stringify(source))
    execFileSync('/bin/sh', ['-eu', '-c', step?.run ?? ''], { cwd })
    const written = await readFile(join(cwd, 'package.json'), 'utf8')
    const expected = {
      name: 'own',
      dependencies: { other: '^1.0.0', c: '~3.0.0', '@own/a': '1.2.3', b: '^2.0.0' },
      devDependencies: { b: '2.0.0', c: 'workspace:1.x' },
      files: ['dist'],
    }
    expect(written).toBe(JSON.stringify(expected, null, 2))
  } finally {
    await rm(cwd, { recursive: true })
  }
})

test.each([
  ['nothing was published', undefined, members],
  ['what was published is no JSON', '{', members],
  ['what was published names no dependencies', '{"dependencies":[]}', members],
  ['there are no members', JSON.stringify(source), []],
])('the order is left alone where %s', (_, published, others) => {
  expect(manifestOrder(project('packages/own', source), others, published)).toEqual([])
})
