import { alarmsOfProse } from './alarms.ts'

/** What compilers, bundlers, test runners and browsers act on although it is a comment. */
const directive =
  /[#@]__\w+__|\b(?:webpack|turbopack|vite|rspack|parcel|rollup)[A-Z-]\w*|@vite-ignore|[#@]\s*source(?:MappingURL|URL)\b|^\/\/\/\s*<|@(?:jsx\w*|ts-\w+|flow|cc_on|license-end|preserve|jest-environment|set|if)\b|\b(?:istanbul|c8|v8|eslint|biome|prettier|tslint|deno-lint)[ -]\w/

/** Words that look like no language: letters of both cases and digits, mixed. */
const longWord = /[A-Za-z0-9+=_-]{9,}/g
const isDisguised = (word: string) => /[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word)
const mostDisguised = 2

const statement = /[\w$\])]\s*\([^)\s]|[\w$\])]\s*\(\s*\)\s*;|=>|\)\s*\{/

/** Whether anything acts on a comment, so that no part of it is only a stamp. */
export function isActedOn(comment: string): boolean {
  return comment.startsWith('#!') || directive.test(comment)
}

/** What makes a comment more than words for people. A comment that only one side has is judged like this, too. */
export function alarmsOfComment(comment: string): string[] {
  if (comment.startsWith('#!')) return ['another interpreter, or another argument for it']
  const alarms = alarmsOfProse(comment)
  if (directive.test(comment)) alarms.push('a directive for tools')
  if (statement.test(comment) && !alarms.includes('code')) alarms.push('code')
  if ((comment.match(longWord) ?? []).filter(isDisguised).length >= mostDisguised)
    alarms.push('words as encoded data has')
  return alarms.map((alarm) => `${alarm} in a comment`)
}
