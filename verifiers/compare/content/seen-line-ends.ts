import { type Around, isAmongDocuments, isLicenceOrReadme } from './document-place.ts'
import type { FileContent } from './file-kind.ts'
import { tokenizeJavaScript } from './javascript-tokens.ts'
import { parseJson } from './json.ts'
import { parseSyntax, type Tree } from './syntax.ts'

/**
 * Whether something can tell in a file whether its lines end in CRLF or in LF: the words of a list are others, and the text
 * of a function keeps its line ends (ECMA-262, 20.2.3.5), though both are one in all else that a program says (12.3).
 */
export function lineEndsAreSeen(path: string, kind: FileContent['kind'], text: string, around: Around = {}): boolean {
  if (text.startsWith('#!')) return true
  switch (kind) {
    case 'javascript':
      return asksForText(text)
    case 'json':
    case 'manifest':
    case 'source-map':
      return !isData(text)
    case 'text':
      return !isAmongDocuments(path, around) && !isLicenceOrReadme(path)
    case 'types':
    case 'style':
      return false
    default:
      return true
  }
}

/** By what it names: what others do with its functions does not show in it, but a comment that is all of one waits for them. */
function asksForText(program: string): boolean {
  const tokens = tokenizeJavaScript(program)
  const words = tokens.map(({ start, end }) => program.slice(start, end))
  return words.some((word, index) => {
    const [before, behind] = [words[index - 1], words[index + 1]]
    if (/^["'`]?to(?:String|Source)["'`]?$/.test(word)) return true
    if (word === 'String') return before !== '.' && behind !== '.'
    if (/^(?:""|''|``)$/.test(word)) return before === '+' || before === '+=' || behind === '+'
    const isWhole = (before === '{' && behind === '}') || before === '>'
    return isWhole && tokens[index]?.kind === 'comment' && word.includes('\n')
  })
}

/** JSON, also with comments and what else programs that read settings allow: between its values line ends are nothing. */
function isData(text: string): boolean {
  if (parseJson(text) !== undefined) return true
  const body = parseSyntax(`(${text.replace(/^\ufeff/, '')}\n)`)?.root as Tree | undefined
  const [statement, ...more] = (body?.body ?? []) as Tree[]
  const value = statement?.expression as Tree | undefined
  return more.length === 0 && /^(?:Object|Array)Expression$/.test(value?.type ?? '')
}
