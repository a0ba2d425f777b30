import { type ArchiveEntry, haveSameContent } from './entry.ts'
import { withoutCompression } from './formats/detect.ts'
import { containerPasses } from './passes/container-passes.ts'
import type { System } from './system.ts'

export type Pair = { published: ArchiveEntry; rebuilt: ArchiveEntry }

/** How the entries of two archives relate, before anything is said about it. */
export type EntryMatch = {
  /** Same in all that an unpacked package consists of. */
  identical: number
  changed: (Pair & { aspects: Aspect[] })[]
  /** Only in the published archive. */
  removed: ArchiveEntry[]
  /** Only in the rebuilt one. */
  added: ArchiveEntry[]
  /** Folders that only one side names but both have files in. */
  impliedFolders: { side: 'published' | 'rebuilt'; entry: ArchiveEntry }[]
  sameOrder: boolean
  /** Pairs that differ in what an archive notes about an entry and no unpacked file shows, by the cause of that. */
  noted: Map<string, Pair[]>
}

export type Aspect =
  | 'type'
  | 'content'
  | 'link-target'
  | 'executable'
  | 'special-mode'
  | 'device'
  | 'system-owner'
  | 'system-permissions'

/**
 * Entries belong together by their path, byte for byte; several of one path by their order.
 *
 * @param options.asMembers that `data.tar.xz` and `data.tar.zst` are one entry, as they are for what reads a Debian package.
 * @param options.system where root unpacks them: who owns them and may write to them counts there.
 */
export function matchEntries(
  published: readonly ArchiveEntry[],
  rebuilt: readonly ArchiveEntry[],
  { asMembers = false, system }: { asMembers?: boolean; system?: System | undefined } = {},
): EntryMatch {
  const keyOf = (entry: ArchiveEntry) => (asMembers ? withoutCompression(entry.path) : entry.path)
  // Of several entries of one key the first is in the map, and each leads to the next; -1 is none.
  const waiting = new Map<string, number>()
  const following = new Int32Array(rebuilt.length)
  for (let index = rebuilt.length - 1; index >= 0; index--) {
    const key = keyOf(rebuilt[index] as ArchiveEntry)
    following[index] = waiting.get(key) ?? -1
    waiting.set(key, index)
  }
  const used = new Uint8Array(rebuilt.length)
  const match: EntryMatch = {
    identical: 0,
    changed: [],
    removed: [],
    added: [],
    impliedFolders: [],
    sameOrder: true,
    noted: new Map(),
  }
  let last = -1
  for (const entry of published) {
    const key = keyOf(entry)
    const index = waiting.get(key) ?? -1
    const other = rebuilt[index]
    if (other === undefined) {
      match.removed.push(entry)
      continue
    }
    waiting.set(key, following[index] ?? -1)
    used[index] = 1
    if (index < last) match.sameOrder = false
    last = index
    addPair(match, { published: entry, rebuilt: other }, system)
  }
  match.added = rebuilt.filter((_, index) => used[index] === 0)
  if (!isKept(system)) setAsideImpliedFolders(match, published, rebuilt)
  return match
}

/** Whether what unpacks them keeps owners and permissions, as far as that is known. */
function isKept(system: System | undefined): boolean {
  return system === 'package' || system === 'layer'
}

function addPair(match: EntryMatch, pair: Pair, system: System | undefined): void {
  const aspects = [...aspectsThatDiffer(pair), ...systemAspects(pair, system)]
  if (aspects.length === 0) match.identical++
  else match.changed.push({ ...pair, aspects })
  for (const { causes, noteOf } of entryPasses) {
    if (noteOf(pair.published) === noteOf(pair.rebuilt)) continue
    const cause = causes[0] ?? ''
    if (isKept(system) && (cause === 'owners' || cause === 'permissions')) continue
    const pairs = match.noted.get(cause)
    if (pairs) pairs.push(pair)
    else match.noted.set(cause, [pair])
  }
}

const entryPasses = containerPasses.flatMap(({ causes, entry }) => (entry ? [{ causes, noteOf: entry.noteOf }] : []))

