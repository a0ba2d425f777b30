import { expect, test } from 'vitest'
import { finishedRun } from '../fixtures/runs/finished-run.ts'
import type { Comparison } from './model/comparison.ts'
import type { Recipe } from './model/recipe.ts'
import { withCompressor } from './suggest-compressor.ts'

const header = '1f8b0800000000000003'

/** The line that is suggested for a recipe with this Node, where the comparison has found this engine. */
async function suggested(engine: string, node: string): Promise<string | undefined> {
  const { recipe, comparison } = await finishedRun()
  if (!recipe || !comparison) throw new Error('the run is not finished')
  const { environment } = recipe
  const toolchains = [{ name: 'node', version: node }] as Recipe['environment']['toolchains']
  const compressor = { engine, version: '24.21.0', level: 6, header }
  const difference = {
    path: '',
    kind: 'changed',
    cause: 'compression',
    severity: 'benign',
    summary: '',
    evidence: { published: { header }, compressor },
  } as const
  const found: Comparison = { ...comparison, verdict: 'stream-identical', differences: [difference] }
  const { compressor: _, ...plain } = recipe
  const told = withCompressor(found, { ...plain, environment: { ...environment, toolchains } }, '2025-01-01T00:00:00Z')
  return told.differences[0]?.suggestion?.lines[0]?.value
}

test.each<[string, string]>([
  ['24.21.0', '24.21.0'],
  ['18.20.4', '18.20.4'],
  ['20.10.0', '20.10.0'],
  ['18.18.0', '20.18.1'],
  ['20.9.0', '20.18.1'],
  ['16.20.2', '20.18.1'],
])('where the zlib of newer Nodes compressed, that of Node %s stands for it as %s', async (own, expected) => {
  expect(await suggested('zlib of Node', own)).toBe(`node ${expected}, level 6, header ${header}`)
})

test('the zlib of its authors is pako, whatever the Node', async () => {
  expect(await suggested('pako', '18.18.0')).toBe(`pako 24.21.0, level 6, header ${header}`)
})

test.each<[string, number, Recipe['compressor'] | undefined, string | undefined]>([
  ['as long', 100, undefined, 'node 4.2.5'],
  ['longer', 101, undefined, 'node 16.20.2'],
  [
    'as long, and the Node that packed did not give it',
    100,
    { toolchain: { version: '4.2.5' } } as never,
    'node 16.20.2',
  ],
])('a published archive that is %s as the rebuilt one is compressed by %s', async (_, size, compressor, expected) => {
  const { recipe, comparison } = await finishedRun()
  if (!recipe || !comparison) throw new Error('the run is not finished')
  const toolchains = [{ name: 'node', version: '4.2.5' }] as Recipe['environment']['toolchains']
  const { compressor: __, ...plain } = recipe
  const own = {
    ...plain,
    environment: { ...recipe.environment, toolchains },
    ...(compressor && { compressor: { ...compressor, toolchain: { ...compressor.toolchain, name: 'node' as const } } }),
  }
  // What was compressed again has the published header.
  const windows = '1f8b080000000000000b'
  const rebuilt = { header: compressor ? windows : header, size: 100 }
  const evidence = { published: { header: windows, size }, rebuilt }
  const difference = {
    path: '',
    kind: 'changed',
    cause: 'compression',
    severity: 'benign',
    summary: '',
    evidence,
  } as const
  const found: Comparison = { ...comparison, verdict: 'stream-identical', differences: [difference] }
  const told = withCompressor(found, own, '2016-02-01T00:00:00Z').differences[0]?.suggestion?.lines[0]?.value
  expect(told).toBe(`${expected}, level 6, header 1f8b080000000000000b`)
})
