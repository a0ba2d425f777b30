import type { Difference } from '../../model/comparison.ts'
import { isObject, parseJson } from '../content/json.ts'
import type { Stamp } from './stamps.ts'
import { lacksVersion, namesRelease, versionsOnlyIn } from './version-stamp.ts'

/** Whether a difference would be another one if the version of the package were known. */
export function asksForOwnVersion({ severity, evidence }: Difference): boolean {
  return severity === 'suspicious' && stampsOf(evidence).length > 0
}

/**
 * A value that only looks like a version is one after all where it is the package's own, which the same package.json on
 * both sides says, and the rebuild has none there, or its name says whose it is. What the code decides by, or where something
 * is to be had, can be that of something else. It is not confirmed by a source then, so that it stays unexplained.
 */
export function explainByOwnVersion(difference: Difference, manifest: string): Difference {
  const value = parseJson(manifest)
  const version = isObject(value) && typeof value.version === 'string' ? value.version : undefined
  const stamps = stampsOf(difference.evidence)
  const isOwn = stamps.every(
    ({ published, rebuilt, operand, unnamed }) =>
      operand !== true &&
      (unnamed !== true || lacksVersion(rebuilt, published)) &&
      !namesRelease(published) &&
      versionsOnlyIn(published, rebuilt).every((one) => one === version),
  )
  if (version === undefined || !isOwn) return difference
  return {
    ...difference,
    severity: 'unexplained',
    summary: `What differs is the version of the package itself, ${version}, which the build writes into the file.`,
    evidence: { ...difference.evidence, ownVersion: version },
  }
}

/** All of them, where all are versions; else none. */
function stampsOf({ stamps, allStamps, causes }: Difference['evidence']): Stamp[] {
  const onlyVersions = Array.isArray(causes) && causes.length === 1 && causes[0] === 'version-stamp'
  return onlyVersions && allStamps === true && Array.isArray(stamps) ? (stamps as Stamp[]) : []
}
