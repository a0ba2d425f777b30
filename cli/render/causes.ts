import { passes } from '../../verifiers/compare/passes/passes.ts'
import { causeTexts } from './cause-texts.ts'
import { families, findingTexts } from './finding-texts.ts'

/** What a reader is told about a cause or a finding, whatever the difference is that has it. */
export type CauseText = {
  /** A few words, as a heading. */
  title: string
  /** Behind "files that differ only in"; absent where a difference is never told in passing. */
  only?: string
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

/** The same for several that are told in one line. What is suspicious is never said to differ only in something. */
export function inPassingText(id: string, severity: 'suspicious' | 'unexplained' | 'benign'): Omit<CauseText, 'help'> {
  const { title, only } = causeText(id)
  return severity === 'suspicious' || only === undefined ? { title } : { title, only }
}
