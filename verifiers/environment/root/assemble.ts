import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Problem } from '../../model/problem.ts'
import type { Progress } from '../../model/progress.ts'
import type { Content, ContentStore } from '../../store/content.ts'
import { readDeb } from '../debian/deb.ts'
import type { Lock, LockedPackage } from '../lock.ts'
import { lockTime } from '../lock.ts'
import { createTree, type Tree, treePath } from '../tree.ts'
import { finishRoot } from './finish.ts'
import { isPruned } from './prune.ts'

export type AssembleOptions = {
  lock: Lock
  contents: Map<LockedPackage, Content>
  store: ContentStore
  /** Made anew. */
  rootFolder: string
  progress: Progress
  signal: AbortSignal
}

// Packages of this release may still ship files in the old places.
const merged = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']

/**
 * Lays the root file system of a lock out in a folder: the packages' files in the order of the lock, then what their
 * scripts would have added. No script is run and no right of root is needed.
 */
export async function assembleRoot(options: AssembleOptions): Promise<void> {
  const { lock, rootFolder, progress, signal } = options
  const root = createTree(rootFolder, { time: lockTime(lock), merged })
  const status: string[] = []
  for (const [done, locked] of lock.packages.entries()) {
    const total = lock.packages.length
    progress({ type: 'activity', stage: 'environment', text: `unpacking ${locked.name}`, done, total })
    status.push(statusOf(await addPackage(root, locked, options)))
    signal.throwIfAborted()
  }
  finishRoot(root, { certificates: await certificatesOf(root, rootFolder), status: status.join('\n') })
  root.finish()
}

/** Adds the files of a package, and returns its control file. */
async function addPackage(root: Tree, locked: LockedPackage, { contents, store }: AssembleOptions): Promise<string> {
  const content = contents.get(locked)
  if (!content) throw new Problem('FAULT', `${locked.name} was not fetched.`)
  const bytes = await buffer(store.read(content.digests.sha512))
  return readDeb(bytes, {
    what: `${locked.name} ${locked.version}`,
    onEntry({ path, type, executable, target }) {
      const place = treePath(path)
      if (isPruned(place)) return undefined
      if (type === 'file') return root.openFile(place, { executable })
      // The folders that usrmerge has made into links are there already.
      if (type === 'folder') root.addFolder(place)
      else if (type === 'symlink') root.addSymlink(place, target)
      else root.addHardLink(place, target)
      return undefined
    },
  })
}

/** One paragraph of dpkg's status file: the package's own, and that it is installed. */
function statusOf(control: string): string {
  const [first, ...rest] = control.trimEnd().split('\n')
  return [first, 'Status: install ok installed', ...rest, ''].join('\n')
}

/** What update-ca-certificates(8) makes: all certificates that the package trusts by default, one after the other. */
async function certificatesOf(root: Tree, rootFolder: string): Promise<Uint8Array> {
  const folder = 'usr/share/ca-certificates/mozilla'
  const files = root.list(folder).map((name) => readFile(join(rootFolder, folder, name)))
  return Buffer.concat((await Promise.all(files)).flatMap((bytes) => [bytes, Buffer.from('\n')]))
}