function aspectsThatDiffer({ published, rebuilt }: Pair): Aspect[] {
  const aspects: Aspect[] = []
  if (published.type !== rebuilt.type) aspects.push('type')
  const targets = isLinkByContent(published) && isLinkByContent(rebuilt)
  const sameContent = haveSameContent(published, rebuilt)
  if (!sameContent && !targets) aspects.push('content')
  if (published.linkTarget !== rebuilt.linkTarget || (targets && !sameContent)) aspects.push('link-target')
  if (published.device !== rebuilt.device || published.sparseMap !== rebuilt.sparseMap) aspects.push('device')
  const executable = executableBits(published)
  const sameFormat = published.format === rebuilt.format || executable === 0
  if (executable !== executableBits(rebuilt) || !sameFormat) aspects.push('executable')
  if ((published.mode & 0o7000) !== (rebuilt.mode & 0o7000)) aspects.push('special-mode')
  return aspects
}

/**
 * dpkg and container engines keep owners, by name before number, and permissions; the times of both are noted only. RubyGems
 * before 3.5 gives files the permissions of the archive, in which the umask of who packed it is: that everybody may write to
 * one is no umask's, nor is it in what may be a layer.
 */
function systemAspects({ published, rebuilt }: Pair, system: System | undefined): Aspect[] {
  if (system === undefined) return []
  if (!isKept(system)) {
    const isOpen = published.type !== 'symlink' && (published.mode & ~rebuilt.mode & 0o002) !== 0
    return isOpen ? ['system-permissions'] : []
  }
  const aspects: Aspect[] = []
  if (systemOwner(published) !== systemOwner(rebuilt)) aspects.push('system-owner')
  // The mode of a link means nothing on Linux.
  const links = published.type === 'symlink' && rebuilt.type === 'symlink'
  if (!links && ((published.mode ^ rebuilt.mode) & 0o777) !== 0) aspects.push('system-permissions')
  return aspects
}

/** root needs no name. */
function systemOwner({ owner }: ArchiveEntry): string {
  const [uid = '', gid = '', uname = '', gname = ''] = owner.split(':')
  const named = (id: string, name: string) => (id === '0' && name === 'root' ? id : `${id}:${name}`.replace(/:$/, ''))
  return JSON.stringify([named(uid, uname), named(gid, gname)])
}

/** A zip archive has the target of a link as its content, which is no text then, whatever it is called. */
function isLinkByContent({ type, notes }: ArchiveEntry): boolean {
  return type === 'symlink' && notes !== undefined
}

/** Of a folder these bits let one enter it, and package managers set them themselves; those of a link nobody asks. */
function executableBits({ type, mode }: ArchiveEntry): number {
  return type === 'directory' || type === 'symlink' ? 0 : mode & 0o111
}

/** Longer paths cannot be folders on a disk. */
const pathMax = 4096

function setAsideImpliedFolders(
  match: EntryMatch,
  published: readonly ArchiveEntry[],
  rebuilt: readonly ArchiveEntry[],
): void {
  const sides = [
    { side: 'published', lonely: 'removed', others: rebuilt },
    { side: 'rebuilt', lonely: 'added', others: published },
  ] as const
  for (const { side, lonely, others } of sides) {
    if (!match[lonely].some(({ type }) => type === 'directory')) continue
    const wanted = new Set(match[lonely].filter(({ type }) => type === 'directory').map(({ path }) => withSlash(path)))
    const implied = new Set<string>()
    for (const { path } of others) {
      for (let slash = path.indexOf('/'); slash >= 0 && slash < pathMax; slash = path.indexOf('/', slash + 1)) {
        const folder = path.slice(0, slash + 1)
        if (wanted.has(folder)) implied.add(folder)
      }
    }
    const isImplied = (entry: ArchiveEntry) => entry.type === 'directory' && implied.has(withSlash(entry.path))
    match.impliedFolders.push(...match[lonely].filter(isImplied).map((entry) => ({ side, entry })))
    match[lonely] = match[lonely].filter((entry) => !isImplied(entry))
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}
