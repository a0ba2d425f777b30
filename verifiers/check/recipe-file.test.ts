import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { Problem } from '../model/problem.ts'
import type { Recipe } from '../model/recipe.ts'
import { decidedBy, parseRecipeFile, renderRecipeFile, withRecipeFile, withToolchains } from './recipe-file.ts'

const digests = { sha256: '2'.repeat(64), sha512: '3'.repeat(128) }
const tool = (name: 'node' | 'npm', version: string) => ({
  name,
  version,
  purl: `pkg:npm/${name}@${version}`,
  fileName: `${name}.tgz`,
  digests,
  origin: 'registry' as const,
})

const inferred: Recipe = {
  schema: 'https://reproof.dev/recipe/v1',
  artifact: { purl: 'pkg:npm/a@1.0.0', fileName: 'a-1.0.0.tgz' },
  source: {
    kind: 'folder',
    repository: 'file:',
    files: [],
    signature: 'none',
    modifiedAt: '2025-06-01T12:00:00.000Z',
    directory: '',
    tree: '1'.repeat(40),
  },
  environment: {
    image: { variant: 'base', architecture: 'amd64', digest: `sha256:${'4'.repeat(64)}`, lock: '5'.repeat(64) },
    toolchains: [tool('node', '24.1.0'), tool('npm', '11.3.0')],
  },
  variables: { PATH: '/usr/bin', CI: 'true', NODE_ENV: 'production' },
  workFolder: '/home/builder/a',
  umask: '022',
  network: { registryTime: '2025-06-01T12:00:00.000Z' },
  steps: [
    { phase: 'install', run: 'npm ci', cwd: '' },
    { phase: 'build', run: 'npm run build', cwd: '' },
    { phase: 'pack', run: 'npm pack', cwd: '' },
  ],
  output: 'out/a-1.0.0.tgz',
  limits: { seconds: 10, memory: 1, processes: 1, disk: 1 },
  assisted: [],
  evidence: [{ line: '/steps/1', from: 'package.json', says: 'It builds.' }],
}

test.each([
  ['a step outside of the source', 'steps: [{ phase: build, run: x, cwd: ../../etc }]', '/steps/0/cwd'],
  ['a step at an absolute path', 'steps: [{ phase: build, run: x, cwd: /etc }]', '/steps/0/cwd'],
  ['an output outside of the source', 'output: a/../../b.tgz', '/output'],
  ['a version that is none', 'toolchains: { node: ^24 }', '/toolchains/node'],
  ['a tool that is none', 'toolchains: { deno: 2.0.0 }', '/toolchains'],
  ['an image that is none', 'image: ubuntu:24.04', '/image'],
  ['a variable with a name that is none', 'variables: { "A=B": c }', '/variables'],
  ['a umask that is none', 'umask: "999"', '/umask'],
  ['a folder that is none', 'workFolder: relative', '/workFolder'],
  ['a line that there is not', 'engine: docker', 'engine'],
  ['a list', '- 1', 'expected object'],
  ['aliases, which make a small file large', 'a: &a [1]\nb: [*a, *a]', 'Alias'],
  ['keys that come twice', 'umask: "022"\numask: "077"', 'unique'],
  ['what is no YAML', '{', ''],
  ['a file that is too long', ' '.repeat(300_000), 'longer'],
  ['nesting without end', '['.repeat(100_000), 'nested'],
])('%s is refused, with the line that is wrong', (_, text, says) => {
  expect(() => parseRecipeFile(text, 'reproof.yaml')).toThrow(
    expect.objectContaining({ code: 'RECIPE_INVALID', message: expect.stringContaining(says) }),
  )
})

test('an empty file says nothing', () => {
  expect(parseRecipeFile('', 'reproof.yaml')).toEqual({})
  expect(withRecipeFile(inferred, {}, 'reproof.yaml')).toEqual(inferred)
})

test('what it says takes the place of what is inferred, and packing stays', () => {
  const file = parseRecipeFile(
    'steps: [{ phase: build, run: make }]\nvariables: { CI: "" }\nlimits: { seconds: 20 }\nregistryTime: 2024-01-01T00:00:00Z',
    'reproof.yaml',
  )
  const recipe = withRecipeFile(inferred, file, 'packages/a/reproof.yaml')
  expect(recipe.steps).toEqual([{ phase: 'build', run: 'make', cwd: '' }, inferred.steps[2]])
  expect(recipe.variables).toEqual({ ...inferred.variables, CI: '' })
  expect(recipe.limits).toEqual({ ...inferred.limits, seconds: 20 })
  expect(recipe.network.registryTime).toBe('2024-01-01T00:00:00Z')
  expect(recipe.evidence.map(({ line, from }) => [line, from])).toContainEqual(['/steps', 'packages/a/reproof.yaml'])
  expect(recipe.evidence.map(({ line }) => line)).not.toContain('/steps/1')
  expect([...decidedBy(file)]).toEqual(['CI'])
})

test('its tools are those that are asked for, with those that only were inferred', () => {
  const file = parseRecipeFile('image: build\ntoolchains: { node: 22.1.0, pnpm: 9.1.0 }', 'reproof.yaml')
  expect(withToolchains({ node: '24.1.0', npm: '11.3.0', variant: 'base' }, file)).toEqual({
    node: '22.1.0',
    npm: '11.3.0',
    variant: 'build',
    managers: [{ name: 'pnpm', version: '9.1.0' }],
  })
})

test('what is written is read again as the same', () => {
  const text = renderRecipeFile(inferred, {}, { NODE_ENV: 'production' })
  expect(parse(text)).toMatchObject({ toolchains: { node: '24.1.0', npm: '11.3.0' }, image: 'base' })
  const again = withRecipeFile(inferred, parseRecipeFile(text, 'reproof.yaml'), 'reproof.yaml')
  const { steps, umask, workFolder, output } = inferred
  expect(again).toMatchObject({ steps, umask, workFolder, output })
})

test('a problem is one line', () => {
  try {
    parseRecipeFile('a: [\nb: ]', 'reproof.yaml')
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect((error as Problem).message).not.toContain('\n')
  }
})
