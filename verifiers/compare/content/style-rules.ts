import { alarmsOfComment } from './comment-alarms.ts'
import { isLook } from './style-looks.ts'
import { type StyleToken, tokenizeStyle } from './style-tokens.ts'
import { plainValue } from './style-values.ts'

/** One declaration, or rule without a block, and where it holds: the selectors and conditions around it, by their number. */
type Declaration = {
  place: number
  /** In small letters, without the prefix of a browser; nothing for a rule. */
  property: string
  value: string
  isPrefixed: boolean
  /** That the conditions around it make a browser fetch something. */
  isFetched: boolean
}

/** What makes a browser fetch something, or run it, when it reads a style sheet. */
const fetched =
  /\b(?:url|src|image|image-set|cross-fade|paint|expression)\s*\(|@(?:import|namespace|font-face|plugin|config|source|reference|use|forward|value)\b|\bbehavior\s*:|\bbinding\s*:|\bcomposes\s*:.*\bfrom\b|(?:^|\s):(?:import|export)\b|^--[^:]*:.*\/\//

/**
 * What a published style sheet fetches, hides, covers or adds and the rebuilt one does not, in the same place: a selector
 * or condition around a declaration decides as much as what it declares (CSS Syntax, 5).
 */
export function alarmsOfStyle(published: string, rebuilt: string): string[] {
  const places = new Map<string, number>()
  const [own, other] = [published, rebuilt].map((css) => readSheet(css, places)) as [Sheet, Sheet]
  const known = new Map<string, number>()
  for (const one of other.declarations) known.set(keyOf(one), (known.get(keyOf(one)) ?? 0) + 1)
  const alarms = new Set<string>()
  for (const one of own.declarations) {
    const count = known.get(keyOf(one)) ?? 0
    known.set(keyOf(one), count - 1)
    if (count > 0) continue
    if (one.isFetched || isFetching(one)) alarms.add('something that a browser fetches')
    if (decidesWhatIsSeen(one)) alarms.add('something that hides, covers or adds text')
  }
  const last = lastShown(other.declarations)
  for (const [place, value] of lastShown(own.declarations)) {
    // Of two in one place the last one counts.
    if (last.has(place) && last.get(place) !== value) alarms.add('something that hides, covers or adds text')
  }
  const comments = new Set(other.comments)
  for (const one of own.comments) if (!comments.has(one)) for (const alarm of alarmsOfNote(one)) alarms.add(alarm)
  return [...alarms]
}

/** A comment of a style sheet: browsers fetch the source map that it names, and nobody reads data in it. */
function alarmsOfNote(text: string): string[] {
  const leadsAway = /sourceMappingURL=\s{0,9}(?:[a-z][a-z0-9+.-]{0,20}:)?\/\//i.test(text)
  const data = alarmsOfComment(text).filter((alarm) => /encoded|escaped|invisible/.test(alarm))
  return [...(leadsAway ? ['something that a browser fetches'] : []), ...data]
}

function isFetching({ property, value }: Declaration): boolean {
  return fetched.test(`${property === '' ? '' : `${property}:`}${value}`.toLowerCase())
}

/** Kinds of boxes by the names that browsers had for them first. */
const boxes = /^(?:(?:inline-)?(?:box|flex|flexbox|grid)|sticky)$/

function decidesWhatIsSeen({ property, value, isPrefixed }: Declaration): boolean {
  if (property === '') return value.startsWith('@') && !/^@charset\b/i.test(value)
  const written = value.toLowerCase().replace(/!important$/, '')
  if (isPrefixed && /^(?:display|position)$/.test(property) && boxes.test(written)) return false
  return !isLook(property, written)
}

/** By place and property the last declaration that decides what is seen. */
function lastShown(declarations: readonly Declaration[]): Map<string, string> {
  const last = new Map<string, string>()
  for (const one of declarations) {
    if (one.property !== '' && decidesWhatIsSeen(one)) last.set(`${one.place}{${one.property}`, one.value)
  }
  return last
}

function keyOf({ place, property, value }: Declaration): string {
  return `${place}{${property}:${value}`
}

type Sheet = { declarations: Declaration[]; comments: string[] }
type Block = { place: number; isFetched: boolean; declarations: Declaration[] }

/**
 * Each declaration with the number of its place, which `places` gives to the text of all selectors and conditions around it,
 * those of both sides.
 */
function readSheet(css: string, places: Map<string, number>): Sheet {
  const tokens = tokenizeStyle(css)
  const declarations: Declaration[] = []
  const open: Block[] = []
  let block: Block = { place: 0, isFetched: false, declarations: [] }
  const close = () => {
    for (const one of withoutPrefixed(block.declarations)) declarations.push(one)
  }
  for (const { part, sign } of partsOf(tokens)) {
    if (sign === '{') {
      const prelude = plainPrelude(part)
      const name = `${block.place} ${prelude}`
      const place = places.get(name) ?? places.size + 1
      places.set(name, place)
      open.push(block)
      block = { place, isFetched: block.isFetched || fetched.test(prelude.toLowerCase()), declarations: [] }
      continue
    }
    const declaration = declarationOf(part, block)
    if (declaration) block.declarations.push(declaration)
    const outer = sign === '}' ? open.pop() : undefined
    if (outer === undefined) continue
    close()
    block = outer
  }
  for (let outer: Block | undefined = block; outer !== undefined; outer = open.pop()) {
    block = outer
    close()
  }
  return { declarations, comments: tokens.filter(({ kind }) => kind === 'comment').map(({ text }) => text) }
}

const prefixed = /^-(?:webkit|moz|ms|o|khtml)-/i

function declarationOf(part: readonly StyleToken[], { place, isFetched }: Block): Declaration | undefined {
  const colon = part.findIndex(({ text }) => text === ':')
  const written =
    colon < 0
      ? ''
      : part
          .slice(0, colon)
          .map(({ kind, text }) => (kind === 'comment' ? '' : text))
          .join('')
          .trim()
  if (written === '' || written.startsWith('@')) {
    const value = plainValue(part, true)
    return value === '' ? undefined : { place, property: '', value, isPrefixed: false, isFetched }
  }
  const isOwn = written.startsWith('--')
  const property = isOwn ? written : written.toLowerCase().replace(prefixed, '')
  const rest = part.slice(colon + 1)
  const first = rest.find(({ kind }) => kind !== 'space' && kind !== 'comment')?.text ?? ''
  const isPrefixed = prefixed.test(written) || prefixed.test(first)
  return { place, property, value: plainValue(rest, isOwn), isPrefixed, isFetched }
}

/** What a prefixer writes before the same without the prefix says nothing more. */
function withoutPrefixed(declarations: readonly Declaration[]): Declaration[] {
  const plain = new Set<string>()
  const kept = declarations.toReversed().filter((one) => {
    const key = keyOf(one)
    if (!one.isPrefixed) plain.add(key)
    return !(one.isPrefixed && plain.has(key))
  })
  return kept.reverse()
}

/** Selectors keep their spaces, but for those that say nothing; in the conditions of a window none says anything. */
function plainPrelude(part: readonly StyleToken[]): string {
  const text = part
    .map(({ kind, text }) => (kind === 'comment' ? ' ' : text))
    .join('')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/ ?([,>]) ?/g, '$1')
  if (/^@(?:media|supports|container)\b/i.test(text)) return text.toLowerCase().replace(/ ?([:<=()]) ?/g, '$1')
  return text
    .replace(/::(?=(?:before|after|first-line|first-letter)\b)/gi, ':')
    .replace(/:nth-([a-z-]+)\( ?(odd|even|1|2n ?\+ ?1) ?\)/gi, (_, what: string, which: string) => nth(what, which))
    .replace(/(\[[\w-]+[~|^$*]?=)"([a-z_][\w-]*)"(?=\])/gi, '$1$2')
}

