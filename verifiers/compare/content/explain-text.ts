import { digestsIn } from '../causes/commit-stamp.ts'
import { explainOrder } from '../causes/file-order.ts'
import { explainData, explainStamps, type Stamp, stampEvidence } from '../causes/stamps.ts'
import {
  alarmsOfDocumentText,
  alarmsOfProse,
  hasInvisible,
  mostStrayed,
  separatorsIn,
  withoutStrayedSeparator,
} from './alarms.ts'
import { alarmsOfDeclarations } from './declaration-alarms.ts'
import {
  alarmsOfDocument,
  alarmsOfHosts,
  alarmsOfManual,
  alarmsOfShell,
  alarmsOfTypeComments,
  alarmsOfTypes,
} from './document-alarms.ts'
import { type Change, clippedPair, type Explanation, shownChanges } from './explanation.ts'
import { tokenizeJavaScript } from './javascript-tokens.ts'
import { diffSequences, type Hunk } from './sequence-diff.ts'
import { alarmsOfStyle } from './style-rules.ts'

type TextKind = 'text' | 'manual' | 'style' | 'program' | 'types'

/** Why two texts differ, line by line. In a `program` every line that only the published side has could run. */
export function explainText(published: string, rebuilt: string, kind: TextKind): Explanation {
  const [a, b] = [linesIn(published), linesIn(rebuilt)]
  const hunks = diffSequences(a, b)
  const stamps: Stamp[] = []
  const all = hunks.map((hunk) => explainHunk(hunk, a, b, kind, stamps))
  const changes = [...all.filter(({ alarms }) => alarms?.length), ...all.filter(({ alarms }) => !alarms?.length)]
  const shown = { changes: changes.slice(0, shownChanges), count: changes.length }
  const alarms = [
    ...new Set([...all.flatMap((change) => change.alarms ?? []), ...alarmsOfWhole(published, rebuilt, kind)]),
  ]
  if (alarms.length > 0) {
    const summary = `What differs in the published text: ${alarms.join(', ')}.`
    return {
      cause: kind === 'program' ? 'code' : 'content',
      severity: 'suspicious',
      summary,
      ...shown,
      evidence: { alarms },
    }
  }
  if (all.length > 0 && all.every(({ causes }) => causes !== undefined)) {
    const data = explainData(stamps, 'The text differs')
    if (data) return { ...data, ...shown }
    const evidence = stampEvidence(stamps)
    const summary = `The text differs only in stamps that the build writes: ${evidence.causes.join(', ')}.`
    // Nothing shows that a program or a setting only says it, and does not fetch or choose something by it.
    const harmless = stamps.some(isFollowed) ? 'unexplained' : 'benign'
    const severity = kind === 'program' ? 'suspicious' : harmless
    return { cause: evidence.causes[0] ?? 'stamp', severity, summary, ...shown, evidence }
  }
  if (kind === 'program' && stamps.length > 0) {
    // Beside a line end that somebody put in, a stamp is no more one than alone.
    const summary = 'The text of the program differs in values that have the form of stamps, and in white space.'
    return { cause: 'code', severity: 'suspicious', summary, ...shown }
  }
  if (kind === 'text' && isReordered(a, b)) {
    return { ...explainOrder(a.map(withoutEnd), b.map(withoutEnd)), severity: 'unexplained', ...shown }
  }
  const lines =
    kind === 'types' ? hunks.flatMap((hunk) => [a.slice(...hunk.published), b.slice(...hunk.rebuilt)].flat()) : []
  if (lines.length > 0 && lines.every((line) => reference.test(line))) {
    const summary =
      'The declarations are the same but for references that some versions of TypeScript write and others leave out.'
    return { cause: 'another-compiler', severity: 'unexplained', summary, ...shown }
  }
  const summary = `The text differs in ${all.length === 1 ? 'one place' : `${all.length} places`}.`
  return { cause: 'content', severity: 'unexplained', summary, ...shown }
}

/** https://www.typescriptlang.org/docs/handbook/triple-slash-directives.html */
const reference = /^\/\/\/ <reference (?:types|lib)="[\w@./-]{1,214}"(?: preserve="true")? \/>\r?\n?$/

/** What shows only where all of both texts is seen. */
function alarmsOfWhole(published: string, rebuilt: string, kind: TextKind): string[] {
  if (kind === 'style') return alarmsOfStyle(published, rebuilt)
  if (kind === 'types') {
    const [left = '', right = ''] = [published, rebuilt].map(commentsIn)
    return [...alarmsOfDeclarations(published, rebuilt), ...alarmsOfTypeComments(left, right)]
  }
  if (kind === 'program') return []
  const isMuch = separatorsIn(published) - separatorsIn(rebuilt) > mostStrayed
  const known = new Set(digestsIn(rebuilt))
  return [
    ...alarmsOfHosts(published, rebuilt),
    ...alarmsOfShell(published, rebuilt),
    ...(digestsIn(published).some((one) => !known.has(one)) ? ['a digest to check something by'] : []),
    ...(isMuch ? ['invisible characters'] : []),
  ]
}

