import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../model/problem.ts'

/**
 * The id that git would give the folder's content as a tree (SHA-1): every path, byte, link target and executable bit is
 * in it; empty folders and all other permissions are not. gitformat-tree: https://git-scm.com/docs/gitdatamodel
 *
 * @throws {Problem} SOURCE_REFUSED for something that is no file, folder or link
 */
export async function gitTreeId(folder: string, { signal }: { signal: AbortSignal }): Promise<string> {
  return (await treeId(folder, signal)) ?? emptyTree
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904'

async function treeId(folder: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted()
  const entries: { key: Buffer; line: Buffer }[] = []
  for (const name of await readdir(folder)) {
    const found = await idOf(join(folder, name), signal)
    if (found === undefined) continue
    // Folders are sorted as if their names ended with a slash.
    const key = Buffer.from(found.mode === '40000' ? `${name}/` : name)
    entries.push({ key, line: Buffer.concat([Buffer.from(`${found.mode} ${name}\0`), Buffer.from(found.id, 'hex')]) })
  }
  if (entries.length === 0) return undefined
  entries.sort((a, b) => Buffer.compare(a.key, b.key))
  const content = Buffer.concat(entries.map(({ line }) => line))
  return begin('tree', content.length).update(content).digest('hex')
}

async function idOf(path: string, signal: AbortSignal): Promise<{ mode: string; id: string } | undefined> {
  const status = await lstat(path)
  if (status.isDirectory()) {
    const id = await treeId(path, signal)
    return id === undefined ? undefined : { mode: '40000', id }
  }
  if (status.isSymbolicLink()) {
    const target = await readlink(path, { encoding: 'buffer' })
    return { mode: '120000', id: begin('blob', target.length).update(target).digest('hex') }
  }
  if (!status.isFile()) {
    throw new Problem('SOURCE_REFUSED', 'The source has an entry that is no file, folder or link.', {
      hint: 'Give a source without sockets, pipes and devices.',
    })
  }
  const hash = begin('blob', status.size)
  await pipeline(createReadStream(path), hash, { signal })
  return { mode: (status.mode & 0o100) !== 0 ? '100755' : '100644', id: hash.digest('hex') }
}

function begin(type: 'blob' | 'tree', size: number): Hash {
  return createHash('sha1').update(`${type} ${size}\0`)
}
