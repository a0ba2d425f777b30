/**
 * Outside text as it may be shown on a terminal: control characters, such that turn the direction of the text and such
 * that cannot be seen stand as `\u{…}`, and bytes of a name that are not UTF-8 (lone surrogates) as `\x…`.
 */
export function visible(text: string): string {
  return text
    .replace(
      /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|[\p{Zs}--\x20]|\\(?=[ux])/gv,
      (character) => {
        return character === '\\' ? '\\\\' : `\\u{${character.codePointAt(0)?.toString(16)}}`
      },
    )
    .replace(/[\ud800-\udfff]/gu, (unit) => {
      const code = unit.charCodeAt(0)
      return code >= 0xdc80 && code <= 0xdcff ? `\\x${(code - 0xdc00).toString(16)}` : `\\u{${code.toString(16)}}`
    })
}
