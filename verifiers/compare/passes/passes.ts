import { readContent } from '../content/file-kind.ts'
import { cargoVcsDirty } from './cargo-vcs-dirty.ts'
import { containerPasses } from './container-passes.ts'
import { gemChecksums } from './gem-checksums.ts'
import { gemMetadataDate } from './gem-metadata-date.ts'
import { jarManifestStamps } from './jar-manifest-stamps.ts'
import { lineEndings } from './line-endings.ts'
import { packageJsonFormatting } from './package-json-formatting.ts'
import { packageJsonGitHead } from './package-json-git-head.ts'
import { packageJsonRepository } from './package-json-repository.ts'
import type { ContentPass, Pass } from './pass.ts'
import { wheelRecord } from './wheel-record.ts'
import { aroundOf, pathAround, type Within } from './within.ts'

/** In the order in which they are applied, until both sides are the same. */
export const contentPasses: readonly ContentPass[] = [
  lineEndings,
  packageJsonGitHead,
  packageJsonFormatting,
  packageJsonRepository,
  cargoVcsDirty,
  jarManifestStamps,
  gemMetadataDate,
  gemChecksums,
  wheelRecord,
]

export const passes: readonly Pass[] = [...containerPasses, ...contentPasses]

type AppliedPass = { id: string; version: number; published?: string; rebuilt?: string }

export type Stabilised = {
  /** Whether both sides are the same after the passes. */
  equal: boolean
  /** What each pass changed on each side. */
  applied: AppliedPass[]
  /** A pass that failed: the two sides then stay different. */
  failed?: { id: string; message: string }
}

/** Applies the content passes to both sides of a file, each pass to both. Binary files are never touched. */
export function stabilise(
  path: string,
  published: Buffer,
  rebuilt: Buffer,
  { within, using = contentPasses }: { within?: Within | undefined; using?: readonly ContentPass[] } = {},
): Stabilised {
  const [place, around] = [pathAround(path, within), within && aroundOf(within)]
  const [a, b] = [readContent(place, published, around), readContent(place, rebuilt, around)]
  const applied: AppliedPass[] = []
  if (!('text' in a) || !('text' in b) || a.kind !== b.kind) return { equal: false, applied }
  const about = (side: 'published' | 'rebuilt') => ({
    path,
    place,
    kind: a.kind,
    ...(within && {
      fileOf: (name: string, where?: 'outer') => (where === 'outer' ? within.outer : within)?.fileOf(side, name),
    }),
  })
  let [left, right] = [a.text, b.text]
  for (const pass of using) {
    if (left === right) break
    if (within && !isMadeFor(pass, within)) continue
    try {
      const onLeft = pass.apply({ ...about('published'), text: left, other: right })
      const onRight = pass.apply({ ...about('rebuilt'), text: right, other: left })
      if (onLeft === undefined && onRight === undefined) continue
      left = onLeft?.text ?? left
      right = onRight?.text ?? right
      applied.push({
        id: pass.id,
        version: pass.version,
        ...(onLeft && { published: onLeft.changed }),
        ...(onRight && { rebuilt: onRight.changed }),
      })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { equal: false, applied, failed: { id: pass.id, message } }
    }
  }
  return { equal: left === right, applied }
}

function isMadeFor({ formats }: ContentPass, within: Within): boolean {
  const { kind } = aroundOf(within)
  return kind !== undefined && formats.includes(kind)
}
