import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'
import { writeFileAtomically } from '../../store/atomic.ts'
import { isLoopback } from '../download.ts'

/** The surroundings that git gets: an environment of its own and the protocols that it may speak. */
export type GitSettings = { environment: Record<string, string>; protocols: string[] }

/** One `url.<base>.insteadOf` of the user: addresses that begin with `prefix` are asked for at `base` instead. */
export type Rewrite = { base: string; prefix: string }

/** Of the host's variables only those that say how to reach the network, and where git is. */
const passedOn = [
  'PATH',
  'TMPDIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
]

/**
 * What git may do here, whatever the host, the server or a repository would have it do: no hooks, no filters (LFS and
 * others are only ever defined in configuration files, and none is read), no file system monitor, no password from
 * anywhere, no submodules on its own account, nothing in the background.
 *
 * It is a file, because git empties the variables that carry configuration before it starts its other end for a local
 * repository: `uploadpack` is for that end.
 */
const configuration = `[core]
	hooksPath = ${devNull}
	attributesFile = ${devNull}
	excludesFile = ${devNull}
	fsmonitor = false
	autocrlf = false
	eol = lf
	symlinks = true
	fileMode = true
	pager = cat
	askPass =
[credential]
	helper =
[http]
	followRedirects = initial
	lowSpeedLimit = 1000
	lowSpeedTime = 30
[protocol]
	version = 2
[fetch]
	unpackLimit = 1
	recurseSubmodules = no
	writeCommitGraph = false
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[submodule]
	recurse = false
[gc]
	auto = 0
[maintenance]
	auto = false
[advice]
	detachedHead = false
[init]
	defaultBranch = main
`

/**
 * @param options.folder where the configuration file and an empty home are put
 * @param options.trusted a local repository that the user named: git would refuse to read one of another owner. Reading
 * objects from it runs none of its programs, and nothing is checked out in it.
 */
export async function gitSettings(options: {
  folder: string
  protocols: string[]
  rewrites?: Rewrite[]
  trusted?: string
  env: NodeJS.ProcessEnv
}): Promise<GitSettings> {
  const { folder, protocols, rewrites = [], trusted, env } = options
  const text = trusted === undefined ? configuration : configuration + trust(trusted)
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const file = join(folder, `gitconfig-${digest}`)
  const home = join(folder, 'home')
  await mkdir(home, { recursive: true })
  await writeFileAtomically(file, text)
  const environment: Record<string, string> = {
    LC_ALL: 'C',
    // git's http library reads the home folder's .netrc.
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: file,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    // What is missing is fetched when this code asks for it, never by git on its own account.
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
  }
  for (const name of passedOn) if (env[name] !== undefined) environment[name] = env[name]
  rewrites.forEach(({ base, prefix }, index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = `url.${base}.insteadOf`
    environment[`GIT_CONFIG_VALUE_${index}`] = prefix
  })
  if (rewrites.length > 0) environment.GIT_CONFIG_COUNT = String(rewrites.length)
  return { environment, protocols }
}

/** Of a repository with a work tree, git looks at both folders. */
function trust(folder: string): string {
  return `[safe]\n\tdirectory = ${quoted(folder)}\n\tdirectory = ${quoted(`${folder}/.git`)}\n`
}

/** A value as git-config(1), "Syntax", has it; without quotes where git itself writes none. */
export function quoted(value: string): string {
  if (/^[\w:/.@~+%-]+$/.test(value)) return value
  return `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`
}

/**
 * The user's own `url.<base>.insteadOf`, which let a local mirror stand in for a remote. Those that lead to ssh or another
 * protocol that is not spoken here are left out, so that the address itself is asked.
 */
export async function userRewrites({ folder, env }: { folder: string; env: NodeJS.ProcessEnv }): Promise<Rewrite[]> {
  const guarded = Object.keys(env).filter((name) => name.startsWith('GIT_CONFIG'))
  const kept = [...passedOn, 'HOME', 'XDG_CONFIG_HOME', ...guarded]
  const environment = Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
  const instance = simpleGit({
    baseDir: folder,
    allowEnvironment: [...kept, 'GIT_DIR'],
    unsafe: { allowUnsafeConfigPaths: true, allowUnsafeConfigEnvCount: true, allowUnsafeUrlRewrite: true },
    // Status 1 says that there is none.
    errors: (_, { exitCode, stdErr }) => (exitCode > 1 ? Buffer.concat(stdErr) : undefined),
  }).env({ ...environment, GIT_DIR: join(folder, 'no-repository') })
  const listed = await instance.raw(['config', '--includes', '-z', '--get-regexp', '^url\\..*\\.insteadof$'])
  return listed.split('\0').flatMap((entry) => {
    const end = entry.indexOf('\n')
    if (end < 0) return []
    const base = entry.slice('url.'.length, entry.lastIndexOf('.', end))
    return spoken(base) ? [{ base, prefix: entry.slice(end + 1) }] : []
  })
}

function spoken(base: string): boolean {
  if (base.startsWith('/') || base.startsWith('file:///')) return true
  const url = URL.parse(base)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
}
