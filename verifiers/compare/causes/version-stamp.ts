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

/** Words for a version that nobody knows: `undefined`, `latest` and an empty text are values of other things, too. */
const placeholder = /^(["'`]?)(?:unknown|dev|snapshot)\1$/i

/** Whether a rebuilt literal has no version where the published one has one: a word that stands for it, or 0.0.0. */
export function lacksVersion(rebuilt: string, published: string): boolean {
  return placeholder.test(rebuilt) || versionsOnlyIn(rebuilt, published).every((one) => /^0\.0\.0(?![.\d])/.test(one))
}

/**
 * Whether a literal of code says where something is to be had, or which release of a package: then its version decides what
 * that is, and is not only said. Comments are for people.
 */
export function namesRelease(literal: string): boolean {
  return !/^\/[/*]/.test(literal) && release.test(literal)
}

const release = /:\/\/|^["'`]\/\/|@v?\d|\d{1,6}\.\d{1,6}\.\d{1,6}[\w.+-]{0,64}\//

/** The versions that only the published literal has, without `v`; one empty text where there is none. */
export function versionsOnlyIn(published: string, rebuilt: string): string[] {
  const others = new Set(rebuilt.match(version) ?? [])
  const own = (published.match(version) ?? []).filter((one) => !others.has(one)).map((one) => one.replace(/^v/, ''))
  // Neither a version nor a word that stands for one: nothing shows what it is.
  return own.length === 0 ? [''] : own
}
