import { createHash } from 'node:crypto'
import type { SourceEntry, SourceTree } from '../../source/source-tree.ts'
import { inside } from './manifest.ts'
import type { Published, PublishedFile } from './published.ts'

/** How the published files relate to the ones in the package's folder of the source. */
export type SourceMatch = {
  total: number
  /** Same path, same bytes. */
  same: number
  /** Of these, how many are so but for line ends, where that is asked for. */
  otherLineEnds?: number
  /** Not in the source. */
  missing: string[]
  /** In the source with other bytes. */
  changed: string[]
}

/** Of a source that has no blob ids; larger files of it count as changed. */
const hashedLimit = 16 * 1024 * 1024
const hashedAtOnce = 16

/** Compares every published file with the source at the commit, by git's blob id. */
export async function matchSource(options: {
  published: Published
  tree: SourceTree
  directory: string
  algorithm: 'sha1' | 'sha256'
  /** Whether a file with the line ends of Windows is the same as one without. */
  anyLineEnds?: boolean
}): Promise<SourceMatch> {
  const { published, tree, directory, algorithm, anyLineEnds = false } = options
  const entries = new Map((await tree.list()).map((entry) => [entry.path, entry as SourceEntry & { id?: string }]))
  const match: SourceMatch = { total: published.files.length, same: 0, missing: [], changed: [] }
  const unhashed: { file: PublishedFile; of: string }[] = []
  const settle = ({ path, blob, unixBlob }: PublishedFile, id: string | undefined) => {
    const isUnix = anyLineEnds && id !== blob && id !== undefined && id === unixBlob
    if (isUnix) match.otherLineEnds = (match.otherLineEnds ?? 0) + 1
    if (id === blob || isUnix) match.same += 1
    else match.changed.push(path)
  }
  for (const file of published.files) {
    const { path } = file
    const of = inside(directory, path)
    const entry = entries.get(of)
    if (entry === undefined || (entry.kind !== 'file' && entry.kind !== 'executable')) match.missing.push(path)
    else if (entry.id === undefined) unhashed.push({ file, of })
    else settle(file, entry.id)
  }
  for (let start = 0; start < unhashed.length; start += hashedAtOnce) {
    const batch = unhashed.slice(start, start + hashedAtOnce)
    const readings = await tree.readMany(
      batch.map(({ of }) => of),
      hashedLimit,
    )
    for (const { file, of } of batch) settle(file, blobOf(readings.get(of), algorithm))
  }
  return match
}

function blobOf(bytes: Buffer | 'too-large' | undefined, algorithm: 'sha1' | 'sha256'): string | undefined {
  if (bytes === undefined || bytes === 'too-large') return undefined
  return createHash(algorithm).update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}
