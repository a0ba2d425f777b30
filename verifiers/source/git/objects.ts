import { Problem } from '../../model/problem.ts'
import type { FileReading } from '../source-tree.ts'
import { bringObjects, refusedObjects } from './bring.ts'
import { GitFailure, gitObjects } from './git.ts'
import type { Repository } from './repository.ts'

/** Of what is read at once, in bytes; a file may still have its own limit. */
const readTogether = 64 * 1024 * 1024

/** So few are read without asking for their sizes first, unless it turns out that they are larger together; in bytes. */
const few = { ids: 256, size: 16 * 1024 * 1024 }

/** The contents of files by their ids, fetched first with one request where they are not here yet. */
export async function readObjects(
  repository: Repository,
  ids: string[],
  limit: number,
): Promise<Map<string, FileReading>> {
  if (ids.length === 0) return new Map()
  const read = ids.length <= few.ids ? await readFew(repository, ids, limit) : 'too-large'
  if (read instanceof Map) return read
  const sizes =
    (read === 'missing' ? undefined : await sizesOfAll(repository, ids)) ?? (await bringSizes(repository, ids))
  const found = new Map<string, FileReading>()
  let batch: string[] = []
  let together = 0
  for (const [id, size] of sizes) {
    if (size > limit) {
      found.set(id, 'too-large')
      continue
    }
    if (together + size > readTogether && batch.length > 0) {
      await readBatch(repository, batch, together, found)
      batch = []
      together = 0
    }
    batch.push(id)
    together += size
  }
  if (batch.length > 0) await readBatch(repository, batch, together, found)
  return found
}

/** All of them, or why not. */
async function readFew(
  { cache, signal }: Repository,
  ids: string[],
  limit: number,
): Promise<Map<string, FileReading> | 'missing' | 'too-large'> {
  const { folder, settings } = cache
  const input = `${ids.join('\n')}\n`
  try {
    const bytes = await gitObjects({ input, folder, settings, protocols: [], limit: few.size, signal })
    const contents = contentsIn(bytes, ids)
    if (!ids.every((id) => contents.has(id))) return 'missing'
    return new Map([...contents].map(([id, content]) => [id, content.length > limit ? 'too-large' : content]))
  } catch (error) {
    if (error instanceof Problem && error.code === 'SOURCE_TOO_LARGE') return 'too-large'
    // What an older git says of an object that it would have to fetch.
    if (error instanceof GitFailure) return 'missing'
    throw error
  }
}

/** Nothing unless all of them are here: then there is nothing to fetch, which git would take a while to find out. */
async function sizesOfAll(repository: Repository, ids: string[]): Promise<Map<string, number> | undefined> {
  const sizes = await objectSizes(repository, ids).catch((error) => {
    // What an older git says of an object that it would have to fetch.
    if (error instanceof GitFailure) return undefined
    throw error
  })
  return ids.every((id) => sizes?.has(id)) ? sizes : undefined
}

async function bringSizes(repository: Repository, ids: string[]): Promise<Map<string, number>> {
  await bringObjects(repository, ids)
  try {
    return await objectSizes(repository, ids)
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error
    // Another run that was bringing them at the same time had been in the way; or the server lacks some of them: whoever
    // reads those is not given them, and a checkout says so.
    const refused = new Set(await refusedObjects(repository, ids))
    // One that gives none of several may not be there at all, and nothing may be taken for missing then.
    if (ids.length > 1 && refused.size === ids.length)
      throw unreadable(repository.cache.remote.repository, ids[0] ?? '')
    return await objectSizes(
      repository,
      ids.filter((id) => !refused.has(id)),
    )
  }
}

/** Their sizes first: git has no bound of its own on what it prints. */
async function objectSizes({ cache }: Repository, ids: string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const options = { input: `${ids.join('\n')}\n` }
  const listed = await cache.run(['cat-file', '--batch-check=%(objectname) %(objecttype) %(objectsize)'], options)
  return new Map(
    listed.split('\n').flatMap((line): [string, number][] => {
      const [, id, size] = /^([0-9a-f]{40,64}) blob (\d+)$/.exec(line) ?? []
      return id === undefined ? [] : [[id, Number(size)]]
    }),
  )
}

async function readBatch(
  { cache, signal }: Repository,
  ids: string[],
  size: number,
  found: Map<string, FileReading>,
): Promise<void> {
  const { folder, settings } = cache
  const protocols: string[] = []
  const limit = size + ids.length * 256
  const bytes = await gitObjects({ input: `${ids.join('\n')}\n`, folder, settings, protocols, limit, signal })
  const contents = contentsIn(bytes, ids)
  const missing = ids.find((id) => !contents.has(id))
  if (missing !== undefined) throw unreadable(cache.remote.repository, missing)
  for (const [id, content] of contents) found.set(id, content)
}

/** git-cat-file(1), "BATCH OUTPUT": a line `id type size`, that many bytes, a line feed. Those before one that is missing. */
function contentsIn(bytes: Buffer, ids: string[]): Map<string, Buffer> {
  const contents = new Map<string, Buffer>()
  let at = 0
  for (const id of ids) {
    const lineEnd = bytes.indexOf(0x0a, at)
    const [said, , length] = bytes.subarray(at, lineEnd).toString('latin1').split(' ')
    if (lineEnd < 0 || said !== id || length === undefined) break
    const start = lineEnd + 1
    at = start + Number(length) + 1
    if (!(at <= bytes.length)) break
    contents.set(id, bytes.subarray(start, at - 1))
  }
  return contents
}

function unreadable(repository: string, id: string): Problem {
  return new Problem('SOURCE_UNREACHABLE', `The object ${id} of ${repository} is missing or damaged.`, {
    hint: 'Try again; if it stays so, give another source with --source.',
  })
}
