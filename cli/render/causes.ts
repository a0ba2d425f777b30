import { passes } from '../../verifiers/compare/passes/passes.ts'
import type { Difference } from '../../verifiers/model/comparison.ts'
import { causeTexts } from './cause-texts.ts'
import { families, findingTexts } from './finding-texts.ts'
import { grouped } from './grouped.ts'

type Severity = Difference['severity']

/** What a reader is told about a cause or a finding, whatever the difference is that has it. */
export type CauseText = {
  /** A few words, as a heading. */
  title: string
  /** Behind "files that differ only in"; absent where a difference is never told in passing. */
  only?: string
  /** Several of them, behind their number. */
  many?: string
  /** What it means and what to do, in a few sentences. */
  help: string
}

/** What a reader is told about a cause or a pass; in general words about one that is not known here. */
export function causeText(id: string): CauseText {
  for (const texts of [causeTexts, findingTexts]) {
    const text = Object.hasOwn(texts, id) ? texts[id] : undefined
    if (text) return text
  }
  const pass = passes.find((one) => one.id === id)
  if (pass) return { title: sentence(id), only: 'what a pass looks away from', help: `${pass.changes} ${pass.safe}` }
  const family = families.find(([prefix]) => id.startsWith(prefix))
  return family?.[1] ?? { title: sentence(id), help: 'See what the difference itself says.' }
}

function sentence(id: string): string {
  const words = id.replaceAll('-', ' ')
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}

/**
 * Several differences of one cause in a few words: "7 more files that differ only in their source maps". What is
 * suspicious is never said to differ only in something.
 */
export function inPassing(id: string, severity: Severity, count: number, others: boolean): string {
  const { title, only, many } = causeText(id)
  const number = `${grouped(count)}${others ? ' more' : ''}`
  if (many !== undefined && count > 1) return `${number} ${many}`
  if (severity === 'suspicious' || only === undefined) return `${number} of the kind “${title}”`
  return count === 1 ? `${number} file that differs only in ${only}` : `${number} files that differ only in ${only}`
}

/** Whether many of a cause need no more than a line. */
export function fitsInPassing(id: string, severity: Severity): boolean {
  return severity === 'benign' && causeText(id).only !== undefined
}
