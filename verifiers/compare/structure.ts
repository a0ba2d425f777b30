import { type ArchiveEntry, digestOf } from './entry.ts'
import type { Finding } from './findings.ts'
import type { ArtifactKind } from './kind.ts'
import { foldedPath, installedPath, invisible, isUtf8, plainPath, rootOf } from './names.ts'
import { checkConflicts } from './path-conflicts.ts'

/** Linux refuses longer paths. */
const pathMax = 4096

/** How a path is read: which file it is in the end, and whether the archive is one whose links and modes are let be. */
type View = { isNpm: boolean; isTree: boolean; placeOf(path: string): string | undefined }

/**
 * What is odd about the entries, looked at one by one and all together, whatever is in them.
 *
 * npm cuts off the first folder of each path whatever it is called; everything else keeps it. Of two entries with one
 * path the last wins in most programs, and the first in some.
 */
export function checkStructure(
  entries: readonly ArchiveEntry[],
  kind: ArtifactKind,
  found: (finding: Finding) => void,
): void {
  const isNpm = kind === 'npm'
  const view: View = { isNpm, isTree: kind === 'tar', placeOf: isNpm ? installedPath : plainPath }
  for (const entry of entries) checkEntry(entry, view, found)
  const places = checkDuplicates(entries, view, found)
  if (mayHaveTwins(places)) checkTwins(entries, view, found)
  checkConflicts(entries, found)
  const roots = isNpm ? new Set(entries.map((entry) => rootOf(entry.path))) : new Set()
  if (roots.size > 1) {
    found({
      code: 'several-roots',
      path: '',
      summary: `The entries are in ${roots.size} top-level folders, which npm lays over each other.`,
      evidence: { roots: [...roots].sort().slice(0, 64), count: roots.size },
    })
  }
}

function checkEntry(entry: ArchiveEntry, { isNpm, isTree }: View, found: (finding: Finding) => void): void {
  const { path, type, linkTarget, mode } = entry
  const report = (code: Finding['code'], summary: string, evidence: Finding['evidence'] = {}) =>
    found({ code, path, summary, evidence, offset: entry.offset })
  if (escapes(path)) report('escaping-path', 'The path leads out of the folder that it is unpacked to.')
  else if (isOdd(entry, isNpm))
    report('odd-path', 'The path is not written in the usual way, or is none below a folder.')
  if (path.length > pathMax) report('long-name', `The path has ${path.length} characters.`)
  if (!isUtf8(path) || !isUtf8(linkTarget))
    report('name-not-utf8', 'The name is not UTF-8; programs read it differently.')
  else if (invisible.test(path) || invisible.test(linkTarget)) {
    report(
      'invisible-name',
      'The name has characters in it that cannot be seen, or that turn the direction of the text.',
    )
  }
  if (type === 'symlink' || type === 'hardlink') {
    const target = { type, linkTarget }
    const outward = escapes(type === 'symlink' ? joined(path, linkTarget) : linkTarget)
    if (isNpm)
      report('link', `The entry is a ${type} to ${linkTarget}; npm leaves it out, other programs make it.`, target)
    if (outward) {
      // Below the root of a system absolute links are the rule; those that climb out are not. Nobody unpacks a package there.
      const code = isTree && linkTarget.startsWith('/') ? 'outward-link' : 'escaping-link'
      report(code, `The link leads out of the archive, to ${linkTarget}.`, target)
    }
  }
  if (type === 'symlink' && entry.notes !== undefined && linkTarget === '')
    report('unexpected-link-target', 'The link has no target, or one that is longer than any name.')
  if (type === 'character-device' || type === 'block-device' || type === 'fifo') {
    report('device', `The entry is a ${type}, which no package needs.`, { type, device: entry.device ?? null })
  }
  if (mode & 0o7000 && (isNpm || type !== 'directory')) {
    const code = isNpm ? 'special-mode' : 'setuid-file'
    report(code, `The entry is setuid, setgid or sticky (${mode.toString(8)}).`, { mode: mode.toString(8) })
  }
}

