import type { StyleToken } from './style-tokens.ts'

/**
 * A value as one text, in a notation that minifiers have no choice in: spaces, quotes, zeros and
 * colours. `own` is that of a property of the sheet's own, in which only what cannot matter is written anew.
 */
export function plainValue(tokens: readonly StyleToken[], own: boolean): string {
  const parts: string[] = []
  let run = ''
  const end = () => {
    parts.push(plainRun(run, own))
    run = ''
  }
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind === 'space' || kind === 'comment') run += ' '
    else if (kind === 'string' || kind === 'url') {
      end()
      parts.push(kind === 'string' ? plainString(text, isAddress(tokens, at)) : `(${text.slice(1, -1).trim()})`)
    } else run += text
  }
  end()
  return parts.join('').trim()
}

/** The only argument of `url(…)`, where it is not said by quotes but by the name. */
function isAddress(tokens: readonly StyleToken[], at: number): boolean {
  const [name, open, close] = [tokens[at - 2], tokens[at - 1], tokens[at + 1]]
  return name?.text.toLowerCase() === 'url' && open?.text === '(' && close?.text === ')'
}

function plainString(text: string, address: boolean): string {
  const inner = text.slice(1, -1)
  if (text.length < 2 || /["'\\]/.test(inner)) return text
  return address && /^[^\s()]*$/.test(inner) ? inner : `"${inner}"`
}

function plainRun(run: string, own: boolean): string {
  const text = run
    .replace(/\s+/g, ' ')
    .replace(/ ?([,/*!]) ?/g, '$1')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .replace(/% (?=[\w.#])/g, '%')
    .replace(/(?<![\w.#])0+(?=\.\d)/g, '')
  if (own) return plainColours(text).replace(/\brgb\([\d. ]*\)/g, 'rgb()')
  const withoutUnits = text.includes('(') ? text : text.replace(zeros, '0')
  return plainColours(withoutUnits.replace(/(?<![\w-])transparent(?![\w-])/gi, '#0000'))
}

const zeros = /(?<![\w.#-])0(?:px|r?em|pt|v[hw]|in|cm|mm|ex|ch|pc)(?![\w%-])/gi

/** Colours as `rgb(R G B)` or with an alpha of 255 steps, in which browsers keep them (CSS Color 4, 4 and 5). */
function plainColours(text: string): string {
  return text.replace(colours, (hex: string, name: string | undefined, written = '') =>
    name === undefined ? ofDigits(hex) : ofParts(name.toLowerCase(), written),
  )
}

const colours =
  /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![\w-])|(?<![\w-])(rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\(([^()]{1,200})\)/gi

function ofDigits(hex: string): string {
  const digits = hex.length < 6 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex
  const [red, green, blue, alpha = 255] = (digits.match(/[0-9a-f]{2}/gi) ?? []).map((one) => Number.parseInt(one, 16))
  return colour('rgb', [red, green, blue].map(String), alpha)
}

function ofParts(name: string, written: string): string {
  const [main = '', slashed] = written.split('/')
  const parts = main.trim().split(/[\s,]+/)
  const last = slashed ?? (main.includes(',') && parts.length === 4 ? parts.pop() : undefined)
  return colour(name, parts, last === undefined ? 255 : alphaOf(last.trim()))
}

function alphaOf(written: string): number | string {
  const value = Number.parseFloat(written) / (written.endsWith('%') ? 100 : 1)
  return /^[-+]?[\d.]+(?:e[-+]?\d+)?%?$/i.test(written) ? Math.round(Math.min(1, Math.max(0, value)) * 255) : written
}

function colour(name: string, parts: readonly string[], alpha: number | string): string {
  return `${name}(${parts.join(' ')}${alpha === 255 ? '' : `/${alpha}`})`
}
