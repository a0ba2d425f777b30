import type { Side } from './code-parts.ts'

/** Names that a file uses; a program has many stamps, so that each of its words is looked at once for all of them. */
export type Uses = {
  /** Elsewhere than where they are declared, given a value or exported: also in a text, by which they are asked for. */
  used: ReadonlySet<string>
  /** For more than to export what they stand for, or to ask it for a member by its name: then all of it can be taken. */
  taken: ReadonlySet<string>
}

export function usesIn(side: Pick<Side, 'tokens' | 'words'>): Uses {
  const [used, taken] = [new Set<string>(), new Set<string>()]
  for (const [at, word] of side.words.entries()) {
    const kind = side.tokens[at]?.kind
    const isText = kind === 'string' || kind === 'template'
    if (!isText && kind !== 'word') continue
    if (isUse(at, side)) used.add(isText ? word.slice(1, -1) : word)
    if (!isText && isTaking(at, side)) taken.add(word)
  }
  return { used, taken }
}

function isUse(at: number, { words, tokens }: Pick<Side, 'tokens' | 'words'>): boolean {
  const [before, after] = [words[at - 1] ?? '', words[at + 1] ?? '']
  const isLiteral = /^(?:string|number|template)$/.test(tokens[at + 2]?.kind ?? '')
  const isValue = isLiteral || words[at + 2] === 'null' || words[at + 2] === 'void'
  // A key whose value is a name can be one of a pattern, which takes what the key has.
  if (after === ':' && (before === '{' || before === ',') && isValue) return false
  if (tokens[at]?.kind !== 'word') return true
  // `exports.built = built`
  const isExported = before === '=' && words[at - 2] === words[at]
  return !isSet(at, words) && !isListed(at, words) && !isExported
}

function isTaking(at: number, { words }: Pick<Side, 'words'>): boolean {
  const [before, after] = [words[at - 1] ?? '', words[at + 1] ?? '']
  // `module.exports = a`, `exports.a = a`
  const isExported = before === '=' && (words[at - 2] === 'exports' || words[at - 4] === 'exports')
  return !(isSet(at, words) || isListed(at, words) || isExported || after === '.' || before === 'default')
}

function isSet(at: number, words: readonly string[]): boolean {
  return words[at + 1] === '=' && words[at + 2] !== '='
}

/** `{ a }`, which exports a name or makes a member of it: in a pattern it makes a variable, which is to be used to matter. */
function isListed(at: number, words: readonly string[]): boolean {
  const [before, after] = [words[at - 1] ?? '', words[at + 1] ?? '']
  return (before === '{' && (after === ',' || after === '}')) || (before === ',' && after === '}')
}
