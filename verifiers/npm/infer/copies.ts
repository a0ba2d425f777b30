import { posix } from 'node:path'
import type { SourceEntry } from '../../source/source-tree.ts'
import type { PlannedStep } from './build-steps.ts'
import { inside, withParents } from './manifest.ts'
import type { Published } from './published.ts'
import { inTurn, quoted } from './shell.ts'
import type { SourceMatch } from './source-match.ts'

/**
 * A published file that the source has with the same bytes at another place; `path` is inside the package. `isOnlyOne`: the
 * two names differ in case alone, and the other one was not published: on a disk that knows none they are one file.
 */
export type Copy = { path: string; of: string; isOnlyOne?: true }

/** Documents, licences and declarations of types: what is only read, and carries nothing that runs. */
const onlyRead =
  /(?:^|\/)(?:readme|licen[cs]e|copying|notice|authors|contributors|patents|changelog|history|changes|security)(?:\.(?:md|markdown|txt|rst))?$|\.(?:md|markdown|d\.[cm]?ts)$/i

const mostCopies = 64

/**
 * Files that somebody has put beside the package from elsewhere in its source, by hand or with a script that nothing
 * names: the README of a monorepo, declarations under a second name. Only those that nothing runs: what runs has to come
 * from a build that is done again.
 */
export function copiesOf(options: {
  published: Pick<Published, 'files'>
  match: Pick<SourceMatch, 'missing' | 'changed'>
  entries: ReadonlyMap<string, SourceEntry & { id?: string }>
  directory: string
}): Copy[] {
  const { published, match, entries, directory } = options
  const elsewhere = new Set(
    [...match.missing, ...match.changed].filter((path) => onlyRead.test(path) && isInside(path)),
  )
  if (elsewhere.size === 0) return []
  const places = new Map<string, string[]>()
  for (const [path, { id, kind }] of entries) {
    if (id === undefined || (kind !== 'file' && kind !== 'executable')) continue
    const others = places.get(id)
    if (others) others.push(path)
    else places.set(id, [path])
  }
  const packed = new Set(published.files.map(({ path }) => inside(directory, path)))
  return published.files
    .filter(({ path, size }) => size > 0 && elsewhere.has(path))
    .flatMap(({ path, blob }) => {
      const of = nearest(places.get(blob) ?? [], inside(directory, path))
      if (of === undefined) return []
      const isOnlyOne = of.toLowerCase() === inside(directory, path).toLowerCase() && !packed.has(of)
      return [{ path, of, ...(isOnlyOne && { isOnlyOne }) }]
    })
    .slice(0, mostCopies)
}

function isInside(path: string): boolean {
  return !path.split('/').some((part) => part === '' || part === '.' || part === '..')
}

/** The one of the same name rather than another, in a folder above rather than beside, with the shortest path. */
function nearest(paths: readonly string[], to: string): string | undefined {
  const name = posix.basename(to).toLowerCase()
  const above = new Set(withParents(folderOf(to)))
  const weightOf = (path: string) =>
    (posix.basename(path).toLowerCase() === name ? 0 : 2e6) + (above.has(folderOf(path)) ? 0 : 1e6) + path.length
  const weighed = paths.map((path) => ({ path, weight: weightOf(path) }))
  return weighed.reduce<(typeof weighed)[number] | undefined>(
    (best, one) => (best === undefined || one.weight < best.weight ? one : best),
    undefined,
  )?.path
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
}

/**
 * What is left when pnpm packs: it adds the licence of its workspace to a package that has none, after all other files,
 * where one that lies in the folder would stand among them. https://pnpm.io/cli/publish
 *
 * @param has whether the source has a path
 */
export function withoutLicence(copies: readonly Copy[], packer: string, has: (path: string) => boolean): Copy[] {
  const isAdded = ({ path, of }: Copy) =>
    packer === 'pnpm' && /^licen[cs]e(?:\.[^/]+)?$/i.test(path) && has(inside(folderOf(of), 'pnpm-workspace.yaml'))
  return copies.filter((copy) => !isAdded(copy))
}

/** @param directory that is packed */
export function copySteps(copies: readonly Copy[], directory: string): PlannedStep[] {
  if (copies.length === 0) return []
  const folders = [...new Set(copies.map(({ path }) => folderOf(inside(directory, path))))].filter((it) => it !== '')
  const make = folders.length > 0 ? [`mkdir -p -- ${folders.map(quoted).join(' ')}`] : []
  // Where a link stands in the source, the file itself was packed.
  const put = copies.map(({ path, of, isOnlyOne }) => {
    const copy = `${isOnlyOne ? 'mv' : 'cp --remove-destination'} -- ${quoted(of)} ${quoted(inside(directory, path))}`
    // A build may have taken away what lies where it writes.
    return directory !== '' && !of.startsWith(`${directory}/`) ? copy : `{ test ! -e ${quoted(of)} || ${copy}; }`
  })
  const listed = copies.slice(0, 5).map(({ path, of }) => `${path.slice(0, 100)} is ${of.slice(0, 100)}`)
  const more = copies.length > listed.length ? ` and ${copies.length - listed.length} more` : ''
  const says = `The source has these published files at another place: ${listed.join(', ')}${more}.`
  return [{ run: inTurn([...make, ...put]), cwd: '', from: 'published tarball', says }]
}
