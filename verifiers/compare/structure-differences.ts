import type { ArchiveIndex } from './archive.ts'
import { type Difference, difference } from './difference.ts'
import { type Finding, type FindingCode, identityOf, severityOf } from './findings.ts'

/**
 * Findings as differences. `decisive` when one of them is on one side only and could hide something: then the archives
 * are different, whatever else is the same.
 */
export function structureDifferences(
  published: ArchiveIndex,
  rebuilt: ArchiveIndex,
): { differences: Difference[]; decisive: boolean } {
  const left = countByIdentity(published.findings.list())
  const right = countByIdentity(rebuilt.findings.list())
  const differences: Difference[] = []
  let decisive = false
  const add = (finding: Finding, side: 'published' | 'rebuilt' | 'both') => {
    const severity = severityFor(finding.code, side)
    if (side !== 'both' && severityOf(finding.code, 'alone') !== 'benign') decisive = true
    differences.push(fromFinding(finding, side, severity))
  }
  for (const [identity, { finding, count }] of left) {
    add(finding, count === right.get(identity)?.count ? 'both' : 'published')
  }
  for (const [identity, { finding, count }] of right) {
    if (count !== left.get(identity)?.count) add(finding, 'rebuilt')
  }
  const overflows = overflowDifferences(published, rebuilt)
  return { differences: [...differences, ...overflows.differences], decisive: decisive || overflows.decisive }
}

function severityFor(code: FindingCode, side: 'published' | 'rebuilt' | 'both'): Difference['severity'] {
  if (side === 'both') return severityOf(code, 'shared')
  const alone = severityOf(code, 'alone')
  // What only the rebuild has cannot have been hidden by the publisher.
  return side === 'rebuilt' && alone === 'suspicious' ? 'unexplained' : alone
}

function fromFinding(finding: Finding, side: string, severity: Difference['severity']): Difference {
  const where = {
    published: 'Only in the published file: ',
    rebuilt: 'Only in the rebuilt file: ',
    both: 'In both files: ',
  }[side]
  return difference({
    path: finding.path,
    kind: 'structure',
    cause: finding.code,
    severity,
    summary: `${where}${finding.summary}`,
    evidence: { side, ...finding.evidence, ...(finding.offset !== undefined && { offset: finding.offset }) },
  })
}

function countByIdentity(findings: readonly Finding[]): Map<string, { finding: Finding; count: number }> {
  const counts = new Map<string, { finding: Finding; count: number }>()
  for (const finding of findings) {
    const identity = identityOf(finding)
    const known = counts.get(identity)
    if (known) known.count++
    else counts.set(identity, { finding, count: 1 })
  }
  return counts
}

function overflowDifferences(published: ArchiveIndex, rebuilt: ArchiveIndex) {
  const left = published.findings.overflow()
  const right = rebuilt.findings.overflow()
  const codes = new Set([...left, ...right].map(({ code }) => code))
  let decisive = false
  const differences = [...codes].map((code) => {
    const a = left.find((one) => one.code === code)
    const b = right.find((one) => one.code === code)
    const same = a?.count === b?.count && a?.sha256 === b?.sha256
    if (!same) decisive = true
    const severity = severityOf(code, same ? 'shared' : 'alone')
    const summary = `There are ${Math.max(a?.count ?? 0, b?.count ?? 0)} more findings of this kind.`
    const evidence = { published: a?.count ?? 0, rebuilt: b?.count ?? 0, same }
    return difference({ path: '', kind: 'structure', cause: code, severity, summary, evidence })
  })
  return { differences, decisive }
}
