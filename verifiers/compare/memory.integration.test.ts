import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildEntry, endOfArchive } from '../../fixtures/archives/tar-builder.ts'

const files = 10
const fileSize = 50 * 1024 * 1024
const piece = 1024 * 1024

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-memory-'))
  await Promise.all([writeArchive('published.tgz', 0), writeArchive('rebuilt.tgz', 1)])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a pair of 500 MB packages is compared in little memory', async () => {
  const { verdict, paths, rss } = await compareInProcess()
  expect({ verdict, paths }).toEqual({ verdict: 'different', paths: ['package/9.bin'] })
  expect(rss).toBeLessThan(300 * 1024 * 1024)
})

/** Bytes that no compressor makes smaller, the same for one seed; only the last file's last byte depends on `variant`. */
async function writeArchive(name: string, variant: number): Promise<void> {
  async function* parts() {
    for (let file = 0; file < files; file++) {
      const header = buildEntry({ path: `package/${file}.bin`, size: fileSize })
      yield header
      for (let done = 0; done < fileSize; done += piece) {
        const bytes = noise(`${file} ${done % (8 * piece)}`)
        if (file === files - 1 && done + piece === fileSize) bytes[piece - 1] = variant
        yield bytes
      }
    }
    yield endOfArchive
  }
  await pipeline(parts(), createGzip({ level: 0 }), createWriteStream(join(folder, name)))
}

const noises = new Map<string, Buffer>()

function noise(seed: string): Buffer {
  const known = noises.get(seed)
  if (known) return Buffer.from(known)
  const bytes = createHash('shake256', { outputLength: piece }).update(seed).digest()
  noises.set(seed, bytes)
  return Buffer.from(bytes)
}

/** In a process of its own, so that its memory is its own. */
async function compareInProcess(): Promise<{ verdict: string; paths: string[]; rss: number }> {
  const script = `
    import { compareArtifacts } from ${JSON.stringify(new URL('./compare.ts', import.meta.url).href)}
    import { hashFile } from ${JSON.stringify(new URL('./input.ts', import.meta.url).href)}
    const published = await hashFile(${JSON.stringify(join(folder, 'published.tgz'))})
    const rebuilt = await hashFile(${JSON.stringify(join(folder, 'rebuilt.tgz'))})
    const { verdict, differences } = await compareArtifacts({ published, rebuilt, signal: AbortSignal.timeout(100_000) })
    const paths = differences.map(({ path }) => path).filter((path) => path !== '')
    console.log(JSON.stringify({ verdict, paths, rss: process.resourceUsage().maxRSS * 1024 }))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(await text(child.stdout))
}
