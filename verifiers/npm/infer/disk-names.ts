import { inside } from './manifest.ts'
import type { Published } from './published.ts'
import type { SourceReader } from './reader.ts'

/**
 * What was published by the names that it has in the source: before its version 5.4 npm packs a .gitignore as .npmignore.
 * https://github.com/npm/fstream-npm/blob/v1.2.1/fstream-npm.js
 *
 * @param directory of the package, from the source's root
 */
export function bySourceNames<Known extends Pick<Published, 'files' | 'times'>>(
  published: Known,
  reader: Pick<SourceReader, 'has'>,
  directory: string,
): Known {
  const nameOf = (path: string) => {
    const kept = path.replace(/(^|\/)\.npmignore$/, '$1.gitignore')
    return !reader.has(inside(directory, path)) && reader.has(inside(directory, kept)) ? kept : path
  }
  return {
    ...published,
    files: published.files.map((file) => ({ ...file, path: nameOf(file.path) })),
    times: new Map([...published.times].map(([path, seconds]) => [nameOf(path), seconds])),
  }
}
