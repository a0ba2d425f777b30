import { realpath } from 'node:fs/promises'
import { Problem } from '../../model/problem.ts'
import { isLoopback } from '../download.ts'
import type { Rewrite } from './settings.ts'

/** A repository that may be asked, and how. */
export type Remote = {
  /** As it is recorded and shown: without credentials; `file:` for a folder, whose path is nobody's business. */
  repository: string
  /** What git is given. */
  url: string
  /** What git makes of it by the user's `insteadOf`; objects are cached by it. */
  effective: string
  protocols: string[]
  /** The local repository, where it is one. */
  folder?: string
}

/**
 * The remote at an https address (or, for tests and mirrors on this machine, http on a loopback address).
 *
 * @throws {Problem} SOURCE_REFUSED for every other protocol: ext, file, git and ssh addresses in metadata or in
 * .gitmodules could run programs, read local files, be changed on their way, or ask for a key.
 */
export function remoteAt(address: string, rewrites: Rewrite[]): Remote {
  const url = URL.parse(address)
  const allowed = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url === null || !allowed || /[\0-\x20\x7f]/.test(address)) {
    throw new Problem(
      'SOURCE_REFUSED',
      `A repository is only fetched over https, and this address is not: ${shown(address)}.`,
      {
        hint: 'Give the https address of the repository with --source git+https://…, or a local clone of it.',
      },
    )
  }
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  const spelled = preferredSpelling(url.href.replace(/\/+$/, ''), rewrites)
  const effective = rewritten(spelled, rewrites)
  const local = effective.startsWith('/') || effective.startsWith('file:')
  const protocols = local ? ['file'] : effective.startsWith('http:') ? ['http', 'https'] : ['https']
  return { repository: url.href.replace(/\/+$/, ''), url: spelled, effective, protocols }
}

/** The repository in a folder that the user named. */
export async function remoteInFolder(path: string): Promise<Remote> {
  const folder = await realpath(path)
  return { repository: 'file:', url: folder, effective: folder, protocols: ['file'], folder }
}

/** git-config(1): of several `insteadOf` that fit, the longest is used. */
export function rewritten(url: string, rewrites: Rewrite[]): string {
  const best = fitting(url, rewrites)
  return best === undefined ? url : best.base + url.slice(best.prefix.length)
}

function fitting(url: string, rewrites: Rewrite[]): Rewrite | undefined {
  return rewrites
    .filter(({ prefix }) => url.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)
    .at(0)
}

/** Hosts take an address with and without `.git`; a user's `insteadOf` may name one of them as a whole. */
function preferredSpelling(url: string, rewrites: Rewrite[]): string {
  const other = url.endsWith('.git') ? url.slice(0, -'.git'.length) : `${url}.git`
  return fitting(url, rewrites)?.prefix !== url && fitting(other, rewrites)?.prefix === other ? other : url
}

function shown(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/@\s]*@/, '//').slice(0, 200))
}
