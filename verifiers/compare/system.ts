import type { ArchiveEntry } from './entry.ts'
import { withoutCompression } from './formats/detect.ts'
import type { ArtifactKind } from './kind.ts'
import { hasSystemFolder, rootOf } from './names.ts'
import type { Within } from './passes/within.ts'

/**
 * What root unpacks into a system, where owners and permissions then are as the archive says: what a Debian package installs,
 * or a layer of an image or a whole root file system. Of a gem only the permissions are. `unknown` may be a layer.
 */
export type System = 'package' | 'gem' | 'layer' | 'unknown'

const byWeight: readonly System[] = ['package', 'layer', 'gem', 'unknown']

type Unpacked = { kind: ArtifactKind; entries: readonly ArchiveEntry[]; fileName: string }

/** What either of them is for, where one is a layer and the other may be. */
export function systemOf(sides: readonly Unpacked[], outer: Within | undefined): System | undefined {
  const found = sides.map((side) => systemOfOne(side, outer))
  return byWeight.find((system) => found.includes(system))
}

/**
 * A layer can hold anything: `app/` alone is one as often as not. So every bare tar archive may be one, unless
 * something tells that people unpack it for themselves.
 */
function systemOfOne({ kind, entries, fileName }: Unpacked, outer: Within | undefined): System | undefined {
  if (outer?.kind === 'deb') return 'package'
  if (outer?.kind === 'gem') return 'gem'
  if (!tars.has(kind)) return undefined
  const roots = new Set(entries.map(({ path }) => rootOf(path)))
  if (isPackageOfNpm(kind, roots, fileName)) return undefined
  if (hasSystemFolder(roots) || entries.some(({ path }) => takesAway.test(path))) return 'layer'
  if (isSourceTree(roots) || isImage(roots) || hasVersion(fileName)) return undefined
  if (outer !== undefined && outer.kind !== 'tar' && outer.kind !== 'ar') return undefined
  return isCalledLayer.test(fileName) ? 'layer' : 'unknown'
}

/** https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts */
const takesAway = /(?:^|\/)\.wh\.[^/]+$/
/** As engines and registries call them: by the digest, or by what they are. */
const isCalledLayer = /(?:^|[/_.:-])(?:layer|rootfs)\d*(?:[/_.-]|$)|[0-9a-f]{64}/i

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
