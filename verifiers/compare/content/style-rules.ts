import { alarmsOfComment } from './comment-alarms.ts'
import { isLook } from './style-looks.ts'
import { type StyleToken, tokenizeStyle } from './style-tokens.ts'
import { plainValue } from './style-values.ts'

/** One declaration, or rule without a block, and where it holds: the selectors and conditions around it, by their number. */
type Declaration = {
  place: number
  /** In small letters; nothing for a rule. */
  property: string
  value: string
  /** That the conditions around it make a browser fetch something. */
  isFetched: boolean
}

/** What makes a browser fetch something, or run it, when it reads a style sheet. */
const fetched =
  /\b(?:url|src|image|image-set|cross-fade|paint|expression)\s*\(|@(?:import|namespace|font-face|plugin|config|source|reference|use|forward|value)\b|\bbehavior\s*:|\bbinding\s*:|^composes:.*\bfrom\b|(?:^|\s):(?:import|export)\b|^--[^:]*:.*\/\//

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
  const last = lastOf(other.declarations)
  for (const [place, one] of lastOf(own.declarations)) {
    const known = last.get(place)
    // Of two in one place the last one counts.
    if (known && known.value !== one.value && decidesWhatIsSeen(one))
      alarms.add('something that hides, covers or adds text')
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

function decidesWhatIsSeen(one: Declaration): boolean {
  const { property, value } = one
  if (property === '') return value.startsWith('@') && !/^@charset "utf-8"$/i.test(value)
  const plain = withoutPrefix(one)
  const written = plain.value.toLowerCase().replace(/!important$/, '')
  const isBox = /^(?:display|position)$/.test(property) && plain.value !== value && boxes.test(written)
  return !isBox && !isLook(plain.property, written)
}

const prefix = /(?<![\w-])-(?:webkit|moz|ms|o|khtml)-/gi

function withoutPrefix({ property, value, ...rest }: Declaration): Declaration {
  if (property.startsWith('--')) return { property, value, ...rest }
  return { property: property.replace(prefix, ''), value: value.replace(prefix, ''), ...rest }
}

/** By place and property, with the prefix of a browser or without, the last declaration. */
function lastOf(declarations: readonly Declaration[]): Map<string, Declaration> {
  const last = new Map<string, Declaration>()
  for (const one of declarations) {
    if (one.property !== '') last.set(`${one.place}{${withoutPrefix(one).property}`, one)
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

function declarationOf(part: readonly StyleToken[], { place, isFetched }: Block): Declaration | undefined {
  const colon = part.findIndex(({ text }) => text === ':')
  const written =
    colon < 0
      ? ''
      : part
          .slice(0, colon)
          .map(({ kind, text }) => (kind === 'comment' ? ' ' : text))
          .join('')
          .trim()
  if (written === '' || written.startsWith('@')) {
    const value = plainValue(part, true)
    return value === '' ? undefined : { place, property: '', value, isFetched }
  }
  const isOwn = written.startsWith('--')
  const property = isOwn ? written : written.toLowerCase()
  return { place, property, value: plainValue(part.slice(colon + 1), isOwn), isFetched }
}

/** What a prefixer writes before the same without the prefix says nothing more. */
function withoutPrefixed(declarations: readonly Declaration[]): Declaration[] {
  const plain = new Set<string>()
  const kept = declarations.toReversed().filter((one) => {
    const [key, written] = [keyOf(withoutPrefix(one)), keyOf(one)]
    if (key === written) plain.add(key)
    return key === written || !plain.has(key)
  })
  return kept.reverse()
}

/** Selectors keep their spaces, but for those that say nothing; in the conditions of a window none says anything. */
function plainPrelude(part: readonly StyleToken[]): string {
  const isMedia = isRule(part) && /^(?:media|supports|container)$/i.test(part[firstOf(part) + 1]?.text ?? '')
  const parts: string[] = []
  let run = ''
  for (const [at, { kind, text }] of part.entries()) {
    if (kind === 'comment') run += part[at - 1]?.kind === 'space' || part[at + 1]?.kind === 'space' ? ' ' : '/**/'
    else if (kind !== 'string') run += text
    else {
      const inner = text.slice(1, -1)
      const isWord = part[at - 1]?.text === '=' && /^[a-z_][\w-]*$/i.test(inner)
      parts.push(plainRun(run, isMedia), isWord ? inner : /["'\\]/.test(inner) ? text : `"${inner}"`)
      run = ''
    }
  }
  return [...parts, plainRun(run, isMedia)].join('').trim()
}

function plainRun(run: string, isMedia: boolean): string {
  const text = run.replace(/\s+/g, ' ').replace(/ ?([,>]) ?/g, '$1')
  if (isMedia) {
    const plain = text
      .toLowerCase()
      .replace(/ ?([:<=]) ?/g, '$1')
      .replace(/\( /g, '(')
      .replace(/ \)/g, ')')
    return plain.replace(/^( ?@[a-z]+) (?=\()/, '$1')
  }
  return text
    .replace(/::(?=(?:before|after|first-line|first-letter)\b)/gi, ':')
    .replace(/:nth-([a-z-]+)\( ?(odd|even|1|2n ?\+ ?1) ?\)/gi, (_, what: string, which: string) => nth(what, which))
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
  return part[firstOf(part)]?.text === '@'
}

/** The place of the first token that says something. */
function firstOf(part: readonly StyleToken[]): number {
  return part.findIndex(({ kind }) => kind !== 'space' && kind !== 'comment')
}
