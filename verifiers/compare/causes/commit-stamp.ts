import type { StampCause } from './cause.ts'

const commit = /(?<![0-9A-Za-z])(?:[0-9a-f]{40}|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,12})(?![0-9A-Za-z])/g

/** Characters in front of it that are looked at for what it is. */
const mostBefore = 80
const label =
  /(?<![a-z])(?:(commit|git|head|rev(?:ision)?|ref|tree)|sha-?1?(?:sum)?|check-?sums?|digest|integrity|hash|fingerprint|key(?:-?id)?|pgp|gpg|signature|signed|token|secret|etag|btih)(?![a-z])/gi
/** In front of `sha` and its like. */
const ofCommit = /(?:commit|git|github|head|rev|revision|build|source)(?:['’]?s)?[\s_-]{0,3}$/i

export const commitStamp: StampCause = {
  id: 'commit-stamp',
  title: 'a commit that the build writes into the file',
  mask: (literal) => literal.replace(commit, (word, at: number) => (isDigest(word, literal, at) ? word : '«commit»')),
}

/** Digests in a text by which those who read it check something. */
export function digestsIn(text: string): string[] {
  return [...text.matchAll(commit)].flatMap(({ 0: word, index }) => (isDigest(word, text, index) ? [word] : []))
}

/**
 * Of a download or of a key, by the word that stands nearest in front of it: whoever checks by it takes what has it. By
 * less than all of one nobody checks.
 */
function isDigest(word: string, literal: string, at: number): boolean {
  if (word.length < 40) return false
  // As sha1sum writes it.
  if (/^ [ *][\w./-]/.test(literal.slice(at + word.length, at + word.length + 3))) return true
  const line = literal.slice(Math.max(0, at - mostBefore), at).replace(/^[\s\S]*\n/, '')
  const nearest = [...line.matchAll(label)].at(-1)
  return nearest !== undefined && nearest[1] === undefined && !ofCommit.test(line.slice(0, nearest.index))
}
