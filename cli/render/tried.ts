import type { SourceEvidence } from '../../verifiers/model/source.ts'

const mostShown = 12

const marks: Record<SourceEvidence['result'], string> = {
  accepted: '✓',
  agrees: '✓',
  rejected: '✗',
  disagrees: '✗',
  unavailable: '–',
}

/** What was tried before a search for the source was given up, one line each, with how near it came. */
export function triedLines({ evidence }: Record<string, unknown>): string[] {
  if (!Array.isArray(evidence)) return []
  const tried = evidence.filter(isEvidence)
  const lines = tried
    .slice(0, mostShown)
    .map(({ locator, candidate, result, reason }) => `${marks[result]} ${locator} ${candidate}: ${reason}`)
  return tried.length > mostShown ? [...lines, `and ${tried.length - mostShown} more`] : lines
}

function isEvidence(value: unknown): value is SourceEvidence {
  if (typeof value !== 'object' || value === null) return false
  const { locator, candidate, result, reason } = value as Partial<Record<string, unknown>>
  return [locator, candidate, reason].every((text) => typeof text === 'string') && Object.hasOwn(marks, String(result))
}
