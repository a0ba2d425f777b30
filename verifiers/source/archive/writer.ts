import { constants, createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../model/problem.ts'

/** Writes what an archive or a folder holds into a new folder, and lets nothing through that would lead out of it. */
export type SourceWriter = {
  file(path: string, options: { executable: boolean; bytes: AsyncIterable<Uint8Array> }): Promise<void>
  /** A second name of a file that was written before; it becomes a copy. */
  copy(path: string, of: string): Promise<void>
  link(path: string, target: string): Promise<void>
  /** Folders are only made for what is in them, as git does it. */
  folder(path: string): void
  /** Takes the one top folder away that most archives have, then checks where links lead. */
  finish(options: { strip: boolean }): Promise<void>
}

export type WriterLimits = {
  entries: number
  /** Of all names together, in characters. */
  names: number
}

export const defaultWriterLimits: WriterLimits = { entries: 300_000, names: 64 * 1024 * 1024 }

type Entry = { kind: 'file' | 'folder' } | { kind: 'link'; target: string }

export function sourceWriter(options: { into: string; what: string; limits?: WriterLimits }): SourceWriter {
  const { into, what, limits = defaultWriterLimits } = options
  const entries = new Map<string, Entry>()
  let names = 0

  function add(path: string, entry: Entry): string {
    const clean = cleanPath(path, what)
    names += path.length
    if (entries.size >= limits.entries || names > limits.names) {
      throw new Problem('ARCHIVE_LIMIT_EXCEEDED', `${what} has more than ${limits.entries} entries.`, {
        hint: 'Give a smaller source with --source.',
      })
    }
    const known = entries.get(clean)
    if (known !== undefined && !(known.kind === 'folder' && entry.kind === 'folder')) {
      throw unsafe(what, clean, 'is in it twice')
    }
    for (let parent = posix.dirname(clean); parent !== '.'; parent = posix.dirname(parent)) {
      const above = entries.get(parent)
      if (above !== undefined && above.kind !== 'folder') throw unsafe(what, clean, 'leads through a link or a file')
      if (above === undefined) entries.set(parent, { kind: 'folder' })
    }
    entries.set(clean, entry)
    return clean
  }
  async function place(path: string): Promise<string> {
    const full = join(into, path)
    await mkdir(dirname(full), { recursive: true })
    return full
  }

  return {
    async file(path, { executable, bytes }) {
      const full = await place(add(path, { kind: 'file' }))
      await pipeline(bytes, createWriteStream(full, { flags: 'wx', mode: executable ? 0o755 : 0o644 }))
    },
    async copy(path, of) {
      const original = cleanPath(of, what)
      if (entries.get(original)?.kind !== 'file')
        throw unsafe(what, path, 'is another name of something that is not there')
      await copyFile(join(into, original), await place(add(path, { kind: 'file' })), constants.COPYFILE_FICLONE)
    },
    async link(path, target) {
      const full = await place(add(path, { kind: 'link', target }))
      await symlink(target, full)
    },
    folder(path) {
      if (path.replace(/[./]+/g, '') !== '') add(path, { kind: 'folder' })
    },
    async finish({ strip }) {
      const top = strip ? singleFolder(entries) : undefined
      if (top !== undefined) await liftUp(into, top)
      checkLinks(top === undefined ? entries : below(entries, top), what)
    },
  }
}

/** The path without `./`; a problem where it is one that no source has. */
function cleanPath(path: string, what: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const shown = path.slice(0, 100)
  if (path.startsWith('/') || parts.includes('..')) throw unsafe(what, shown, 'leads out of it')
  if (parts.length === 0 || path.includes('\0') || path.includes('\ufffd')) throw unsafe(what, shown, 'is no path')
  if (path.length > 4095 || parts.some((part) => Buffer.byteLength(part) > 255))
    throw unsafe(what, shown, 'is too long')
  // git itself refuses to have such a path in a tree.
  if (parts.some((part) => part.toLowerCase() === '.git')) throw unsafe(what, shown, "belongs to git's own files")
  return parts.join('/')
}

function singleFolder(entries: Map<string, Entry>): string | undefined {
  const tops = [...entries].filter(([path]) => !path.includes('/'))
  const [only] = tops
  return tops.length === 1 && only?.[1].kind === 'folder' ? only[0] : undefined
}

/** By way of a name that is not in use, because the folder may have an entry of its own name. */
async function liftUp(into: string, top: string): Promise<void> {
  const aside = `${into}.top`
  await rm(aside, { recursive: true, force: true })
  // An archive of nothing but folders has none of them here.
  await mkdir(join(into, top), { recursive: true })
  await rename(join(into, top), aside)
  await rm(into, { recursive: true })
  await rename(aside, into)
}

function below(entries: Map<string, Entry>, top: string): Map<string, Entry> {
  const rest = [...entries].filter(([path]) => path.startsWith(`${top}/`))
  return new Map(rest.map(([path, entry]) => [path.slice(top.length + 1), entry]))
}

const mostHops = 40

/** Follows every link the way the kernel would, and refuses those that lead above the top at any step. */
function checkLinks(entries: Map<string, Entry>, what: string): void {
  for (const [path, entry] of entries) {
    if (entry.kind === 'link' && leadsOut(path, entry.target, entries)) throw unsafe(what, path, 'is a link out of it')
  }
}

function leadsOut(path: string, target: string, entries: Map<string, Entry>): boolean {
  if (target.startsWith('/')) return true
  const at = path.split('/').slice(0, -1)
  const pending = target.split('/')
  let hops = 0
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (at.length === 0) return true
      at.pop()
      continue
    }
    at.push(part)
    const next = entries.get(at.join('/'))
    if (next?.kind !== 'link') continue
    // A circle leads nowhere, and so not out.
    if (++hops > mostHops) return false
    if (next.target.startsWith('/')) return true
    at.pop()
    pending.unshift(...next.target.split('/'))
  }
  return false
}

function unsafe(what: string, path: string, reason: string): Problem {
  return new Problem('ARCHIVE_UNSAFE_PATH', `${what} cannot be unpacked: ${JSON.stringify(path)} ${reason}.`, {
    hint: 'An honest source has no such entry. Nothing of it was kept.',
    details: { path },
  })
}
