import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lineWithUnreadableTypes } from './unreadable-types.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-types-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function installed(packages: Record<string, unknown>): Promise<string | undefined> {
  for (const [name, manifest] of Object.entries(packages)) {
    const place = join(folder, 'node_modules', name)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'package.json'), typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
  }
  return await lineWithUnreadableTypes(folder)
}

const typescript = { version: '4.9.5' }
const types = (typeScriptVersion: unknown) => ({ version: '1.0.0', typeScriptVersion })

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['that need a later one', { typescript, '@types/a': types('4.5'), '@types/node': types('5.6') }, '4.9'],
  ['of a line with two digits', { typescript: { version: '4.9.0-beta' }, '@types/a': types('4.10') }, '4.9'],
  ['that it can read', { typescript, '@types/node': types('4.9') }, undefined],
  ['that say nothing', { typescript, '@types/node': { version: '1.0.0' } }, undefined],
  ['of nobody', { '@types/node': types('5.6') }, undefined],
  [
    'that say something odd',
    { typescript, '@types/a': types('x'.repeat(99)), '@types/b': types(6), '@types/c': '{' },
    undefined,
  ],
])('TypeScript beside types %s', async (_, packages, line) => {
  expect(await installed(packages)).toBe(line)
})

test('nothing outside of the folder is read', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'reproof-outside-'))
  await writeFile(join(outside, 'package.json'), JSON.stringify(types('5.6')))
  await installed({ typescript })
  await mkdir(join(folder, 'node_modules', '@types'))
  await symlink(outside, join(folder, 'node_modules', '@types', 'node'))
  expect(await lineWithUnreadableTypes(folder)).toBeUndefined()
  await rm(outside, { recursive: true })
})
