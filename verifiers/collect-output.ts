import { constants, createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, open, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Problem } from './model/problem.ts'
import type { Rebuild } from './model/rebuild.ts'
import { hashing } from './store/hashing.ts'

const largestOutput = 4 * 1024 ** 3

/**
 * Takes the file that a recipe's steps left in the work folder. A build is hostile: each part of the path must be a
 * folder, the file a plain one, and no link is followed.
 *
 * @throws {Problem} STEP_OUTPUT_MISSING, ARTIFACT_TOO_LARGE
 */
export async function collectOutput(options: {
  work: string
  path: string
  into: string
  name: string
  signal: AbortSignal
}): Promise<Rebuild['output']> {
  const { work, path, into, name, signal } = options
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const file = parts.pop()
  if (file === undefined || parts.includes('..') || file === '..')
    throw missing(path, 'is not a path inside the source')
  let folder = work
  for (const part of parts) {
    folder = join(folder, part)
    const stats = await lstat(folder).catch(() => undefined)
    if (!stats?.isDirectory()) throw missing(path, `${part} is not a folder`)
  }
  const handle = await open(join(folder, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    async () => {
      const left = await readdir(folder).catch(() => [])
      throw missing(path, left.length > 0 ? `there is only ${left.slice(0, 5).join(', ')}` : 'its folder is empty')
    },
  )
  await using source = handle
  const stats = await source.stat()
  if (!stats.isFile()) throw missing(path, 'it is not a plain file')
  if (stats.size > largestOutput) {
    throw new Problem('ARTIFACT_TOO_LARGE', `The rebuilt file has ${stats.size} bytes, more than ${largestOutput}.`)
  }
  await mkdir(into, { recursive: true })
  const temporary = join(into, '.incoming')
  const measured = hashing()
  const stream = createReadStream('', { fd: handle, autoClose: false, end: Math.max(0, stats.size - 1) })
  await pipeline(stream, measured.through, createWriteStream(temporary), { signal })
  await rename(temporary, join(into, name))
  return { fileName: name, size: measured.size(), digests: measured.digests() }
}

function missing(path: string, why: string): Problem {
  return new Problem('STEP_OUTPUT_MISSING', `The steps did not leave the file that they should (${path}): ${why}.`, {
    hint: 'See build.log of the run; a recipe names the file in its `output`.',
  })
}