/** Selectors, 14.3: a place among others in one of its notations. */
function nth(what: string, which: string): string {
  if (which === '1' && /^(?:child|of-type)$/.test(what)) return `:first-${what}`
  return `:nth-${what}(${which === 'even' ? '2n' : which === '1' ? '1' : '2n+1'})`
}

const closes: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/**
 * The tokens up to each brace or semicolon that is in no other bracket. Outside of all blocks a brace that closes none and a
 * semicolon end nothing but a rule of the sheet (CSS Syntax, 5.4.3).
 */
function partsOf(tokens: readonly StyleToken[]): { part: StyleToken[]; sign: string }[] {
  const parts: { part: StyleToken[]; sign: string }[] = []
  const brackets: string[] = []
  let part: StyleToken[] = []
  let blocks = 0
  for (const token of tokens) {
    const sign = token.kind === 'sign' ? token.text : ''
    const isEnd = brackets.length === 0 && /^[{};]$/.test(sign) && (sign === '{' || blocks > 0 || isRule(part))
    if (!isEnd) {
      part.push(token)
      if (sign !== '' && sign === brackets.at(-1)) brackets.pop()
      else if (sign === '(' || sign === '[' || (sign === '{' && brackets.length > 0)) brackets.push(closes[sign] ?? '')
      continue
    }
    parts.push({ part, sign })
    part = []
    if (sign !== ';') blocks += sign === '{' ? 1 : -1
  }
  return [...parts, { part, sign: '' }]
}

function isRule(part: readonly StyleToken[]): boolean {
  return part.find(({ kind }) => kind !== 'space' && kind !== 'comment')?.text === '@'
}
