import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTar } from '../fixtures/archives/tar-builder.ts'
import { digestsOf, finishedRun } from '../fixtures/runs/finished-run.ts'
import { madeTree } from '../fixtures/source/tree.ts'
import { compareRebuild } from './compare-rebuild.ts'
import type { Comparison } from './model/comparison.ts'
import { locatedSource } from './source/located.ts'
import { openContentStore } from './store/content.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-compare-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const packed = (text: string) =>
  gzipSync(buildTar([{ path: 'package/package.json', data: JSON.stringify({ name: 'a', version: text }) }]))

/** What was published against what one attempt left in a folder of its own. */
async function attempts() {
  const { artifact, source, recipe, rebuild } = await finishedRun()
  if (!artifact || !source || !recipe || !rebuild) throw new Error('the run is not finished')
  const published = packed('1.0.0')
  const compared = new Map<string, Comparison>()
  const context = {
    store: openContentStore(join(folder, 'store')),
    ...{ registry: {}, mirrors: [], cacheFolder: folder, env: {} },
    ...{ now: () => new Date(), progress: () => undefined, signal: new AbortController().signal },
  }
  return async (number: number, text: string, written = text) => {
    const own = join(folder, String(number))
    await mkdir(join(own, 'rebuilt'), { recursive: true })
    const output = { fileName: artifact.fileName, size: packed(text).length, digests: digestsOf(packed(text)) }
    await writeFile(join(own, 'rebuilt', artifact.fileName), packed(written))
    const facts = {
      artifact: { ...artifact, size: published.length, digests: digestsOf(published) },
      ...{ open: () => Readable.from([published]), recipe, rebuild: { ...rebuild, output }, folder: own },
      ...{ located: locatedSource(source, madeTree({}), async () => undefined), hidden: undefined, compared },
    }
    return await compareRebuild(facts, context)
  }
}

test('what several attempts have made in the same way is compared once', async () => {
  const compare = await attempts()
  expect((await compare(1, '1.0.0')).verdict).toBe('bit-identical')
  const other = await compare(2, '2.0.0')
  expect(other.verdict).toBe('different')
  // Had it been read again, it would be found to be something else.
  expect(await compare(3, '2.0.0', '1.0.0')).toEqual(other)
})
