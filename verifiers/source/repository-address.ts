import hostedGitInfo from 'hosted-git-info'
import { isLoopback } from './download.ts'

export type RepositoryAddress = {
  /** An https address without credentials, as far as the text allows one. */
  url: string
  /** The folder that a `tree/…` address names. */
  directory?: string
  /** The branch, tag or commit after `#`. */
  committish?: string
}

/**
 * What people write for a repository, as an https address: `owner/name`, `github:owner/name`, `gist:id`,
 * `git@host:owner/name.git`, `git+ssh://…`, `git://…`, `https://host/owner/name/tree/main/packages/x`, … Hosts that speak
 * ssh or git also speak https, and only that needs no key and cannot be changed on its way.
 *
 * `undefined` where the text names no repository.
 */
export function parseRepositoryAddress(text: string): RepositoryAddress | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 4096 || /[\0-\x20\x7f]/.test(trimmed)) return undefined
  return browsed(trimmed) ?? hosted(trimmed) ?? generic(trimmed)
}

/**
 * The repository that a page about it belongs to, `https://host/owner/name#readme` or `…/issues`; `undefined` where its
 * host is none that is known to have repositories.
 */
export function parseHostedAddress(text: string): RepositoryAddress | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 4096 || !/^https?:\/\/[^\0-\x20\x7f]+$/.test(trimmed)) return undefined
  const address = hosted(trimmed.replace(/(?:\/-)?\/(?:issues|wiki|discussions|tree|blob)(?:[/?#].*)?$/, ''))
  return address && { url: address.url }
}

/** Addresses of a folder as browsers show it; GitLab puts `/-/` before `tree`. */
function browsed(text: string): RepositoryAddress | undefined {
  const url = URL.parse(text.replace(/^git\+/, ''))
  const match = /^(\/.+?)(?:\/-)?\/(?:tree|blob)\/([^/]+)(?:\/(.*?))?\/*$/.exec(url?.pathname ?? '')
  if (url === null || match === null) return undefined
  const base = parseRepositoryAddress(`https://${url.host}${match[1]}`)
  const directory = match[3] === undefined ? '' : safeDecode(match[3])
  return base && { url: base.url, ...(directory !== '' && { directory }) }
}

function hosted(text: string): RepositoryAddress | undefined {
  const info = parseHosted(text)
  const url = info?.https({ noGitPlus: true, noCommittish: true })
  if (!info || !url) return undefined
  const parsed = URL.parse(url)
  if (parsed === null) return undefined
  parsed.username = ''
  parsed.password = ''
  const committish = info.committish ? { committish: info.committish } : {}
  return { url: withoutSuffix(parsed.href), ...committish }
}

function parseHosted(text: string) {
  try {
    return hostedGitInfo.fromUrl(text)
  } catch {
    // It decodes percent signs and throws where they are wrong; such a text is no address.
    return undefined
  }
}

function generic(text: string): RepositoryAddress | undefined {
  const scp = /^(?:ssh:\/\/)?[\w.-]+@([\w.-]+):(?!\d+\/)([^:]+)$/.exec(text.replace(/^git\+/, ''))
  if (scp) return generic(`https://${scp[1]}/${scp[2]}`)
  const url = URL.parse(text.replace(/^git\+/, ''))
  if (url === null || url.hostname === '' || url.pathname.length < 2) return undefined
  const committish = url.hash.length > 1 ? { committish: safeDecode(url.hash.slice(1)) } : {}
  const path = url.pathname.replace(/\/+$/, '')
  if (/^(?:ssh|git):$/.test(url.protocol)) return { url: `https://${url.hostname}${path}`, ...committish }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  const plain = url.protocol === 'http:' && isLoopback(url.hostname)
  return { url: `${plain ? 'http' : 'https'}://${url.host}${path}`, ...committish }
}

function withoutSuffix(url: string): string {
  return url.replace(/\.git$/, '')
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
