import { explainStamps } from '../causes/stamps.ts'
import { alarmsOfProse, hasInvisible } from './alarms.ts'
import { type Change, clipped, type Explanation, shownChanges } from './explanation.ts'
import { diffSequences, type Hunk } from './sequence-diff.ts'

/** Why two texts differ, line by line. In a `program` every line that only the published side has could run. */
export function explainText(published: string, rebuilt: string, kind: 'text' | 'program' | 'types'): Explanation {
  const [a, b] = [linesIn(published), linesIn(rebuilt)]
  const hunks = diffSequences(a, b)
  const all = hunks.map((hunk) => explainHunk(hunk, a, b, kind))
  const changes = [...all.filter(({ alarms }) => alarms?.length), ...all.filter(({ alarms }) => !alarms?.length)]
  const shown = { changes: changes.slice(0, shownChanges), count: changes.length }
  const alarms = [...new Set(all.flatMap((change) => change.alarms ?? []))]
  if (alarms.length > 0) {
    const summary = `The published text has what the rebuild does not: ${alarms.join(', ')}.`
    return {
      cause: kind === 'program' ? 'code' : 'content',
      severity: 'suspicious',
      summary,
      ...shown,
      evidence: { alarms },
    }
  }
  if (all.length > 0 && all.every(({ causes }) => causes !== undefined)) {
    const ids = [...new Set(all.flatMap(({ causes }) => causes ?? []))]
    const summary = `The text differs only in stamps that the build writes: ${ids.join(', ')}.`
    return { cause: ids[0] ?? 'stamp', severity: 'benign', summary, ...shown, evidence: { causes: ids } }
  }
  const summary = `The text differs in ${all.length === 1 ? 'one place' : `${all.length} places`}.`
  return { cause: 'content', severity: 'unexplained', summary, ...shown }
}

function linesIn(text: string): string[] {
  return text.split(/(?<=\n)/)
}

function explainHunk(hunk: Hunk, a: string[], b: string[], kind: 'text' | 'program' | 'types'): Change {
  const [left, right] = [a.slice(...hunk.published), b.slice(...hunk.rebuilt)]
  const causes = stampsOf(left, right)
  const alarms = causes === undefined ? alarmsOf(left, right, kind) : []
  return {
    line: hunk.published[0] + 1,
    column: 1,
    published: clipped(left.join('')),
    rebuilt: clipped(right.join('')),
    before: '',
    after: '',
    ...(causes && { causes }),
    ...(alarms.length > 0 && { alarms }),
  }
}

function stampsOf(left: string[], right: string[]): string[] | undefined {
  if (left.length !== right.length) return undefined
  const used = new Set<string>()
  for (const [index, line] of left.entries()) {
    const causes = explainStamps(line, right[index] ?? '')
    if (causes === undefined) return undefined
    for (const { id } of causes) used.add(id)
  }
  return [...used]
}

function alarmsOf(left: string[], right: string[], kind: 'text' | 'program' | 'types'): string[] {
  const text = left.join('')
  if (text.trim() === '') return []
  if (kind === 'program') return ['lines of a program']
  const known = new Set(alarmsOfProse(right.join('')))
  const found = alarmsOfProse(text).filter((alarm) => !known.has(alarm))
  if (hasInvisible(text) && !hasInvisible(right.join(''))) return ['invisible characters']
  // Documents have addresses and, in examples, calls; what no document has is data in disguise.
  return found.filter((alarm) =>
    kind === 'types' ? alarm === 'escaped characters' : alarm === 'code' || alarm === 'escaped characters',
  )
}
