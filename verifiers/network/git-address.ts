import { parseRepositoryAddress } from '../source/repository-address.ts'

/** A commit of a repository, which a lockfile names in place of a package of a registry. */
export type GitDeclaration = {
  /** An https address without `.git`, credentials and query. */
  repository: string
  /** Whole, or its first characters, by which bun knows what GitHub has packed. */
  commit: string
}

const commit = '(?<commit>[0-9a-f]{40}|[0-9a-f]{64})'
const abbreviated = '(?<commit>[0-9a-f]{7,40}|[0-9a-f]{64})'
const two = '(?<path>[\\w.-]+/[\\w.-]+)'

/** Addresses at which hosts of code pack a commit when they are asked; npm, yarn and pnpm ask there before they clone. */
const archives: [host: string, RegExp][] = [
  ['github.com', new RegExp(`^https://codeload\\.github\\.com/${two}/(?:legacy\\.)?tar\\.gz/${commit}$`)],
  ['github.com', new RegExp(`^https://api\\.github\\.com/repos/${two}/tarball/${abbreviated}$`)],
  ['github.com', new RegExp(`^https://github\\.com/${two}/(?:archive|tarball)/${commit}(?:\\.tar\\.gz)?$`)],
  ['gitlab.com', new RegExp(`^https://gitlab\\.com/${two}/-/archive/${commit}/[\\w.-]+\\.tar\\.gz$`)],
  ['gitlab.com', new RegExp(`^https://gitlab\\.com/${two}/repository/archive\\.tar\\.gz\\?(?:ref|sha)=${commit}$`)],
  [
    'gitlab.com',
    new RegExp(
      `^https://gitlab\\.com/api/v4/projects/(?<path>[\\w.-]+%2[Ff][\\w.-]+)/repository/archive\\.tar\\.gz\\?(?:ref|sha)=${commit}$`,
    ),
  ],
  ['bitbucket.org', new RegExp(`^https://bitbucket\\.org/${two}/get/${commit}\\.tar\\.gz$`)],
]

/** The commit that a host of code would pack at this address. */
export function archiveAddress(address: string): GitDeclaration | undefined {
  for (const [host, pattern] of archives) {
    const { path, commit } = pattern.exec(address)?.groups ?? {}
    if (path !== undefined && commit !== undefined)
      return declarationAt(`https://${host}/${path.replace(/%2f/i, '/')}`, commit)
  }
  return undefined
}

/**
 * What the address of a package says in a lockfile, where it names a commit: `git+ssh://git@host/owner/name.git#<commit>`,
 * `github:owner/name#<commit>`, yarn's `https://host/owner/name.git#commit=<commit>`, or where a host would pack it.
 */
export function gitAddress(address: string): GitDeclaration | undefined {
  if (address.length > 4096) return undefined
  const hash = address.lastIndexOf('#')
  if (hash === -1) return archiveAddress(address)
  const named = address.slice(hash + 1)
  const [base, at] = [address.slice(0, hash), named.replace(/^commit[=:]/, '')]
  // A fragment of a file's address is its SHA-1, which looks as a commit does.
  const isRepository = /^(?:git[+:@]|ssh:|(?:github|gitlab|bitbucket):)|\.git$/.test(base) || at !== named
  return isRepository ? gitDeclaration(base, at) : archiveAddress(base)
}

/** `undefined` where a branch or a tag stands for the commit, or the address is none that can be asked. */
export function gitDeclaration(repository: string, commit: string): GitDeclaration | undefined {
  return isWhole(commit) ? declarationAt(repository, commit) : undefined
}

/** What stands in bun.lock for a commit, which GitHub has packed for it: `github:owner/name#<first characters>`. */
export function abbreviatedAddress(address: string): GitDeclaration | undefined {
  const [, repository, commit] = /^(github:[\w.-]{1,100}\/[\w.-]{1,100})#([0-9a-f]{7,39})$/.exec(address) ?? []
  return repository === undefined || commit === undefined ? undefined : declarationAt(repository, commit)
}

export function isWhole(commit: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)
}

function declarationAt(repository: string, commit: string): GitDeclaration | undefined {
  const url = parseRepositoryAddress(repository)?.url
  return url === undefined ? undefined : { repository: withoutSuffix(url), commit }
}

/** One name for what hosts serve under two: with and without `.git`. */
export const withoutSuffix = (url: string): string => url.replace(/\/+$/, '').replace(/\.git$/, '')

/** The repository that git, or who wants a commit packed, asks at this address. */
export function repositoryAsked(url: URL): string | undefined {
  const packed = archiveAddress(url.href)
  if (packed) return packed.repository
  const path = /^(.+)\/(?:info\/refs|git-upload-pack)$/.exec(url.pathname)?.[1]
  return path === undefined ? undefined : withoutSuffix(`${url.origin}${path}`)
}