/** Where a relative link leads, from the root of the archive. */
function joined(path: string, target: string): string {
  if (target.startsWith('/')) return target
  const segments = path.split('/').slice(0, -1)
  for (const segment of target.split('/')) {
    if (segment === '..' && segments.length > 0 && segments.at(-1) !== '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments.join('/')
}

function escapes(path: string): boolean {
  return path.startsWith('/') || /^[a-zA-Z]:/.test(path) || path.includes('\\') || /(?:^|\/)\.\.(?:\/|$)/.test(path)
}

function isOdd({ path, type }: ArchiveEntry, isNpm: boolean): boolean {
  // Archives of whole trees are made from the folder itself, so that every path begins with it.
  const plain = isNpm ? path : path.replace(/^\.\/(?!\/)/, '')
  if (/(?:^|\/)\.?\/./.test(plain) || path === '' || plain.endsWith('/.')) return true
  if (!isNpm) return type !== 'directory' && path.endsWith('/')
  return type !== 'directory' && (installedPath(path) === undefined || path.endsWith('/'))
}

function checkDuplicates(
  entries: readonly ArchiveEntry[],
  { isNpm, placeOf }: View,
  found: (finding: Finding) => void,
): ReadonlyMap<string, unknown> {
  const first = new Map<string, ArchiveEntry>()
  // Of nearly all archives nothing gets into this one.
  const repeated = new Map<string, ArchiveEntry[]>()
  for (const entry of entries) {
    const key = placeOf(entry.path) ?? entry.path
    const before = first.get(key)
    if (before === undefined) first.set(key, entry)
    else if (!repeated.get(key)?.push(entry)) repeated.set(key, [before, entry])
  }
  for (const same of repeated.values()) {
    const last = same.at(-1)
    if (last === undefined) continue
    if (same.every(({ type }) => type === 'directory') && new Set(same.map(({ path }) => path)).size === same.length)
      continue
    found({
      code: 'duplicate-entry',
      path: last.path,
      summary: `The archive has ${same.length} entries for this path. ${isNpm ? 'npm unpacks' : 'Most programs leave'} the last; others may take the first.`,
      evidence: {
        entries: same.slice(0, 64).map((entry) => ({
          path: entry.path,
          type: entry.type,
          size: entry.size,
          sha256: digestOf(entry),
          mode: entry.mode.toString(8),
          ...(entry.linkTarget !== '' && { linkTarget: entry.linkTarget }),
        })),
        count: same.length,
      },
      offset: last.offset,
    })
  }
  return first
}

/** Of two twins one at least is not in the form that both have in common; most archives have few such paths. */
function mayHaveTwins(places: ReadonlyMap<string, unknown>): boolean {
  const keys = new Set<string>()
  for (const place of places.keys()) {
    const key = foldedPath(place)
    if (key === place) continue
    if (places.has(key) || keys.has(key)) return true
    keys.add(key)
  }
  return false
}

function checkTwins(entries: readonly ArchiveEntry[], { placeOf }: View, found: (finding: Finding) => void): void {
  const seen = new Map<string, string>()
  const reported = new Set<string>()
  for (const { path } of entries) {
    const key = foldedPath(placeOf(path) ?? path)
    const first = seen.get(key)
    if (first === undefined) seen.set(key, path)
    else if ((placeOf(first) ?? first) !== (placeOf(path) ?? path) && !reported.has(path)) {
      reported.add(path)
      const onlyCase = first.toLowerCase() === path.toLowerCase()
      found({
        code: onlyCase ? 'case-twin' : 'unicode-twin',
        path,
        summary: `The path differs from another, ${first}, only in ${onlyCase ? 'case' : 'Unicode form'}; on some systems they are one file.`,
        evidence: { twin: first },
      })
    }
  }
}
