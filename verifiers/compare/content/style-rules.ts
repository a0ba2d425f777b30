import { alarmsOfComment } from './comment-alarms.ts'

/** One declaration with all that decides where it holds: the selectors and conditions around it. */
type Declaration = { place: string; text: string }

/** What decides whether somebody sees something; values of one browser only are what prefixers write. */
const shows =
  /^(?:display|visibility|opacity|pointer-events|content|position|z-index|clip|clip-path|filter|mask|mask-image|transform|translate|scale|text-indent|inset|overflow|animation|animation-name|unicode-bidi|direction|content-visibility|zoom|-webkit-text-security)\s*:\s*(?!-[a-z])/

/** Text that nobody sees, and what is moved or cut away. */
const vanishes =
  /^(?:color|background|background-color|fill|-webkit-text-fill-color)\s*:.*(?:\btransparent\b|rgba?\([^)]*,\s*0?\.?0*\)|hsla?\([^)]*,\s*0?\.?0*\)|#(?:[0-9a-f]{3}0|[0-9a-f]{6}00)\b)|^(?:font(?:-size)?|line-height|width|height|max-width|max-height)\s*:\s*(?:0|\.0)|^(?:font-size|max-width|max-height)\s*:\s*[12](?:px|%)?\b|^(?:left|right|top|bottom|margin[a-z-]*)\s*:\s*(?:-\s*\d{3}|\d{3,}v[wh]|\d{4})/

/** What makes a browser fetch something, or run it, when it reads a style sheet. */
const fetched =
  /\b(?:url|src|image|image-set|cross-fade|paint|expression)\s*\(|@(?:import|namespace|font-face|plugin|config|source|reference|use|forward|value)\b|\bbehavior\s*:|-moz-binding\b|\bcomposes\s*:.*\bfrom\b|(?:^|\s):(?:import|export)\b/

/**
 * What a published style sheet fetches, hides, covers or adds and the rebuilt one does not, in the same place: a selector
 * or condition around a declaration decides as much as what it declares (CSS Syntax, 5).
 */
export function alarmsOfStyle(published: string, rebuilt: string): string[] {
  const known = new Map<string, number>()
  for (const one of declarationsIn(rebuilt)) known.set(keyOf(one), (known.get(keyOf(one)) ?? 0) + 1)
  const alarms = new Set<string>()
  for (const one of declarationsIn(published)) {
    const count = known.get(keyOf(one)) ?? 0
    known.set(keyOf(one), count - 1)
    if (count > 0) continue
    if (fetched.test(`${one.place} ${one.text}`)) alarms.add('something that a browser fetches')
    if (shows.test(one.text) || vanishes.test(one.text)) alarms.add('something that hides, covers or adds text')
  }
  const last = lastShown(rebuilt)
  for (const [place, text] of lastShown(published)) {
    // Of two in one place the last one counts.
    if (last.has(place) && last.get(place) !== text) alarms.add('something that hides, covers or adds text')
  }
  const comments = new Set(rebuilt.match(comment))
  for (const one of published.match(comment) ?? [])
    if (!comments.has(one)) for (const alarm of alarmsOfNote(one)) alarms.add(alarm)
  return [...alarms]
}

const comment = /\/\*(?:[^*]|\*(?!\/))*/g

/** A comment of a style sheet: browsers fetch the source map that it names, and nobody reads data in it. */
function alarmsOfNote(text: string): string[] {
  const leadsAway = /sourceMappingURL=\s{0,9}(?:[a-z][a-z0-9+.-]{0,20}:)?\/\//i.test(text)
  const data = alarmsOfComment(text).filter((alarm) => /encoded|escaped|invisible/.test(alarm))
  return [...(leadsAway ? ['something that a browser fetches'] : []), ...data]
}

/** By place and property the last declaration that decides what is seen. */
function lastShown(css: string): Map<string, string> {
  const last = new Map<string, string>()
  for (const { place, text } of declarationsIn(css)) {
    if (shows.test(text)) last.set(`${place}{${text.slice(0, text.indexOf(':'))}`, text)
  }
  return last
}

function keyOf({ place, text }: Declaration): string {
  return `${place}{${text}`
}

const deepest = 64

function declarationsIn(css: string): Declaration[] {
  const found: Declaration[] = []
  const places: string[] = []
  for (const { text, sign } of partsOf(css)) {
    if (sign === '{' && places.length < deepest) places.push(text)
    else if (text !== '') found.push({ place: places.join(' '), text })
    if (sign === '}') places.pop()
  }
  return found
}

/** Text up to each brace or semicolon that is in no string, comment or parenthesis, in small letters and without escapes. */
function partsOf(css: string): { text: string; sign: string }[] {
  const parts: { text: string; sign: string }[] = []
  let depth = 0
  let text = ''
  const end = (sign: string) => {
    const plain = text
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/\s?([:,>])\s?/g, '$1')
    parts.push({ text: plain.toLowerCase(), sign })
    text = ''
  }
  for (const token of css.match(tokens) ?? []) {
    if (token.startsWith('/*')) text += ' '
    else if (token.startsWith('\\')) text += unescaped(token)
    else if (depth === 0 && /^[{};]$/.test(token)) end(token)
    else {
      if (token === '(') depth++
      else if (token === ')') depth = Math.max(0, depth - 1)
      text += token
    }
  }
  end('')
  return parts
}

/** Comments, strings, escapes, and what is between them (CSS Syntax, 4). */
const tokens =
  /\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|\\(?:[0-9a-fA-F]{1,6}\s?|[\s\S])|[{};()]|[^{};()"'\\/]+|[\s\S]/g

/** A letter behind a backslash is itself; signs keep it, since they would mean something else without. */
function unescaped(written: string): string {
  const hex = /^\\([0-9a-fA-F]{1,6})/.exec(written)?.[1]
  const point = hex === undefined ? (written.codePointAt(1) ?? 0) : Number.parseInt(hex, 16)
  const letter = point > 0x10ffff ? '' : String.fromCodePoint(point)
  return /^[\w-]$/.test(letter) ? letter : written
}
