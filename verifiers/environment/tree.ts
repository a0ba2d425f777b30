import {
  chmodSync,
  closeSync,
  fchmodSync,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Problem } from '../model/problem.ts'

/**
 * A folder that grows on the disk. It is kept in mind as well, so that nothing is ever written through a link and a path
 * that is there twice is noticed. Paths are relative to the folder, without `.` and `..`.
 *
 * All files belong to whoever makes them, and modes say no more than "executable" or not: whether a package made a file
 * unreadable for others would otherwise decide whether a build runs in one sandbox and not in another. No setuid bit.
 */
export type Tree = {
  addFolder(path: string, options?: { sticky?: boolean }): void
  addFile(path: string, bytes: Uint8Array | string, options?: { executable?: boolean }): void
  /** A file that is written piece by piece. */
  openFile(path: string, options?: { executable?: boolean }): { write(bytes: Uint8Array): void; close(): void }
  addSymlink(path: string, target: string): void
  addHardLink(path: string, existing: string): void
  has(path: string): boolean
  /** What is directly in a folder, sorted. */
  list(folder: string): string[]
  /** Sets the time of every folder, which adding entries has changed. */
  finish(): void
}

export type TreeOptions = {
  /** Of every entry. */
  time: Date
  /** Folders at the top that are links to those of the same name below `usr/`: https://wiki.debian.org/UsrMerge */
  merged?: readonly string[]
}

/** Makes the folder, which must not be there yet unless it is empty. */
export function createTree(folder: string, { time, merged = [] }: TreeOptions): Tree {
  const kinds = new Map<string, 'folder' | 'file' | 'link'>([['', 'folder']])
  const placeOf = (path: string) => {
    const place = treePath(path)
    return merged.includes(place.split('/', 1)[0] ?? '') ? `usr/${place}` : place
  }

  function claim(place: string, kind: 'folder' | 'file' | 'link'): string {
    if (kinds.has(place)) throw new Problem('ARCHIVE_INVALID', `${place} is there twice.`)
    const parent = dirname(place) === '.' ? '' : dirname(place)
    const above = kinds.get(parent)
    if (above === undefined) makeFolder(parent, 0o755)
    else if (above !== 'folder') throw new Problem('ARCHIVE_UNSAFE_PATH', `${place} is below a file or a link.`)
    kinds.set(place, kind)
    return join(folder, place)
  }

  function makeFolder(place: string, mode: number): void {
    const path = claim(place, 'folder')
    mkdirSync(path)
    chmodSync(path, mode)
  }

  function link(place: string, target: string): void {
    const path = claim(place, 'link')
    symlinkSync(target, path)
    lutimesSync(path, time, time)
  }

  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  for (const name of merged) {
    makeFolder(`usr/${name}`, 0o755)
    link(name, `usr/${name}`)
  }
  return {
    addFolder(path, { sticky = false } = {}) {
      const place = placeOf(path)
      if (kinds.get(place) !== 'folder') makeFolder(place, sticky ? 0o1777 : 0o755)
      else if (sticky) chmodSync(join(folder, place), 0o1777)
    },
    addFile(path, bytes, options) {
      const file = this.openFile(path, options)
      try {
        file.write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
      } finally {
        file.close()
      }
    },
    openFile(path, { executable = false } = {}) {
      const descriptor = openSync(claim(placeOf(path), 'file'), 'wx')
      return {
        write(bytes) {
          for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
        },
        close() {
          try {
            fchmodSync(descriptor, executable ? 0o755 : 0o644)
            futimesSync(descriptor, time, time)
          } finally {
            closeSync(descriptor)
          }
        },
      }
    },
    addSymlink: (path, target) => link(placeOf(path), target),
    addHardLink(path, existing) {
      const source = placeOf(existing)
      if (kinds.get(source) !== 'file') {
        throw new Problem('ARCHIVE_INVALID', `${path} is a hard link to ${existing}, which is not there.`)
      }
      linkSync(join(folder, source), claim(placeOf(path), 'file'))
    },
    has: (path) => kinds.has(placeOf(path)),
    list(path) {
      const prefix = `${placeOf(path)}/`
      return [...kinds.keys()]
        .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('/'))
        .map((key) => key.slice(prefix.length))
        .sort()
    },
    finish() {
      for (const [path, kind] of kinds) if (kind === 'folder') lutimesSync(join(folder, path), time, time)
    },
  }
}

/**
 * A path of an archive as one of a tree: without the leading `./` and the slash at the end.
 *
 * @throws {Problem} ARCHIVE_UNSAFE_PATH when it leaves the tree or is not in its simplest form.
 */
export function treePath(path: string): string {
  const trimmed = path.replace(/^(?:\.\/|\/)/, '').replace(/\/$/, '')
  if (trimmed === '' || trimmed === '.') return ''
  const parts = trimmed.split('/')
  const unsafe = (part: string) =>
    part === '' || part === '.' || part === '..' || part.length > 255 || part.includes('\0')
  if (trimmed.length > 4000 || parts.some(unsafe)) {
    throw new Problem('ARCHIVE_UNSAFE_PATH', `The path ${JSON.stringify(path.slice(0, 200))} may not be unpacked.`)
  }
  return trimmed
}
