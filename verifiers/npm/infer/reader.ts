import type { SourceEntry, SourceTree } from '../../source/source-tree.ts'

/** A source as inference reads it: which files there are, and the text of those that matter. */
export type SourceReader = {
  entries: ReadonlyMap<string, SourceEntry>
  has(path: string): boolean
  /** `undefined` where there is no such file, or it is larger than any of its kind. */
  text(path: string): Promise<string | undefined>
  /** Texts that will be asked for, so that they are brought in one go. */
  bring(paths: readonly string[]): Promise<void>
}

/** Lockfiles of large monorepos have some ten megabytes; everything else that is read here is far smaller. */
const textLimit = 32 * 1024 * 1024
const mostAtOnce = 400

/** @param likely what will be read anyway, so that it can be brought in one go */
export async function openReader(tree: SourceTree, likely: (path: string) => boolean): Promise<SourceReader> {
  const entries = new Map((await tree.list()).map((entry) => [entry.path, entry]))
  const texts = new Map<string, string | undefined>()
  const bring = async (paths: readonly string[]) => {
    const wanted = paths.filter((path) => !texts.has(path)).slice(0, mostAtOnce)
    const readings = await tree.readMany(wanted, textLimit)
    for (const path of wanted) texts.set(path, asText(readings.get(path)))
  }
  await bring([...entries.keys()].filter(likely))
  return {
    bring,
    entries,
    has: (path) => entries.has(path),
    async text(path) {
      if (!texts.has(path)) texts.set(path, asText((await tree.readMany([path], textLimit)).get(path)))
      return texts.get(path)
    },
  }
}

function asText(reading: Buffer | 'too-large' | undefined): string | undefined {
  return reading === undefined || reading === 'too-large' ? undefined : reading.toString('utf8')
}
