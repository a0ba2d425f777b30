import { readContent } from '../content/file-kind.ts'
import { containerPasses } from './container-passes.ts'
import { lineEndings } from './line-endings.ts'
import { packageJsonFormatting } from './package-json-formatting.ts'
import { packageJsonGitHead } from './package-json-git-head.ts'
import type { ContentPass, Pass } from './pass.ts'

/** In the order in which they are applied. */
export const contentPasses: readonly ContentPass[] = [lineEndings, packageJsonGitHead, packageJsonFormatting]

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
export function stabilise(path: string, published: Buffer, rebuilt: Buffer, using = contentPasses): Stabilised {
  const [a, b] = [readContent(path, published), readContent(path, rebuilt)]
  const applied: AppliedPass[] = []
  if (!('text' in a) || !('text' in b) || a.kind !== b.kind) return { equal: false, applied }
  let [left, right] = [a.text, b.text]
  for (const pass of using) {
    try {
      const onLeft = pass.apply({ path, kind: a.kind, text: left })
      const onRight = pass.apply({ path, kind: a.kind, text: right })
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
