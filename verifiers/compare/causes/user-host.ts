import type { StampCause } from './cause.ts'

/**
 * The account that builds and the machine that it is on, only behind a word that says so. A name with dots is a place in the
 * network, but for those that no network outside has (RFC 6762, and what the root of names has not).
 */
const labelled =
  /(\b(?:built|compiled|generated|published|packaged|created) (?:by|on)|\b(?:user|username|host|hostname|builder|machine|build[_-]?(?:user|host))["']?\s*[:=])(\s*["']?)[A-Za-z_][\w-]{0,62}(?:@[A-Za-z0-9][\w-]{0,62})?(?:\.(?:local|localdomain|lan|internal))?(?=["'\s,;)*]|\.?$|\.\s)/gi

/** Names that machines in the cloud and in containers have. */
const runner =
  /\b(?:[a-z_][a-z0-9_-]{0,31}@)?(?:fv-az[0-9]{1,5}-[0-9]{1,5}|runner-[0-9a-z]{6,12}-project-[0-9]{1,12}-concurrent-[0-9]{1,4}|buildkitsandbox|DESKTOP-[A-Z0-9]{7}|ip-[0-9]{1,3}(?:-[0-9]{1,3}){3})\b/g

export const userHost: StampCause = {
  id: 'user-host',
  title: 'the user or the machine that built',
  mask: (literal) => literal.replace(runner, '«host»').replace(labelled, '$1$2«host»'),
}
