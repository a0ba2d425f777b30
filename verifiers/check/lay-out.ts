import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'

export type LayOutOptions = {
  from: string
  /** Does not exist yet. */
  into: string
  /** Octal. */
  umask: string
  /** Makes the entries of each folder in the opposite order. */
  reversed: boolean
  /** Where the folder was, and is, for the programs in it that package managers write with their whole path. */
  moved: { from: string; to: string }
  signal: AbortSignal
}

/**
 * Copies a folder that was built in, so that another build can begin where it was: with the permissions that a umask
 * gives, with the times and the hard links that it has, and its files made one after the other in a known order.
 *
 * One file at a time, because what is made together is made in no order.
 */
export async function layOut(options: LayOutOptions): Promise<void> {
  const linked = new Map<string, string>()
  const mask = 0o777 & ~Number.parseInt(options.umask, 8)
  await copyFolder(options.from, options.into, { ...options, mask, linked, inPrograms: false })
}

type Copying = LayOutOptions & { mask: number; linked: Map<string, string>; inPrograms: boolean }

async function copyFolder(from: string, into: string, copying: Copying): Promise<void> {
  const { signal, reversed, mask } = copying
  signal.throwIfAborted()
  await breathe()
  const stats = lstatSync(from)
  mkdirSync(into, { mode: 0o700 })
  const names = readdirSync(from).sort()
  for (const name of reversed ? names.reverse() : names) {
    const [one, other] = [join(from, name), join(into, name)]
    const entry = lstatSync(one)
    if (entry.isDirectory()) await copyFolder(one, other, { ...copying, inPrograms: name === '.bin' })
    else if (entry.isSymbolicLink()) copyLink(one, other, entry)
    else if (entry.isFile()) copyFile(one, other, entry, copying)
  }
  chmodSync(into, 0o777 & mask)
  utimesSync(into, stats.atime, stats.mtime)
}

function copyLink(from: string, into: string, { atime, mtime }: Stats): void {
  symlinkSync(readlinkSync(from), into)
  lutimesSync(into, atime, mtime)
}

/** Programs of dependencies are scripts of a few lines. */
const largestProgram = 64 * 1024

function copyFile(from: string, into: string, stats: Stats, copying: Copying): void {
  const { mask, linked, moved, inPrograms } = copying
  const identity = `${stats.dev}:${stats.ino}`
  const first = stats.nlink > 1 ? linked.get(identity) : undefined
  if (first !== undefined) {
    linkSync(first, into)
    return
  }
  if (stats.nlink > 1) linked.set(identity, into)
  if (inPrograms && stats.size <= largestProgram && moved.from !== moved.to) {
    writeFileSync(into, readFileSync(from, 'latin1').replaceAll(moved.from, moved.to), 'latin1')
  } else copyFileSync(from, into, constants.COPYFILE_FICLONE)
  const whole = (stats.mode & 0o100) === 0 ? 0o666 : 0o777
  // What is only to be read stays so, like git's objects.
  chmodSync(into, ((stats.mode & 0o200) === 0 ? whole & 0o555 : whole) & mask)
  utimesSync(into, stats.atime, stats.mtime)
}
