import type { Json } from './json.ts'

/** One spelling for all that name the same repository: `github.com/owner/name`; `undefined` where it is no text. */
export function spellingOf(url: Json | undefined): string | undefined {
  if (typeof url !== 'string') return undefined
  const short = url.match(/^(?:github:)?([\w.-]+\/[\w.-]+)$/)?.[1]
  const full = short === undefined ? url : `https://github.com/${short}`
  return full
    .replace(/^git\+/, '')
    .replace(/^(?:git|ssh|http|https):\/\/(?:git@)?/, '')
    .replace(/^git@([^:/]+):/, '$1/')
    .replace(/\.git$/, '')
    .replace(/^(?:github\.com\/.*|[^/]+)/i, (part) => part.toLowerCase())
}
