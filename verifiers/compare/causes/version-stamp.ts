import type { StampCause } from './cause.ts'

/** https://semver.org, and what `git describe` and build tools write where they know no version. */
const label =
  '(?:alpha|beta|rc|pre|next|canary|development|dev|snapshot|nightly|dirty|semantically-released|g?[0-9a-f]{7,12}|[0-9]{1,14})'
const labels = `${label}(?:[.-]?${label}){0,5}`
const version = new RegExp(
  `\\bv?(?:0|[1-9][0-9]{0,5})(?:\\.(?:0|[1-9][0-9]{0,5})){2}(?![.][0-9])(?:-${labels})?(?:\\+${labels})?(?![\\w-])`,
  'g',
)
const unknown = /^(["'`]?)(?:unknown|undefined|dev|development|latest|snapshot|0\.0\.0)?\1$/i

export const versionStamp: StampCause = {
  id: 'version-stamp',
  title: 'a version that the build writes into the file',
  mask(literal) {
    const quote = literal.match(unknown)?.[1]
    return quote === undefined ? literal.replace(version, '«version»') : `${quote}«version»${quote}`
  },
}

/** The versions that only the published literal has, without `v`; one empty text where there is none. */
export function versionsOnlyIn(published: string, rebuilt: string): string[] {
  const others = new Set(rebuilt.match(version) ?? [])
  const own = (published.match(version) ?? []).filter((one) => !others.has(one)).map((one) => one.replace(/^v/, ''))
  // Neither a version nor a word that stands for one: nothing shows what it is.
  return own.length === 0 ? [''] : own
}