function commentsIn(text: string): string {
  const comments = tokenizeJavaScript(text).filter(({ kind }) => kind === 'comment')
  return comments.map(({ start, end }) => text.slice(start, end)).join('\n')
}

/** People follow an address, whatever stamp is in it, and take a user or a host from what they are shown. */
function isFollowed({ published, causes }: Stamp): boolean {
  return /\b[a-z][a-z0-9+.-]{1,10}:\/\//i.test(published) || causes.includes('user-host')
}

function isReordered(a: string[], b: string[]): boolean {
  const sorted = (lines: string[]) => lines.map(withoutEnd).sort().join('\n')
  return a.length === b.length && sorted(a) === sorted(b)
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n$/, '')
}

function linesIn(text: string): string[] {
  return text.split(/(?<=\n)/)
}

/** Lines in front of a change and behind it, and characters of each. */
const shownAround = 2
const shownLine = 160

function around(lines: readonly string[]): string {
  return lines.map((line) => (line.length <= shownLine ? line : `${line.slice(0, shownLine)}…\n`)).join('')
}

function explainHunk(hunk: Hunk, a: string[], b: string[], kind: TextKind, stamps: Stamp[]): Change {
  const [left, right] = [a.slice(...hunk.published), b.slice(...hunk.rebuilt)]
  const [from, to] = hunk.published
  const [shownLeft, shownRight] = clippedPair(left.join(''), right.join(''))
  const found = stampsOf(left, right, kind)
  if (found) stamps.push(...found)
  const causes = found && [...new Set(found.flatMap((stamp) => stamp.causes))]
  const alarms = causes === undefined ? alarmsOf(left, right, kind) : specialAlarms(left.join(''), right.join(''), kind)
  return {
    line: from + 1,
    column: 1,
    published: shownLeft,
    rebuilt: shownRight,
    before: around(a.slice(Math.max(0, from - shownAround), from)),
    after: around(a.slice(to, to + shownAround)),
    ...(causes && { causes }),
    ...(alarms.length > 0 && { alarms }),
  }
}

function stampsOf(left: string[], right: string[], kind: TextKind): Stamp[] | undefined {
  if (left.length !== right.length) return undefined
  const stamps: Stamp[] = []
  for (const [index, published] of left.entries()) {
    const rebuilt = right[index] ?? ''
    const causes = explainStamps(published, rebuilt)?.map(({ id }) => id)
    if (causes === undefined) return undefined
    const unnamed = kind === 'program' && !saysVersion.test(published)
    const operand = unnamed && causes.includes('version-stamp')
    stamps.push({ causes, published, rebuilt, ...(operand && { operand }), ...(unnamed && { unnamed }) })
  }
  return stamps
}

/** `version = "1.2.3"`, and nothing else. */
const saysVersion = /^\s*(?:[\w.]{0,40}\b_*)?version_*["']?\s*[:=]\s*["']?[\w.+-]{1,60}["']?[,;]?\s*$/i

/** What somebody or something acts on, a stamp in it or not. */
function specialAlarms(text: string, other: string, kind: TextKind): string[] {
  if (kind === 'program' || kind === 'style') return []
  if (kind === 'types') return alarmsOfTypes(text, other)
  return [...(kind === 'manual' ? alarmsOfManual(text, other) : []), ...alarmsOfDocument(text, other)]
}

function alarmsOf(left: string[], right: string[], kind: TextKind): string[] {
  const [text, other] = [left.join(''), right.join('')]
  if (text.trim() === '') return kind === 'program' && other.trim() !== '' ? ['lacks lines of a program'] : []
  if (kind === 'program') return ['lines of a program']
  const alarmsOfWords = kind !== 'types' ? alarmsOfDocumentText : alarmsOfProse
  const known = new Set(alarmsOfWords(other))
  const found = alarmsOfWords(text).filter((alarm) => !known.has(alarm))
  if (hasInvisible(kind === 'text' ? withoutStrayedSeparator(text) : text) && !hasInvisible(other))
    return ['invisible characters']
  const special = specialAlarms(text, other, kind)
  if (special.length > 0) return special
  // Documents have addresses and, in examples, calls; what no document has is data in disguise.
  return found.filter(
    (alarm) => alarm === 'escaped characters' || (kind === 'types' ? alarm.startsWith('a long run') : alarm === 'code'),
  )
}
