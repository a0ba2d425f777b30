import { buildPath } from './build-path.ts'
import { buildTime } from './build-time.ts'
import type { StampCause } from './cause.ts'
import { commitStamp } from './commit-stamp.ts'
import { versionStamp } from './version-stamp.ts'

/** In the order in which they are tried; a time is a time before it is a version. */
const stampCauses: readonly StampCause[] = [buildPath, buildTime, commitStamp, versionStamp]

/** Longer literals are not stamps. */
const longest = 4096

/** The causes that together explain how two literals differ, or `undefined` where something else differs too. */
export function explainStamps(published: string, rebuilt: string): StampCause[] | undefined {
  if (published.length > longest || rebuilt.length > longest) return undefined
  for (const cause of stampCauses) if (cause.mask(published) === cause.mask(rebuilt)) return [cause]
  let [a, b] = [published, rebuilt]
  const used: StampCause[] = []
  for (const cause of stampCauses) {
    const [maskedA, maskedB] = [cause.mask(a), cause.mask(b)]
    if (maskedA !== a || maskedB !== b) used.push(cause)
    ;[a, b] = [maskedA, maskedB]
  }
  return a === b ? used : undefined
}
