import type { Explanation } from '../content/explanation.ts'
import { architecture } from './architecture.ts'
import { buildPath } from './build-path.ts'
import { buildTime } from './build-time.ts'
import type { StampCause } from './cause.ts'
import { commitStamp } from './commit-stamp.ts'
import { copyrightYear } from './copyright-year.ts'
import { generatedDate } from './generated-date.ts'
import { locale } from './locale.ts'
import { randomId } from './random-id.ts'
import { userHost } from './user-host.ts'
import { versionStamp } from './version-stamp.ts'

/** In the order in which they are tried; a time is a time before it is a version. */
const stampCauses: readonly StampCause[] = [
  buildPath,
  copyrightYear,
  generatedDate,
  buildTime,
  randomId,
  commitStamp,
  versionStamp,
  userHost,
  architecture,
  locale,
]

/** Longer literals are not stamps. */
const longest = 4096

/**
 * The causes that together explain how two literals differ, or `undefined` where something else differs too. One that both
 * have in the same words, as a commit beside two dates, is none of them.
 */
export function explainStamps(published: string, rebuilt: string): StampCause[] | undefined {
  if (published.length > longest || rebuilt.length > longest) return undefined
  for (const cause of stampCauses) if (cause.mask(published) === cause.mask(rebuilt)) return [cause]
  let used: readonly StampCause[] = stampCauses
  if (!areSameBut(published, rebuilt, used)) return undefined
  // What is tried first says more.
  for (const cause of stampCauses.toReversed()) {
    const others = used.filter((one) => one !== cause)
    if (areSameBut(published, rebuilt, others)) used = others
  }
  return [...used]
}

function areSameBut(published: string, rebuilt: string, causes: readonly StampCause[]): boolean {
  const masked = (literal: string) => causes.reduce((text, { mask }) => mask(text), literal)
  return masked(published) === masked(rebuilt)
}

/** Two literals that differ only in stamps. */
export type Stamp = {
  causes: string[]
  published: string
  rebuilt: string
  /** That the code compares it, calculates with it or hands it to a function, and does not only keep it. */
  operand?: true
  /** That it does more of these than to hand it to a function. */
  compared?: true
  /** That no name says what it is, or that something else in the file takes what it is given to. */
  unnamed?: true
}

/** Words of stamps that a file has of its own: a folder, a time, a machine, some commits and identifiers. In characters. */
const mostOwn = 400

/** Whether stamps that nobody looks at hold more than builds write, as data does that is cut into pieces. */
function holdData(stamps: readonly Stamp[]): boolean {
  const wordsOf = (text: string) => text.match(/[\w.+-]{4,}/g) ?? []
  const known = new Set(stamps.flatMap(({ rebuilt }) => wordsOf(rebuilt)))
  const own = new Set(stamps.flatMap(({ published }) => wordsOf(published)).filter((word) => !known.has(word)))
  return [...own].join('').length > mostOwn
}

const mostStamps = 64

/**
 * The stamps of one file as evidence, each once. All of them must be there for them to be confirmed: `allStamps` is
 * false where there are more.
 */
export function stampEvidence(stamps: readonly Stamp[]): { causes: string[]; stamps: Stamp[]; allStamps: boolean } {
  const distinct = new Map(
    stamps.map((stamp) => [
      JSON.stringify([stamp.published, stamp.rebuilt, stamp.operand, stamp.compared, stamp.unnamed]),
      stamp,
    ]),
  )
  return {
    causes: [...new Set(stamps.flatMap(({ causes }) => causes))],
    stamps: [...distinct.values()].slice(0, mostStamps),
    allStamps: distinct.size <= mostStamps,
  }
}

/** What is said of stamps that nobody looks at where they can be data; `undefined` where they cannot. */
export function explainData(stamps: readonly Stamp[], where: string): Explanation | undefined {
  if (!holdData(stamps)) return undefined
  const summary = `${where} in more stamps than builds write, so that data can be written in them.`
  const evidence = { ...stampEvidence(stamps), allStamps: false }
  return { cause: 'content', severity: 'suspicious', summary, evidence }
}
