import type { Difference } from '../model/comparison.ts'

export type { Difference }
export type Severity = Difference['severity']

/** A difference whose texts fit the schema, whatever names the archive has. */
export function difference(parts: Omit<Difference, 'evidence'> & { evidence?: Difference['evidence'] }): Difference {
  return {
    ...parts,
    path: clip(parts.path, 65_536),
    summary: clip(parts.summary, 2048),
    evidence: parts.evidence ?? {},
  }
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

const ranks: Record<Severity, number> = { suspicious: 0, unexplained: 1, benign: 2 }

/** What matters first; within that in the order of the archive. */
export function sortBySeverity(differences: Difference[]): Difference[] {
  return differences.toSorted((a, b) => ranks[a.severity] - ranks[b.severity])
}

const listedOfOneKind = 2000

/** Keeps a hostile archive's million differences readable: of one kind the first ones are listed, the others counted. */
export function bounded(differences: Difference[]): Difference[] {
  const counts = new Map<string, { count: number; of: Difference }>()
  const kept: Difference[] = []
  for (const one of differences) {
    const key = `${one.severity} ${one.kind} ${one.cause}`
    const { count } = counts.get(key) ?? { count: 0 }
    counts.set(key, { count: count + 1, of: one })
    if (count < listedOfOneKind) kept.push(one)
  }
  for (const { count, of } of counts.values()) {
    if (count <= listedOfOneKind) continue
    const more = count - listedOfOneKind
    const { kind, cause, severity } = of
    kept.push(
      difference({
        path: '',
        kind,
        cause,
        severity,
        summary: `And ${more} more like these.`,
        evidence: { count: more },
      }),
    )
  }
  return kept
}
