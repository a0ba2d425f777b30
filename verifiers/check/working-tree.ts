import { createReadStream, existsSync } from 'node:fs'
import { cp, lstat, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Release } from '../model/artifact.ts'
import { problemFrom } from '../model/problem.ts'
import { filesContext, locateInWorkingTree, type SourceContext } from '../npm/locate.ts'
import { copyGivenFolder, locatedFiles } from '../npm/locate-files.ts'
import { openTreeStore, type TreeStore } from '../source/archive/tree-store.ts'
import { sourceWriter } from '../source/archive/writer.ts'
import type { WorkingChanges } from '../source/git/working-changes.ts'
import { settleLayout } from '../source/layout.ts'
import { type LocatedSource, locatedSource } from '../source/located.ts'
import type { SourceTree } from '../source/source-tree.ts'
import { temporaryFolder } from '../store/temporary.ts'

/** A folder as it is now. */
export type WorkingTree = {
  located: LocatedSource
  /** How many files are not as in the commit. */
  changed: number
  /** Of the source with its changes: the same for the same files. */
  digest: string
}

/** Nearest folder above that git has something in; `undefined` where there is none. */
export function repositoryRoot(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : repositoryRoot(above)
}

type Options = SourceContext & {
  /** Of the source. */
  root: string
  isRepository: boolean
  /** The package's folder in it. */
  directory: string
  artifact: Release
}

/**
 * Reads a working tree: the commit that is checked out with everything that is changed since and not ignored, or where
 * there is no commit, all files but what was installed.
 *
 * @throws {Problem} SOURCE_…, FILE_UNREADABLE
 */
export async function readWorkingTree(options: Options): Promise<WorkingTree> {
  const { root, directory, isRepository } = options
  if (isRepository) {
    try {
      const { located, changes } = await locateInWorkingTree({ ...options, path: root })
      return await withChanges(located, changes, options)
    } catch (error) {
      if (problemFrom(error).code !== 'SOURCE_EMPTY') throw error
    }
  }
  const context = filesContext(options)
  const copied = await copyGivenFolder(root, { ...context, without: ['node_modules', '.git'] })
  const { modifiedAt, ...rest } = copied
  const source = { ...rest, modifiedAt: modifiedAt.toISOString(), directory, manifest: {} }
  return { located: locatedFiles(source, context), changed: 0, digest: source.tree }
}

const largestChange = 1 << 30

async function withChanges(located: LocatedSource, changes: WorkingChanges, options: Options): Promise<WorkingTree> {
  const { tree } = located.source
  const { present, gone } = changes
  const changed = present.length + gone.length
  if (changed === 0) return { located, changed, digest: tree }
  const store = openTreeStore(filesContext(options))
  let newest = 0
  const overlay = await store.keep(async (into) => {
    const writer = sourceWriter({ into, what: 'The working tree' })
    for (const path of present) {
      options.signal.throwIfAborted()
      const from = join(options.root, path)
      const stats = await lstat(from)
      newest = Math.max(newest, stats.mtimeMs)
      if (stats.isSymbolicLink()) await writer.link(path, await readlink(from))
      else if (stats.isFile()) {
        const bytes = createReadStream(from, { end: largestChange })
        await writer.file(path, { executable: (stats.mode & 0o100) !== 0, bytes })
      }
    }
    await writer.finish({ strip: false })
  })
  const merged = mergedTree(located.tree, store.tree(overlay), new Set(gone))
  return {
    located: locatedSource(located.source, merged, (into, { umask }) =>
      layOutChanges({ located, store, overlay, replaced: [...present, ...gone], into, umask }),
    ),
    changed,
    digest: `${tree}+${overlay}-${gone.sort().join('\0')}`,
  }
}

function mergedTree(base: SourceTree, overlay: SourceTree, gone: ReadonlySet<string>): SourceTree {
  return {
    async list() {
      const over = await overlay.list()
      const replaced = new Set(over.map(({ path }) => path))
      return [...(await base.list()).filter(({ path }) => !gone.has(path) && !replaced.has(path)), ...over]
    },
    async readMany(paths, limit) {
      const over = await overlay.readMany(paths, limit)
      const replaced = new Set((await overlay.list()).map(({ path }) => path))
      const rest = paths.filter((path) => !replaced.has(path) && !gone.has(path))
      return new Map([...(await base.readMany(rest, limit)), ...over])
    },
  }
}

async function layOutChanges(options: {
  located: LocatedSource
  store: TreeStore
  overlay: string
  replaced: string[]
  into: string
  umask: string
}): Promise<void> {
  const { located, store, overlay, replaced, into, umask } = options
  await located.checkout(into, { umask })
  const time = (await stat(into)).mtime
  await using temporary = await temporaryFolder('reproof-')
  const changes = join(temporary.path, 'changes')
  await store.checkout(overlay, changes, { umask, time })
  for (const path of replaced) await rm(join(into, path), { recursive: true, force: true })
  await cp(changes, into, { recursive: true, verbatimSymlinks: true, force: true })
  await settleLayout(into, { umask, time, except: '.git' })
}
