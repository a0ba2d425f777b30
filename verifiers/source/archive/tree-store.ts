import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { cp, mkdir, open, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import { removeTree } from '../../store/remove.ts'
import { settleLayout } from '../layout.ts'
import type { FileReading, SourceEntry, SourceTree } from '../source-tree.ts'
import { gitTreeId } from './tree-id.ts'

/** Source trees that were unpacked, by their id, shared by all runs. */
export type TreeStore = {
  /** Lets `fill` write into a new folder and keeps it by what it turned out to hold. A run that is killed leaves nothing. */
  keep(fill: (into: string) => Promise<void>): Promise<string>
  /** Whether a tree is there, unchanged. */
  has(id: string): Promise<boolean>
  tree(id: string): SourceTree
  checkout(id: string, into: string, options: { umask: string; time: Date }): Promise<void>
}

const staleAfter = 24 * 60 * 60 * 1000

export function openTreeStore({ folder, signal }: { folder: string; signal: AbortSignal }): TreeStore {
  const placeOf = (id: string) => join(folder, id)
  return {
    async keep(fill) {
      await mkdir(folder, { recursive: true })
      await removeAbandoned(folder)
      const temporary = join(folder, `.new-${process.pid}-${randomBytes(6).toString('hex')}`)
      try {
        await mkdir(temporary)
        await fill(temporary)
        const id = await gitTreeId(temporary, { signal })
        if (!(await this.has(id))) {
          await removeTree(placeOf(id))
          await rename(temporary, placeOf(id)).catch(whenThere)
        }
        return id
      } finally {
        await removeTree(temporary)
        await removeTree(`${temporary}.top`)
      }
    },
    async has(id) {
      const there = await stat(placeOf(id)).then(
        () => true,
        () => false,
      )
      return there && (await gitTreeId(placeOf(id), { signal })) === id
    },
    tree: (id) => folderTree(placeOf(id)),
    async checkout(id, into, { umask, time }) {
      await mkdir(into, { recursive: true })
      await cp(placeOf(id), into, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
      if ((await gitTreeId(into, { signal })) !== id) {
        throw new Problem('STORE_DAMAGED', `The unpacked source ${id} was changed on the disk.`, {
          hint: 'Run the command again: it is unpacked anew.',
        })
      }
      await settleLayout(into, { umask, time })
    },
  }
}

/** Another process may have kept the same tree in between. */
function whenThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
}

/** What runs that were killed have left; the time of modification is the archive's. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.new-')) continue
    const path = join(folder, name)
    const status = await stat(path).catch(() => undefined)
    if (status && Date.now() - status.ctimeMs > staleAfter) await removeTree(path)
  }
}

/** The files of a folder that nobody else writes to. */
function folderTree(folder: string): SourceTree {
  let listed: Promise<Map<string, SourceEntry>> | undefined
  const byPath = () => {
    listed ??= listFolder(folder)
    return listed
  }
  return {
    list: async () => [...(await byPath()).values()],
    async readMany(paths, limit) {
      const entries = await byPath()
      const found = new Map<string, FileReading>()
      for (const path of paths) {
        const kind = entries.get(path)?.kind
        if (kind === 'file' || kind === 'executable') found.set(path, await readFileUpTo(join(folder, path), limit))
      }
      return found
    },
  }
}

async function listFolder(folder: string): Promise<Map<string, SourceEntry>> {
  const entries = new Map<string, SourceEntry>()
  const pending = ['']
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isSymbolicLink()) entries.set(path, { path, kind: 'symlink' })
      else entries.set(path, { path, kind: await fileKind(join(folder, path)) })
    }
  }
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function fileKind(path: string): Promise<'file' | 'executable'> {
  return ((await stat(path)).mode & 0o100) !== 0 ? 'executable' : 'file'
}

async function readFileUpTo(path: string, limit: number): Promise<FileReading> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await handle.stat()
    return size > limit ? 'too-large' : await handle.readFile()
  } finally {
    await handle.close()
  }
}
