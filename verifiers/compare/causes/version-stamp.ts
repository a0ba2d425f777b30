import type { StampCause } from './cause.ts'

/** https://semver.org, and what `git describe` and build tools write where they know no version. */
const version =
  /\bv?(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}(?:-[0-9A-Za-z.-]{1,40})?(?:\+[0-9A-Za-z.-]{1,40})?/g
const unknown = /^(["'`]?)(?:unknown|undefined|dev|development|latest|snapshot|0\.0\.0)?\1$/i

export const versionStamp: StampCause = {
  id: 'version-stamp',
  title: 'a version that the build writes into the file',
  mask(literal) {
    const quote = literal.match(unknown)?.[1]
    return quote === undefined ? literal.replace(version, '«version»') : `${quote}«version»${quote}`
  },
}
