import { posix } from 'node:path'
import { z } from 'zod'
import { longestCommand } from '../../model/recipe.ts'
import { parsedManifest } from '../manifest.ts'
import type { PlannedStep } from './build-steps.ts'
import type { Published } from './published.ts'
import { quoted } from './shell.ts'

/**
 * Gives files the modes that they had on the publisher's disk. A file that was written anew under another umask than the
 * rest of its checkout has another mode than they, which nothing in a source says. Whether its owner may execute one is the
 * source's to say, and stays as it is; that others may not is the disk's, and nobody is let execute more. Three things that
 * are not the source's are known: where no published file may be executed, the disk was one of Windows, which has no such
 * mode; where all may do all to each of them, package.json included, Linux saw that disk, which shows everything so
 * (https://learn.microsoft.com/windows/wsl/file-permissions); and what package.json names as a program is executable once
 * npm has linked it, as for another package beside it.
 * Folders, which cannot be executed, get all of theirs.
 *
 * @param source what is executable in it, and what its package.json names in `bin`, both below `directory`
 */
export function diskModes(
  { files, folders }: Pick<Published, 'files' | 'folders'>,
  source: { isExecutable(path: string): boolean; programs: ReadonlySet<string> },
  umask: string,
  directory: string,
): PlannedStep[] {
  const mask = Number.parseInt(umask, 8)
  const changes = new Map<string, string[]>()
  const add = (change: string, path: string) => changes.set(change, [...(changes.get(change) ?? []), path])
  const isWindows = files.every(({ mode }) => (mode & 0o111) === 0)
  const isMounted =
    files.every(({ mode }) => (mode & 0o777) === 0o777) && files.some(({ path }) => path === 'package.json')
  for (const { path, mode } of files) {
    const given = ((mode & 0o111) === 0 ? 0o666 : 0o777) & ~mask
    const barred = (mode & 0o100) === 0 ? 0 : given & ~mode & 0o011
    const change = changeOf(given & 0o777, (mode & 0o666) | (given & 0o111 & ~barred))
    if (change !== '') add(change, path)
    if (isWindows && source.isExecutable(path)) add('a-x', path)
    const isLinked = (mode & 0o111) === (0o111 & ~mask) && source.programs.has(path)
    if ((isLinked || isMounted) && !source.isExecutable(path)) add('+x', path)
  }
  for (const [path, mode] of folders) {
    const change = (mode & 0o700) === 0o700 ? changeOf(0o777 & ~mask, mode) : ''
    if (change !== '') add(change, path || '.')
  }
  const run = [...changes].map(([change, paths]) => `chmod ${change} ${paths.map(asOperand).join(' ')}`).join('\n')
  if (run === '' || run.length > longestCommand) return []
  const says =
    'The published files do not have the modes of one umask; these were written under another one than the rest, on a disk without them, or linked as programs.'
  return [{ run, cwd: directory, from: 'published tarball', says }]
}

/** In chmod's own letters: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/chmod.html */
function changeOf(given: number, published: number): string {
  const classes = [
    ['u', 6],
    ['g', 3],
    ['o', 0],
  ] as const
  const parts = classes.flatMap(([who, shift]) =>
    Object.entries({ r: 4, w: 2, x: 1 }).flatMap(([what, value]) => {
      const bit = value << shift
      if ((given & bit) === (published & bit)) return []
      return `${who}${(published & bit) === 0 ? '-' : '+'}${what}`
    }),
  )
  return parts.join(',')
}

function asOperand(path: string): string {
  return quoted(path.startsWith('-') ? `./${path}` : path)
}

/** What package.json names as programs, as paths below its folder. https://docs.npmjs.com/cli/configuring-npm/package-json#bin */
export function programsOf(manifest: string): ReadonlySet<string> {
  const paths = binSchema.safeParse(parsedManifest(manifest)).data?.bin ?? []
  return new Set(paths.map((path) => posix.normalize(path).replace(/^\.?\//, '')))
}

const binSchema = z.object({
  bin: z.union([
    z.string().transform((path) => [path]),
    z.record(z.string(), z.string()).transform(Object.values<string>),
  ]),
})
