import { explainStamps } from '../causes/stamps.ts'
import { codeAmong } from './declaration-code.ts'
import { type DeclarationWords, declarationWordsOf, isLiteral, isName } from './declaration-words.ts'
import { diffSequences } from './sequence-diff.ts'

/**
 * What a compiler, or what runs a file, takes from the published declarations and not from the rebuilt ones, token by token:
 * comments, escapes and lines between them hide nothing.
 */
export function alarmsOfDeclarations(published: string, rebuilt: string): string[] {
  const [a, b] = [declarationWordsOf(published), declarationWordsOf(rebuilt)]
  const [own, known] = [taggedWords(a), taggedWords(b)]
  const parts = diffSequences(own, known).map((hunk) => [own.slice(...hunk.published), known.slice(...hunk.rebuilt)])
  const isAnother = parts.some(([left = [], right = []]) => hasNew(left.filter(isModule), right.filter(isModule)))
  const isLoose = parts.some(([left = [], right = []]) => isMore(left.filter(isFree), right.filter(isFree)))
  const hasCode = hasNew(codeAmong(a), codeAmong(b)) || a.oddities > b.oddities
  return [
    ...(isAnother || hasNew(a.directives, b.directives) ? ['another module'] : []),
    ...(isLoose ? ['types that check less, or are for all files'] : []),
    ...(hasNew(enumsIn(a), enumsIn(b)) || hasNewConstants(a, b) ? ['values that a compiler writes into programs'] : []),
    ...(hasCode ? ['code among declarations'] : []),
  ]
}

function hasNew(texts: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others)
  return texts.some((text) => !known.has(text))
}

const modulePrefix = 'module '

/** The words, and of those that name a module that they do. */
function taggedWords({ words }: DeclarationWords): string[] {
  return words.map((word, at) => {
    if (word === 'namespace' && words[at - 1] === 'as') return 'as namespace'
    if (!/^["'`]/.test(word)) return word
    const [before, earlier] = [words[at - 1] ?? '', words[at - 2] ?? '']
    const isNamed = /^(?:from|import|module)$/.test(before) || (before === '(' && /^(?:import|require)$/.test(earlier))
    return isNamed ? `${modulePrefix}${word}` : word
  })
}

function isModule(word: string): boolean {
  return word.startsWith(modulePrefix)
}

/** Types that forbid nothing, or all, and names for all files. */
function isFree(word: string): boolean {
  return /^(?:any|unknown|never|global|module|as namespace)$/.test(word)
}

function isMore(words: readonly string[], others: readonly string[]): boolean {
  const left = new Map<string, number>()
  for (const word of others) left.set(word, (left.get(word) ?? 0) + 1)
  return words.some((word) => {
    const count = (left.get(word) ?? 0) - 1
    left.set(word, count)
    return count < 0
  })
}

/**
 * Members of enums, which a compiler works out and writes into the programs of others, by the names of the enum and of the
 * namespace around it; and by which other names something in a file with enums goes (TypeScript Handbook, "Enums").
 */
function enumsIn(side: DeclarationWords): string[] {
  const { words, closing } = side
  const found: string[] = []
  const renamed: string[] = []
  const places: { name: string; end: number }[] = []
  for (let at = 0; at < words.length; at++) {
    while ((places.at(-1)?.end ?? at) < at) places.pop()
    const [word, name = '', brace] = words.slice(at, at + 3)
    if (word === '{' && isName(words[at - 1])) places.push({ name: words[at - 1] ?? '', end: closing[at] ?? at })
    if (word === 'as' && isName(name)) renamed.push(`${words[at - 1]} as ${name}`)
    if (word === 'import' && brace === '=') renamed.push(words.slice(at, at + 8).join(' '))
    if (word !== 'enum' || !isName(name) || brace !== '{') continue
    const end = closing[at + 2] ?? words.length
    const last = words[end - 1] === ',' ? end - 1 : end
    const kind = words[at - 1] === 'const' ? 'const enum' : 'enum'
    found.push(`${places.at(-1)?.name} ${kind} ${name} ${words.slice(at + 3, last).join(' ')}`)
    at = end
  }
  return found.length > 0 ? [...found, ...renamed] : []
}

/**
 * Constants, of which members of enums are made, in this file or in others. A text that is a stamp is said to be one, where
 * no enum stands beside it.
 */
function hasNewConstants(a: DeclarationWords, b: DeclarationWords): boolean {
  const [own, known] = [constantsIn(a), constantsIn(b)]
  const hasEnum = a.words.includes('enum')
  return [...own].some(([name, values]) => {
    const others = known.get(name) ?? new Set()
    const [other] = others
    const isStamp = (value: string) =>
      !hasEnum && value.startsWith('"') && other !== undefined && explainStamps(value, other) !== undefined
    return [...values].some((value) => !others.has(value) && !isStamp(value))
  })
}

/** What is declared with a value, or with a type of which there is one value only, by its name. */
function constantsIn(side: DeclarationWords): Map<string, Set<string>> {
  const { words } = side
  const found = new Map<string, Set<string>>()
  for (let at = 0; at < words.length; at++) {
    if (words[at] !== 'const' || words[at + 1] === 'enum') continue
    do {
      const [name = '', sign] = words.slice(at + 1, at + 3)
      const end = valueEnd(side, at + 1)
      const value = words.slice(at + 3, end)
      const isSingle = isLiteral(value[value[0] === '-' ? 1 : 0]) && value.length <= 2
      if (isName(name) && (sign === '=' || (sign === ':' && isSingle)))
        found.set(name, (found.get(name) ?? new Set()).add(value.join(' ')))
      at = end
    } while (words[at] === ',')
  }
  return found
}

/** The comma, semicolon or word behind what is declared. */
function valueEnd({ words, breaks, closing }: DeclarationWords, start: number): number {
  for (let at = start; at < words.length; ) {
    const word = words[at] ?? ''
    if (/^[,;)}]$/.test(word)) return at
    if (at > start && breaks[at] && !goesOn.test(word) && !goesOn.test(words[at - 1] ?? '')) return at
    at = (closing[at] ?? at) + 1
  }
  return words.length
}

const goesOn = /^(?:[-+*/%&|^~<=:?.([{]|typeof|keyof|readonly|extends)$/
