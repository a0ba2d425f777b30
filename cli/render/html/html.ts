import { visible } from '../visible.ts'

/**
 * A piece of a page that is safe to put into one. Only {@link html} and {@link verbatim} make it, so that a plain string
 * can never be taken for markup.
 */
export type Html = { readonly [markup]: string }

/** What a template takes. Strings and numbers are text; lists are joined; nothing stands for `undefined` and `false`. */
export type Content = string | number | bigint | Html | undefined | false | readonly Content[]

const markup = Symbol('markup')

/**
 * Markup from a template, whose every interpolation is escaped: text cannot become markup, and characters that nobody
 * sees, that turn the direction of the text, or that are no UTF-8, stand as code points (`\u{202e}`).
 *
 * Interpolations stand between tags or inside of quoted attributes. In `href`, `src`, `style` and `on…` escaping does not
 * make outside text safe, so there it is refused, but for fragments: `href="#${id}"`.
 *
 * @throws {TypeError} where an interpolation stands in a place that escaping does not make safe: a mistake in the code,
 * whatever the data.
 */
export function html(literals: TemplateStringsArray, ...contents: Content[]): Html {
  if (!safeLiterals.has(literals)) checkPlaces(literals)
  let text = literals[0] ?? ''
  for (let index = 0; index < contents.length; index++) {
    text += markupOf(contents[index]) + (literals[index + 1] ?? '')
  }
  return { [markup]: text }
}

/** A template's literals are one object however often it is used, and a page may have a hundred thousand rows. */
const safeLiterals = new WeakSet<TemplateStringsArray>()

function checkPlaces(literals: TemplateStringsArray): void {
  for (let index = 1; index < literals.length; index++) {
    const before = literals.slice(0, index).join('')
    if (unsafePlace.test(before)) throw new TypeError(`No interpolation can stand behind: ${before.slice(-40)}`)
  }
  safeLiterals.add(literals)
}

/** A link that gives these bytes to whoever follows it, out of the page itself. `tag` is from our own code: it is not escaped. */
export function embedded({ tag, bytes, text }: { tag: string; bytes: Uint8Array; text: string }): Html {
  return { [markup]: `${tag}${Buffer.from(bytes).toString('base64')}">${escaped(visible(text))}</a>` }
}

/** Behind an equals sign without quotes; in an address that is no fragment; in styles and handlers; in a tag's name. */
const unsafePlace =
  /<[^>]*\s[\w-]+=$|<[^>]*\s(?:href|src|srcset|action|style|on\w+)=(?:"(?!#)[^"]*|'(?!#)[^']*)$|<\/?$|<!--(?:(?!-->).)*$/is

/** The text of a piece, for the page it goes into. */
export function markupOf(content: Content): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'object') return markup in content ? content[markup] : content.map(markupOf).join('')
  return escaped(visible(String(content)))
}

/**
 * Outside text as it stands in a file: line ends and tabs are kept, and what {@link visible} writes out is set apart, so
 * that it is not mistaken for what the file says. For inside of `<pre>` or `<code>`.
 */
export function verbatim(text: string): Html {
  const parts = text.split(/([\t\n])/)
  return { [markup]: parts.map((part) => (part === '\t' || part === '\n' ? part : marked(part))).join('') }
}

function marked(part: string): string {
  const shown = visible(part)
  if (shown === part) return escaped(part)
  return [...part]
    .map((character) => {
      const one = visible(character)
      return one === character ? escaped(one) : `<span class="point">${escaped(one)}</span>`
    })
    .join('')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
