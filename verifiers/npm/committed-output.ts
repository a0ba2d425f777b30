import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocatedSource } from '../source/located.ts'
import type { SourceEntry } from '../source/source-tree.ts'

/** Where builds leave their files, whatever else there is. */
const always = new Set(['dist', 'build', 'out', 'umd', 'cjs', 'bundle', 'bundles', '_bundles', 'min'])
/** Where builds leave them when the code that people write is elsewhere. */
const besideSource = new Set(['lib', 'es', 'esm', 'esnext', 'commonjs', 'module', 'modules', 'types', 'typings', 'dts'])
const sourceFolders = new Set(['src', 'source', 'sources'])

/** People write them, whatever folder they are in; nothing of them is run. */
const written =
  /^(?:package\.json|(?:readme|licen[cs]e|copying|notice|changelog|history|authors)(?:[-.].*)?|.*\.(?:md|markdown|txt))$/i

/**
 * The folders of a package, from the source's root, with files that were published and that builds usually leave there.
 *
 * @param packed paths inside the package of the published files that the source has with the same bytes
 */
export function committedOutputs(source: {
  directory: string
  entries: readonly SourceEntry[]
  packed: readonly string[]
}): string[] {
  const { directory, entries, packed } = source
  const prefix = directory === '' ? '' : `${directory}/`
  const top = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '')
  const inPackage = entries.flatMap(({ path }) => (path.startsWith(prefix) ? [top(path.slice(prefix.length))] : []))
  const hasSource = inPackage.some((folder) => sourceFolders.has(folder))
  const isOutput = (folder: string) => always.has(folder) || (hasSource && besideSource.has(folder))
  const found = packed.filter((path) => isOutput(top(path)) && !isWritten(path)).map(top)
  return [...new Set(found)].sort().map((folder) => `${prefix}${folder}`)
}

/**
 * The same source without the files that a build left in these folders, so that only a build can bring them back: a build
 * that does nothing would otherwise look like one that gives the same.
 */
export function withoutOutputs(located: LocatedSource, folders: readonly string[]): LocatedSource {
  // A file that was committed long ago is in none of the commits around.
  const { findInHistory: _, ...rest } = located
  const isLeft = ({ path }: { path: string }) => !isOutputFile(path, folders)
  return {
    ...rest,
    tree: {
      list: async () => (await located.tree.list()).filter(isLeft),
      readMany: (paths, limit) =>
        located.tree.readMany(
          paths.filter((path) => isLeft({ path })),
          limit,
        ),
    },
    readFile: async (path) => (isLeft({ path }) ? await located.readFile(path) : undefined),
    listFiles: async () => (await located.listFiles()).filter((path) => isLeft({ path })),
    async checkout(into, options) {
      await located.checkout(into, options)
      for (const { path } of await located.tree.list()) {
        if (!isLeft({ path })) await rm(join(into, path), { force: true })
      }
    },
  }
}

export function isOutputFile(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`)) && !isWritten(path)
}

function isWritten(path: string): boolean {
  return written.test(path.slice(path.lastIndexOf('/') + 1))
}
