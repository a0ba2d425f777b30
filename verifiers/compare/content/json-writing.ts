import { clipped, type Explanation } from './explanation.ts'
import { type Json, movedKeys, parseJson, repeatedKeys, withoutSpace } from './json.ts'
import { isPlainlySpaced } from './plain-space.ts'

/** Fields of package.json in which the first key that fits is taken; https://nodejs.org/api/packages.html#conditional-exports */
const firstThatFits = new Set(['exports', 'imports', 'typesVersions'])

/** What reads patterns and conditions tries each in its turn; what is taken by default fits always. */
const isPattern = (key: string) => /[*^()|{}[\]]|(?:^|\/):|[$/]$|^default$/.test(key)

/**
 * What the text of a JSON file has that no value of it shows: a key twice, white space or spellings that no program writes
 * and the rebuild has not, keys in another order where that decides. It counts whatever value differs beside it.
 */
export function explainWriting(published: string, rebuilt: string, isManifest: boolean): Explanation | undefined {
  const [a, b] = [parseJson(published), parseJson(rebuilt)]
  if (a === undefined || b === undefined) return undefined
  const repeated = repeatedKeys(published)
  if (repeated.length > 0) return repeatedKeysFound(repeated)
  const moved = movedFields(a, b, isManifest)
  if (moved !== undefined) return moved
  if (!isPlainlySpaced(published) && hasNew(gaps, published, rebuilt)) {
    const summary = 'The published file has white space between its values that no program writes which formats JSON.'
    return { cause: 'json-formatting', severity: 'suspicious', summary }
  }
  // In a text that a source map has, the line ends of the checkout are others.
  const oddButForLineEnds = (json: string) => oddSpellings(json).map((token) => token.replaceAll('\\r\\n', '\\n'))
  if (!hasNew(oddButForLineEnds, published, rebuilt)) return undefined
  // Large numbers, a byte order mark and escapes: what JavaScript reads as the same other programs may not.
  const summary = 'Numbers or strings in the published file are written as no program writes them.'
  return { cause: 'json-spelling', severity: 'suspicious', summary }
}

function repeatedKeysFound(repeated: string[]): Explanation {
  return {
    cause: 'repeated-keys',
    severity: 'suspicious',
    summary: `The published file has the key ${clipped(repeated[0] ?? '', 80)} twice in one object; programs disagree which of them counts.`,
    evidence: { repeated: repeated.slice(0, 40) },
  }
}

function movedFields(a: Json, b: Json, isManifest: boolean): Explanation | undefined {
  const moved = movedKeys(a, b).find(({ pointer, keys }) =>
    isManifest ? firstThatFits.has(pointer.split('/')[1] ?? '') : keys.some(isPattern),
  )
  if (moved === undefined) return undefined
  return {
    cause: isManifest ? 'manifest-decisive' : 'key-order',
    severity: 'suspicious',
    summary: `The ${isManifest ? 'conditions' : 'patterns'} in ${moved.pointer || 'the file'} stand in another order, and the first that fits is taken.`,
    evidence: { field: moved.pointer, keys: moved.keys.slice(0, 16) },
  }
}

function hasNew(found: (json: string) => Iterable<string>, published: string, rebuilt: string): boolean {
  const known = new Set(found(rebuilt))
  for (const one of found(published)) if (!known.has(one)) return true
  return false
}

/** The white space between tokens. */
function gaps(json: string): string[] {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"?/gs, '"').match(/[ \t\r\n]+/g) ?? []
}

/** Strings, numbers and words as they stand there. */
export function writtenTokens(json: string): string[] {
  return withoutSpace(json).match(/"(?:[^"\\]|\\.)*"?|[^",:{}[\]]+/g) ?? []
}

/** Those that `JSON.stringify` writes otherwise. */
function oddSpellings(json: string): string[] {
  return writtenTokens(json).filter((token) => {
    if (/^"[^"\\\u007f-\uffff]*"$/.test(token) || /^(?:0|[1-9]\d{0,14})$/.test(token)) return false
    const value = parseJson(token)
    return value === undefined || JSON.stringify(value) !== token
  })
}
