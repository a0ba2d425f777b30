import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { compareBytes, inputFrom } from '../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../fixtures/archives/tar-builder.ts'
import { type OwnRebuild, withVarying } from './varying.ts'

const packed = (value: unknown) => gzip(buildTar([{ path: 'package/a.json', data: JSON.stringify(value) }]))

async function rebuildOf(bytes: Buffer): Promise<OwnRebuild> {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-varying-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { fileName, size, digests } = inputFrom(bytes)
  await mkdir(join(folder, 'rebuilt'))
  await writeFile(join(folder, 'rebuilt', fileName), bytes)
  return { folder, rebuild: { output: { fileName, size, digests } } }
}

const list = (...keys: string[]) => keys.map((key) => ({ key, name: 'one of several' }))

test.each<[string, unknown, unknown, unknown, string]>([
  ['order', list('b', 'a', 'c'), list('a', 'b', 'c'), list('c', 'a', 'b'), 'not-deterministic unexplained'],
  [
    'order of one list',
    { x: [1, 2], y: [3, 4] },
    { x: [2, 1], y: [3, 4] },
    { x: [1, 2], y: [3, 4] },
    'not-deterministic unexplained',
  ],
  [
    'order of another list',
    { x: [1, 2], y: [3, 4] },
    { x: [2, 1], y: [3, 4] },
    { x: [2, 1], y: [4, 3] },
    'member-order suspicious',
  ],
  ['members', list('b', 'a', 'd'), list('a', 'b', 'c'), list('c', 'a', 'b'), 'content suspicious'],
  [
    'members, where ours do, too',
    list('b', 'a', 'c'),
    list('a', 'b', 'c'),
    list('d', 'a', 'b'),
    'member-order suspicious',
  ],
])(
  'a file that two rebuilds give in different ways and that differs in its %s',
  async (_, published, ours, twin, told) => {
    const [own, other] = [await rebuildOf(packed(ours)), await rebuildOf(packed(twin))]
    const comparison = await compareBytes(packed(published), packed(ours))
    const { differences } = await withVarying(comparison, own, other, {
      progress() {},
      signal: AbortSignal.timeout(60_000),
    })
    expect(differences.map(({ cause, severity }) => `${cause} ${severity}`)).toEqual([told])
    expect(differences[0]?.evidence.varies).toBe(true)
  },
)
