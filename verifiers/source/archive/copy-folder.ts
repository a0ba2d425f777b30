import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../model/problem.ts'
import { sourceWriter } from './writer.ts'

/**
 * Copies a folder that is no git repository, as it is now, by the rules that archives are unpacked by.
 *
 * @returns the newest modification time of a file inside
 * @throws {Problem} SOURCE_TOO_LARGE, SOURCE_REFUSED, ARCHIVE_UNSAFE_PATH
 */
export async function copyFolder(options: {
  from: string
  into: string
  /** Of all files together, in bytes. */
  limit: number
  /** Names of folders that are left out, wherever they are. */
  without?: readonly string[]
  signal: AbortSignal
}): Promise<Date> {
  const { from, into, limit, without = [], signal } = options
  const writer = sourceWriter({ into, what: 'The folder' })
  let size = 0
  let newest = 0
  const pending = ['']
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of (await readdir(join(from, at))).sort()) {
      signal.throwIfAborted()
      const path = at === '' ? name : `${at}/${name}`
      const full = join(from, path)
      const status = await lstat(full)
      if (status.isDirectory() && without.includes(name)) continue
      if (status.isDirectory()) pending.push(path)
      else if (status.isSymbolicLink()) await writer.link(path, await readlink(full))
      else if (status.isFile()) {
        size += status.size
        if (size > limit) throw tooLarge(limit)
        newest = Math.max(newest, status.mtimeMs)
        await writer.file(path, { executable: (status.mode & 0o100) !== 0, bytes: createReadStream(full) })
      } else throw special(path)
    }
  }
  await writer.finish({ strip: false })
  return new Date(Math.floor(newest))
}

function tooLarge(limit: number): Problem {
  return new Problem('SOURCE_TOO_LARGE', `The folder has more than ${limit} bytes.`, {
    hint: 'Give a folder with nothing but the source, without node_modules.',
  })
}

function special(path: string): Problem {
  return new Problem(
    'SOURCE_REFUSED',
    `The folder has an entry that is no file, folder or link: ${JSON.stringify(path)}.`,
    {
      hint: 'Give a folder without sockets, pipes and devices.',
    },
  )
}
