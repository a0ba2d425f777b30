/**
 * A value as JSON on lines of its own. It may end on a terminal: what JSON leaves as it is and a terminal would obey, or
 * not show, is escaped as well; programs read the same.
 */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replace(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, escapeUnits)}\n`
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }
  return escaped
}
