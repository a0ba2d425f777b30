import { Problem } from '../model/problem.ts'

/** One paragraph of a Debian control file: https://www.debian.org/doc/debian-policy/ch-controlfields.html */
export type Stanza = Map<string, string>

/** Of one paragraph, in characters: `InRelease` files have some 150,000. */
const longestStanza = 16 * 1024 * 1024

/**
 * The paragraphs of a control file, one at a time: indices have tens of thousands. Names are in lower case; the lines of a
 * folded or multi-line field stay apart by `\n`.
 *
 * @param wanted decides by the text of a paragraph whether it is worth parsing
 * @throws {Problem} ARCHIVE_LIMIT_EXCEEDED
 */
export async function* stanzas(
  source: AsyncIterable<Uint8Array>,
  what: string,
  wanted: (paragraph: string) => boolean = () => true,
): AsyncGenerator<Stanza> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of source) {
    rest += decoder.decode(chunk, { stream: true })
    const parts = rest.split(/\n\n+/)
    rest = parts.pop() ?? ''
    if (rest.length > longestStanza) {
      throw new Problem('ARCHIVE_LIMIT_EXCEEDED', `${what} has a paragraph of more than ${longestStanza} characters.`)
    }
    for (const part of parts) if (part !== '' && wanted(part)) yield parseStanza(part)
  }
  rest += decoder.decode()
  for (const part of rest.split(/\n\n+/)) if (part.trim() !== '' && wanted(part)) yield parseStanza(part)
}

export function parseStanza(text: string): Stanza {
  const stanza: Stanza = new Map()
  let name: string | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') continue
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) stanza.set(name, `${stanza.get(name) ?? ''}\n${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    name = colon < 1 ? undefined : line.slice(0, colon).toLowerCase()
    if (name !== undefined) stanza.set(name, line.slice(colon + 1).trim())
  }
  return stanza
}

export type ListedFile = { name: string; size: number; sha256: string }

/** The lines `sha256 size name` of a checksum field; lines of another form are left out. */
export function listedFiles(field: string | undefined): ListedFile[] {
  return (field ?? '').split('\n').flatMap((line) => {
    const [sha256, size, name, ...more] = line.trim().split(/\s+/)
    if (sha256 === undefined || size === undefined || name === undefined || more.length > 0) return []
    if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(size)) return []
    return [{ name, size: Number(size), sha256 }]
  })
}
