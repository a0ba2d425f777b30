import type { Difference } from '../../model/comparison.ts'
import { isObject, parseJson } from '../content/json.ts'
import type { Stamp } from './stamps.ts'
import { versionsOnlyIn } from './version-stamp.ts'

/** Whether a difference would be another one if the version of the package were known. */
export function asksForOwnVersion({ severity, evidence }: Difference): boolean {
  return severity === 'suspicious' && stampsOf(evidence).length > 0
}

/**
 * A value that only looks like a version is one after all where it is the package's own, which the same package.json on
 * both sides says. It is not confirmed by a source then, so that it stays unexplained.
 */
export function explainByOwnVersion(difference: Difference, manifest: string): Difference {
  const value = parseJson(manifest)
  const version = isObject(value) && typeof value.version === 'string' ? value.version : undefined
  const stamps = stampsOf(difference.evidence)
  const isOwn = stamps.every(
    ({ published, rebuilt, operand }) =>
      ((operand !== true && !published.includes('://')) || isPlaceholder(rebuilt)) &&
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

/** What stands where a build would write the version; a real one that the code decides by can be that of something else. */
function isPlaceholder(literal: string): boolean {
  return !/\d/.test(literal) || /(?<![\d.])0\.0\.0(?![\d.])/.test(literal)
}

/** All of them, where all are versions; else none. */
function stampsOf({ stamps, allStamps, causes }: Difference['evidence']): Stamp[] {
  const onlyVersions = Array.isArray(causes) && causes.length === 1 && causes[0] === 'version-stamp'
  return onlyVersions && allStamps === true && Array.isArray(stamps) ? (stamps as Stamp[]) : []
}
