import type { ArchiveEntry } from './entry.ts'
import type { Finding } from './findings.ts'
import type { Container } from './formats/detect.ts'
import { hasSystemFolder, installedPath, rootOf } from './names.ts'

/** What an archive is made for, told by what is in it: that decides which rules hold for its entries. */
export type ArtifactKind =
  | 'npm'
  | 'wheel'
  | 'sdist'
  | 'crate'
  | 'gem'
  | 'deb'
  | 'jar'
  /** Any other: a Debian package's data, a layer of an image, a source archive. */
  | 'tar'
  | 'zip'
  | 'ar'
  /** No archive at all. */
  | 'file'

/** npm lays what is in several top-level folders over each other; a tree with more than these is no package for it. */
const mostRoots = 8

export function kindOf(container: Container | 'file', entries: readonly ArchiveEntry[]): ArtifactKind {
  const has = (path: string) => entries.some((entry) => entry.path === path)
  if (container === 'ar') return has('debian-binary') ? 'deb' : 'ar'
  if (container === 'zip') {
    if (entries.some(({ path }) => /^[^/]+\.dist-info\/WHEEL$/.test(path))) return 'wheel'
    return has('META-INF/MANIFEST.MF') ? 'jar' : 'zip'
  }
  if (container !== 'tar') return container
  if (has('package/package.json')) return 'npm'
  if (has('metadata.gz') && has('data.tar.gz')) return 'gem'
  const roots = new Set<string>()
  const top = new Set<string | undefined>()
  for (const { path } of entries) {
    if (roots.size <= mostRoots) roots.add(rootOf(path))
    const below = installedPath(path)
    if (below !== undefined && below.length < 32 && !below.includes('/')) top.add(below)
  }
  if (roots.size === 1 && top.has('PKG-INFO')) return 'sdist'
  if (roots.size === 1 && top.has('Cargo.toml.orig')) return 'crate'
  // A layer can have `app/package.json` beside `etc/`: nobody gives it to npm.
  const isSystem = roots.size > 1 && hasSystemFolder(roots)
  return top.has('package.json') && roots.size <= mostRoots && !isSystem ? 'npm' : 'tar'
}

const debianBinary = /^debian-binary$/
const debMembers = [debianBinary, /^control\.tar(?:\.gz|\.xz|\.zst)?$/, /^data\.tar(?:\.gz|\.xz|\.zst|\.bz2|\.lzma)?$/]
const gemMembers =
  /^(?:metadata\.gz|data\.tar\.gz|checksums\.yaml\.gz|metadata\.gz\.sig|data\.tar\.gz\.sig|checksums\.yaml\.gz\.sig)$/

/** Which members an archive of archives has, and in which order, where a program that installs it cares. */
export function checkLayout(
  kind: ArtifactKind,
  entries: readonly ArchiveEntry[],
  found: (finding: Finding) => void,
): void {
  if (kind === 'deb') checkDeb(entries, found)
  if (kind === 'gem') {
    for (const { path } of entries) {
      if (gemMembers.test(path)) continue
      found({ code: 'gem-layout', path, summary: 'RubyGems knows no such member of a gem.', evidence: {} })
    }
  }
  if (kind === 'jar') {
    const place = entries.findIndex(({ path }) => path === 'META-INF/MANIFEST.MF')
    // Before it only its folder may stand (java.util.jar.JarInputStream).
    if (place > 1 || (place === 1 && entries[0]?.path !== 'META-INF/')) {
      const summary =
        'The manifest is not the first entry, so that programs that stream the archive do not see it, nor check what is signed.'
      found({ code: 'jar-manifest-late', path: 'META-INF/MANIFEST.MF', summary, evidence: {} })
    }
  }
}

/**
 * deb(5): `debian-binary`, the control archive, the data archive, in this order. dpkg ignores members whose names begin
 * with an underscore, and those behind the data; other programs take the first or last whose name fits. It reads only names
 * that stand in the header, as they are or with a slash behind them (lib/dpkg/ar.c).
 */
function checkDeb(entries: readonly ArchiveEntry[], found: (finding: Finding) => void): void {
  entries.forEach(({ path, nameForm }, index) => {
    if (debMembers[index]?.test(path) && nameForm === undefined) return
    const summary =
      'The member is not one that a Debian package has, or not at its place or called as others are; programs differ in what they make of it.'
    found({ code: 'deb-layout', path, summary, evidence: { place: index, nameForm: nameForm ?? null } })
  })
  if (entries.length < debMembers.length) {
    const summary = 'The package does not have all the members that it must have.'
    found({ code: 'deb-layout', path: '', summary, evidence: { members: entries.length } })
  }
}
