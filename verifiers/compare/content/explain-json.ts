import { explainOrder } from '../causes/file-order.ts'
import { sortingOf } from '../causes/locale.ts'
import { explainStamps, type Stamp, stampEvidence } from '../causes/stamps.ts'
import { alarmsOfProse, hasInvisible } from './alarms.ts'
import { clippedPair, type Explanation } from './explanation.ts'
import { diffJson, isObject, isPermutation, type Json, type JsonChange, parseJson, withoutSpace } from './json.ts'
import { writtenTokens } from './json-writing.ts'
import { isPlainlySpaced } from './plain-space.ts'
import { isNamedAsStamp } from './stamp-place.ts'

const shownPointers = 40
/** Lists that are named one by one; where there are more, none is. */
const mostReordered = 1000

/** Why two JSON files differ, value by value. `undefined` where one of them is not JSON. */
export function explainJson(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [parseJson(published), parseJson(rebuilt)]
  if (a === undefined || b === undefined) return undefined
  const changes = diffJson(a, b)
  if (changes.length === 0) return sameValue(published, rebuilt)
  const evidence = { changes: changes.slice(0, shownPointers).map(shown), count: changes.length }
  const alarms = [...new Set(changes.flatMap(alarmsOfChange))]
  if (alarms.length > 0) {
    const summary = `The published values have what the rebuild's do not: ${alarms.join(', ')}.`
    return { cause: 'content', severity: 'suspicious', summary, evidence: { ...evidence, alarms } }
  }
  const stamps = changes.map(stampOf)
  if (stamps.every((stamp) => stamp !== undefined)) {
    const found = stampEvidence(stamps)
    // Whose version it is only the field of the file itself says, so that nothing confirms any other.
    const isOther = changes.some(({ pointer }, at) => isVersion(stamps[at]) && pointer !== '/version')
    const named = changes.every(({ pointer }, index) => isNamedAsStamp(stamps[index]?.causes ?? [], pointer))
    const summary = named
      ? `The values differ only in stamps that the build writes: ${found.causes.join(', ')}.`
      : `The values that differ have the form of stamps (${found.causes.join(', ')}), but nothing shows that they are.`
    const severity = named ? 'unexplained' : 'suspicious'
    return {
      cause: found.causes[0] ?? 'stamp',
      severity,
      summary,
      evidence: { ...evidence, ...found, ...(isOther && { allStamps: false }) },
    }
  }
  if (changes.every(({ published: p, rebuilt: r }) => Array.isArray(p) && Array.isArray(r) && isPermutation(p, r))) {
    const [first] = changes
    const order = explainOrder(namesIn(first?.published), namesIn(first?.rebuilt))
    // The first rule that fits counts; names that each stand once are a list of things.
    const isOfThings = changes.every(
      ({ published: p, rebuilt: r }) => isListOfThings(p) && (hasCause(p, r) || isObjects(p)),
    )
    const severity = isOfThings ? 'unexplained' : 'suspicious'
    const reordered = changes.slice(0, mostReordered + 1).map(({ pointer }) => pointer)
    return { ...order, severity, evidence: { ...evidence, ...(reordered.length <= mostReordered && { reordered }) } }
  }
  const summary = `${changes.length === 1 ? 'One value differs' : `${changes.length} values differ`}, the first at ${changes[0]?.pointer || 'the root'}.`
  // What reads the file may decide by any of them.
  return { cause: 'content', severity: 'suspicious', summary, evidence }
}

/** Published by a tool that wrote the file anew. */
export function sameValue(published: string, rebuilt: string): Explanation {
  if (withoutSpace(published) === withoutSpace(rebuilt)) {
    const summary = 'The values are the same; only the white space between them differs.'
    if (isPlainlySpaced(published)) return { cause: 'json-formatting', severity: 'benign', summary }
    return {
      cause: 'json-formatting',
      severity: 'suspicious',
      summary: `${summary.slice(0, -1)}, and no program that formats JSON writes what the published file has.`,
    }
  }
  const sorted = (text: string) => writtenTokens(text).sort().join()
  if (sorted(published) === sorted(rebuilt)) {
    const summary = 'The values are the same; their keys stand in another order.'
    return { cause: 'key-order', severity: 'unexplained', summary }
  }
  // Large numbers, a byte order mark and escapes: what JavaScript reads as the same other programs may not.
  return {
    cause: 'json-spelling',
    severity: 'suspicious',
    summary: 'JavaScript reads the same values, but numbers or strings in the published file are written otherwise.',
  }
}

export function shown({ pointer, published, rebuilt }: JsonChange): Record<string, unknown> {
  const text = (value: Json | undefined) => (value === undefined ? '' : JSON.stringify(value))
  const [p, r] = clippedPair(text(published), text(rebuilt))
  return { pointer, ...(published !== undefined && { published: p }), ...(rebuilt !== undefined && { rebuilt: r }) }
}

function alarmsOfChange({ published }: JsonChange): string[] {
  if (published === undefined) return []
  const text = typeof published === 'string' ? published : JSON.stringify(published)
  if (hasInvisible(text)) return ['invisible characters']
  return alarmsOfProse(text).filter((alarm) => alarm === 'code' || alarm === 'escaped characters')
}

function stampOf({ pointer, published, rebuilt }: JsonChange): Stamp | undefined {
  if (!isScalar(published) || !isScalar(rebuilt)) return undefined
  const [left, right] = [JSON.stringify(published), JSON.stringify(rebuilt)]
  const causes = explainStamps(left, right)?.map(({ id }) => id)
  if (causes === undefined) return undefined
  const isNamed = isNamedAsStamp(causes, pointer) || pointer === '/version'
  return { causes, published: left, rebuilt: right, ...(!isNamed && { unnamed: true }) }
}

function isVersion(stamp: Stamp | undefined): boolean {
  return stamp?.causes.includes('version-stamp') === true
}

/**
 * At least three of one kind that only name themselves, in words of which none comes twice: what is asked in turn has
 * patterns, numbers, or decides the same for several.
 */
function isListOfThings(list: Json | undefined): boolean {
  if (!Array.isArray(list) || list.length < 3) return false
  const shapes = new Set(list.map((member) => (isObject(member) ? Object.keys(member).join() : typeof member)))
  const texts = list.flatMap((member) => (isObject(member) ? Object.values(member) : [member]))
  const isName = (text: Json) => typeof text === 'string' && !/[*?^$!|/\\<>={}[\]]/.test(text)
  return shapes.size === 1 && texts.every(isName) && new Set(texts).size === texts.length
}

/** Mere words stand in the order in which they count, but where one side sorted them, or they are files. */
function hasCause(published: Json | undefined, rebuilt: Json | undefined): boolean {
  const [left, right] = [namesIn(published), namesIn(rebuilt)]
  const isSorted = sortingOf(left) !== undefined || sortingOf(right) !== undefined
  return isSorted || explainOrder(left, right).cause === 'file-order'
}

function isObjects(list: Json | undefined): boolean {
  return Array.isArray(list) && list.every((member) => isObject(member))
}

/** What a list is sorted by: its members, or the first text of each. */
function namesIn(list: Json | undefined): string[] {
  if (!Array.isArray(list)) return []
  return list.map((member) => {
    if (typeof member === 'string') return member
    const first = isObject(member) ? Object.values(member).find((value) => typeof value === 'string') : undefined
    return typeof first === 'string' ? first : JSON.stringify(member)
  })
}

function isScalar(value: Json | undefined): boolean {
  return typeof value === 'string' || typeof value === 'number'
}
