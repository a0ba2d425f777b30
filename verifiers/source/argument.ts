import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '../model/problem.ts'
import { isLoopback } from './download.ts'
import { parseRepositoryAddress } from './repository-address.ts'

/** What `--source` named. */
export type SourceArgument =
  | { kind: 'git'; url: string; ref?: string }
  | { kind: 'folder'; path: string; ref?: string }
  | { kind: 'archive'; url: string }
  | { kind: 'archive'; path: string }
  | { kind: 'debian'; package: string; version?: string }

const forms =
  'It takes git+<url>[#<ref>], a local git folder[#<ref>], the https address or path of an archive, or debian:<source package>[@<version>].'

/**
 * Reads `--source`. Nothing is looked up: whether a folder or a file is there shows when it is opened.
 *
 * @param options.cwd where relative paths start, the process's own folder when it is absent
 * @throws {Problem} SOURCE_ARGUMENT_INVALID
 */
export function parseSourceArgument(text: string, { cwd = process.cwd() }: { cwd?: string } = {}): SourceArgument {
  if (text.trim() === '' || text.length > 4096 || /[\0-\x1f\x7f]/.test(text)) throw invalid(text, 'it is not one line')
  if (text.startsWith('debian:')) return debianArgument(text)
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase()
  if (/^file:\/*$/i.test(text)) throw invalid(text, 'it names no folder')
  if (scheme === 'file') return localArgument(pathOf(parsedUrl(text), text), text, cwd)
  if (scheme === 'http' || scheme === 'https') return archiveAddress(text)
  if (scheme?.startsWith('git+')) return gitArgument(text)
  if (/^[a-z][a-z0-9+.-]*:(?:\/\/|:)/i.test(text)) throw invalid(text, `${scheme} is not a protocol that it takes`)
  return localArgument(text, text, cwd)
}

/** Names and versions of Debian Policy 5.6.1 and 5.6.12. */
function debianArgument(text: string): SourceArgument {
  const [, name, version] =
    /^debian:([a-z0-9][a-z0-9+.-]{1,127})(?:@((?:\d+:)?\d[A-Za-z0-9.+~-]{0,127}))?$/.exec(text) ?? []
  if (name === undefined) throw invalid(text, 'that is no name of a Debian source package')
  return { kind: 'debian', package: name, ...(version !== undefined && { version }) }
}

function gitArgument(text: string): SourceArgument {
  const address = text.slice('git+'.length)
  const url = parsedUrl(address)
  const ref = refOf(url.hash, text)
  if (url.protocol === 'file:') return { kind: 'folder', path: pathOf(withoutHash(url), text), ...ref }
  const plain = url.protocol === 'http:' && isLoopback(url.hostname)
  if (url.protocol !== 'https:' && !plain) throw invalid(text, 'a repository is only fetched over https')
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it carries a user name or password')
  if (url.pathname.length < 2) throw invalid(text, 'it names no repository')
  return { kind: 'git', url: withoutHash(url).href, ...ref }
}

const archiveName = /\.(?:tgz|txz|tar|tar\.(?:gz|xz|zst|bz2)|zip)$/i

function archiveAddress(text: string): SourceArgument {
  const url = parsedUrl(text)
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw invalid(text, 'an archive is only fetched over https')
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it carries a user name or password')
  const repository = parseRepositoryAddress(text)
  const looksLikeRepository =
    url.pathname.endsWith('.git') || (isHost(repository?.url) && !/\/(?:archive|releases|-)\//.test(url.pathname))
  if (looksLikeRepository && !archiveName.test(url.pathname)) {
    throw invalid(text, 'it is the address of a repository, not of an archive', `Write git+${text} for a repository.`)
  }
  return { kind: 'archive', url: url.href }
}

/** Whether the address has exactly an owner and a name, as repositories on code hosts have. */
function isHost(url: string | undefined): boolean {
  const parsed = url === undefined ? null : URL.parse(url)
  return (
    parsed !== null && /^(?:github|gitlab|bitbucket)\./.test(parsed.hostname) && parsed.pathname.split('/').length === 3
  )
}

function localArgument(path: string, text: string, cwd: string): SourceArgument {
  const hash = path.lastIndexOf('#')
  const file = hash < 0 ? path : path.slice(0, hash)
  if (file === '') throw invalid(text, 'it names no folder')
  if (archiveName.test(file)) return { kind: 'archive', path: resolve(cwd, file) }
  return { kind: 'folder', path: resolve(cwd, file), ...refOf(hash < 0 ? '' : path.slice(hash), text) }
}

/** A name that git-check-ref-format(1) takes, so that none is ever read as an option or a range. */
function refOf(hash: string, text: string): { ref?: string } {
  if (hash.length < 2) return {}
  const ref = safeDecode(hash.slice(1))
  const refused = /^[-/.]|\.\.|\/\/|\/\.|@\{|[\0-\x20\x7f~^:?*[\\]|[/.]$|\.lock(?:\/|$)/
  if (refused.test(ref) || ref.length > 1024)
    throw invalid(text, 'what follows # is no name of a tag, branch or commit')
  return { ref }
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function pathOf(url: URL, text: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw invalid(text, 'it names no file of this machine')
  }
}

function withoutHash(url: URL): URL {
  const copy = new URL(url)
  copy.hash = ''
  return copy
}

function parsedUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw invalid(text, 'it is not an address')
  return url
}

function invalid(text: string, reason: string, hint = forms): Problem {
  const shown = JSON.stringify(text.replace(/\/\/[^/@\s]*@/, '//').slice(0, 200))
  return new Problem('SOURCE_ARGUMENT_INVALID', `--source ${shown} cannot be used: ${reason}.`, { hint })
}
