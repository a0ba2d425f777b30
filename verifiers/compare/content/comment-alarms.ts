import { alarmsOfProse } from './alarms.ts'

/** What compilers, bundlers, test runners and browsers act on although it is a comment. */
const directive =
  /[#@]__\w+__|\b(?:webpack|turbopack|vite|rspack|parcel|rollup)[A-Z-]\w*|@vite-ignore|[#@]\s*source(?:MappingURL|URL)\b|^\/\/\/\s*<|^\/\/\s?[@#](?:include|target)\b|@(?:jsx\w*|(?:ts|deno|swc|babel|jest|vitest)-\w+|bun|(?:no)?flow|cc_on|license-end|preserve|set|if|preval|codegen|macro|OnlyCurrentDoc|NotOnlyCurrentDoc|require|resource|grant|connect|(?:update|download)URL)\b|\b(?:istanbul|c8|v8|eslint|biome|prettier|tslint|deno-lint)[ -]\w/

/** What programs that take parts out of a program, or put files into it, look for: in what order they stand, they say. */
const preprocessor =
  /^\/[/*]+\s*#(?:if(?:n?def)?|el(?:se|if)|endif)\b|@(?:nosideeffects|codekit-\w+|prepros-\w+|ifn?def|else|elif|endif|endexclude|foreach|endfor|echo|exec|include-static)\b|^\/[/*]\s*(?:[\w-]+:(?:start|end)|(?:end-)?test-code)\b|\b(?:IFDEBUG|IFDEF|ENDIF)\b|(?:^\/[/*]|\n)[ \t]*\**=[ \t]*(?:require|include|stub|link|depend_on)(?:_\w+)?[ \t]/

/** Words that look like no language: letters of both cases and digits, mixed. */
const longWord = /[A-Za-z0-9+=_-]{9,}/g
const isDisguised = (word: string) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word)
const mostDisguised = 2

/** The same in shorter pieces: in letters of one case and digits, in groups of digits, in a row of numbers. */
const pieces = /\b(?![A-Za-z]+\d{1,4}\b|\d{1,4}[A-Za-z]+\b)(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{6,64}\b/g
const mostPieces = 4
const groups = /(?:\b(?=[a-f]*[0-9])[0-9a-f]{6,16}\b[\s,:;]{1,3}){4}|(?:\b\d{1,3}\b[\s,;]{1,3}){8}/i

const statement = /[\w$\])]\s*\([^)\s]|[\w$\])]\s*\(\s*\)\s*;|=>|\)\s*\{/

/** Whether anything acts on a comment. */
export function isActedOn(comment: string): boolean {
  return comment.startsWith('#!') || directive.test(comment) || preprocessor.test(comment)
}

/** Whether something reads more of a comment than that it is to be kept, so that no part of it is only a stamp. */
export function isReadByTools(comment: string): boolean {
  return isActedOn(comment.replace(/@preserve\b/g, ''))
}

/** Whether a comment has types from another module, whose version is more than a stamp. */
export function namesModule(comment: string): boolean {
  return /\b(?:import|from|require)\s*\(?\s*["'`]/.test(comment)
}

/** Shorter lines say too little to be known again: data could be written in them. In characters. */
const shortestKnown = 12

/** What a comment says, line by line, without the signs that frame it, and the words by which editors fold what is between. */
export function linesOfComment(comment: string): string[] {
  return comment
    .replace(/^(?:\/\/(?: ?#(?:endregion$|region ))?|\/\*)|\*\/$/g, '')
    .split('\n')
    .map((line) => withoutFrame(line.replace(/^[ \t\r]*[*!]*[ \t]*/, '')))
    .filter((line) => line !== '')
}

/** By hand: an expression for the end of a line begins anew at each of its characters. */
function withoutFrame(line: string): string {
  let end = line.length
  while (end > 0 && ' \t\r*'.includes(line.charAt(end - 1))) end--
  return line.slice(0, end)
}

/**
 * What makes a comment more than words for people. A comment that only one side has is judged like this, too; lines of it
 * that stand in a comment of the other side are nothing new, but what tools act on counts wherever it stands.
 */
export function alarmsOfComment(comment: string, known: ReadonlySet<string> = new Set()): string[] {
  if (comment.startsWith('#!')) return ['another interpreter, or another argument for it']
  const lines = known.size === 0 ? undefined : linesOfComment(comment)
  const own = lines?.filter((line) => line.length < shortestKnown || !known.has(line)).join('\n') ?? comment
  const alarms = alarmsOfText(isActedOn(comment) ? comment : own)
  return alarms.map((alarm) => `${alarm} in a comment`)
}

function alarmsOfText(text: string): string[] {
  // Not a call, but the sign of copyright.
  const plain = text.replace(/\(c\)/gi, '©')
  const alarms = alarmsOfProse(plain)
  if (directive.test(text) || preprocessor.test(text)) alarms.push('a directive for tools')
  if (statement.test(plain) && !alarms.includes('code')) alarms.push('code')
  const isEncoded =
    (text.match(longWord) ?? []).filter(isDisguised).length >= mostDisguised ||
    (text.match(pieces) ?? []).length >= mostPieces ||
    groups.test(text)
  return isEncoded ? [...alarms, 'words as encoded data has'] : alarms
}
