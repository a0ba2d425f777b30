import type { Comparison } from '../model/comparison.ts'
import { Problem } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { indexArchive } from './archive.ts'
import { compareArchives } from './compare-archives.ts'
import { bounded, type Difference, difference, sortBySeverity } from './difference.ts'
import { severityOf } from './findings.ts'
import type { ComparedInput } from './input.ts'
import { type CompareLimits, defaultLimits } from './limits.ts'
import type { HiddenDifference } from './passes/hidden-difference.ts'
import { structureDifferences } from './structure-differences.ts'
import { mostKept, type ReadOptions } from './unpacked.ts'

export type { ComparedInput }

export type CompareOptions = {
  published: ComparedInput
  rebuilt: ComparedInput
  limits?: Partial<CompareLimits>
  /** Passes of the user: what to look away from, and why. */
  hidden?: readonly HiddenDifference[]
  progress?: Progress
  signal: AbortSignal
}

/**
 * Says how far two files are the same, and what differs. What they are is told by their bytes; of archives of every
 * format that is read the contents are compared, and those of archives within them.
 *
 * The verdict is the strongest line of design.md that holds. A finding about the structure of the archive that only one
 * side has makes them `different` even when all entries are the same, since it could hide something.
 *
 * @throws {Problem} ARCHIVE_LIMIT_EXCEEDED when a file that is not the same byte for byte is too large to be read,
 * ARTIFACT_INTEGRITY_MISMATCH when one of them was changed meanwhile.
 */
export async function compareArtifacts(options: CompareOptions): Promise<Comparison> {
  const { published, rebuilt, hidden, progress, signal } = options
  const limits = { ...defaultLimits, ...options.limits }
  const reading = {
    limits,
    progress,
    signal,
    kept: { left: mostKept, streams: new Map() },
    budget: { left: limits.nestedSize },
  }
  if (sameBytes(published, rebuilt)) return await identicalBytes(published, rebuilt, reading)
  const { differences, ...result } = await compareArchives(
    { published, rebuilt },
    { ...reading, depth: 0, ...(hidden && { hidden }) },
  )
  return { ...result, ...describe(published, rebuilt), differences: finished(differences) }
}

function sameBytes(a: ComparedInput, b: ComparedInput): boolean {
  return a.size === b.size && a.digests.sha256 === b.digests.sha256 && a.digests.sha512 === b.digests.sha512
}

/** Nothing can differ, but what is odd about the file is still worth knowing. */
async function identicalBytes(
  published: ComparedInput,
  rebuilt: ComparedInput,
  reading: ReadOptions,
): Promise<Comparison> {
  try {
    const index = await indexArchive(published, reading)
    const count = index.entries.length
    return {
      verdict: 'bit-identical',
      ...describe(published, rebuilt),
      entries: { published: count, rebuilt: count, identical: count },
      differences: finished(structureDifferences(index, index).differences),
    }
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'ARCHIVE_LIMIT_EXCEEDED')) throw error
    const limit = difference({
      path: '',
      kind: 'structure',
      cause: 'limit-exceeded',
      severity: severityOf('limit-exceeded', 'shared'),
      summary: `In both files: ${error.message}`,
      evidence: { side: 'both', ...error.details },
    })
    return {
      verdict: 'bit-identical',
      ...describe(published, rebuilt),
      entries: { published: 0, rebuilt: 0, identical: 0 },
      differences: [limit],
    }
  }
}

function describe(published: ComparedInput, rebuilt: ComparedInput): Pick<Comparison, 'published' | 'rebuilt'> {
  const facts = ({ fileName, size, digests: { sha256, sha512 } }: ComparedInput) => ({
    fileName,
    size,
    digests: { sha256, sha512 },
  })
  return { published: facts(published), rebuilt: facts(rebuilt) }
}

function finished(differences: Difference[]): Difference[] {
  return sortBySeverity(bounded(differences))
}
