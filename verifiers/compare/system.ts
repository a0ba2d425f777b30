import type { ArchiveEntry } from './entry.ts'
import { withoutCompression } from './formats/detect.ts'
import type { ArtifactKind } from './kind.ts'
import { hasSystemFolder, rootOf } from './names.ts'
import type { Within } from './passes/within.ts'

/**
 * What root unpacks into a system, where owners and permissions then are as the archive says: what a package installs, or
 * a layer of an image or a whole root file system.
 */
export type System = 'package' | 'layer'

/**
 * A layer can hold anything: `app/` alone is one as often as not. So every bare tar archive is taken for one, unless
 * something tells that people unpack it for themselves.
 */
export function systemOf(
  { kind, entries }: { kind: ArtifactKind; entries: readonly ArchiveEntry[] },
  fileName: string,
  outer: Within | undefined,
): System | undefined {
  // dpkg keeps both; RubyGems gives each file the permissions that the archive says.
  if (outer?.kind === 'deb' || outer?.kind === 'gem') return 'package'
  if (!tars.has(kind)) return undefined
  const roots = new Set(entries.map(({ path }) => rootOf(path)))
  if (isPackageOfNpm(kind, roots, fileName)) return undefined
  if (hasSystemFolder(roots)) return 'layer'
  if (isSourceTree(roots) || isImage(roots) || hasVersion(fileName)) return undefined
  return outer === undefined || outer.kind === 'tar' || outer.kind === 'ar' ? 'layer' : undefined
}

const tars: ReadonlySet<ArtifactKind> = new Set(['tar', 'npm', 'sdist', 'crate'])

/** npm packs `package/` into a `.tgz`; registries have older packages whose folder has another name. Two signs of three. */
function isPackageOfNpm(kind: ArtifactKind, roots: ReadonlySet<string>, fileName: string): boolean {
  const signs = [kind === 'npm', roots.has('package'), fileName.endsWith('.tgz')]
  return roots.size === 1 && signs.filter(Boolean).length >= 2
}

/** All in one folder that is named by a version or a commit, as sdists, crates and archives of a repository are. */
function isSourceTree(roots: ReadonlySet<string>): boolean {
  const [root = ''] = roots
  return roots.size === 1 && /-(?:v?\d|[0-9a-f]{7,40}$)/.test(root)
}

/** What is released as files side by side has its version in its name; layers are named by a digest. */
function hasVersion(fileName: string): boolean {
  return /(?:^|[-_@])v?\d+\.\d+/.test(withoutCompression(fileName).replace(/\.tar$/, ''))
}

/** As engines save images: an archive of layers, which are looked into by themselves (OCI image layout specification). */
function isImage(roots: ReadonlySet<string>): boolean {
  const isPart = (root: string) =>
    /^(?:manifest\.json|repositories|oci-layout|index\.json|blobs|[0-9a-f]{64}(?:\.json)?)$/.test(root)
  return (roots.has('manifest.json') || roots.has('oci-layout')) && [...roots].every(isPart)
}
