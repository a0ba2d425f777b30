import { createWriteStream } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import type { Recipe, Step } from './model/recipe.ts'
import { type Declaration, type LockingManager, readBounded, readLockfileDeclarations } from './network/declarations.ts'
import { gitConfiguration } from './network/environment.ts'
import { type GitDeclaration, gitAddress } from './network/git-address.ts'
import { openGitService } from './network/git-service.ts'
import { parseBoundedJson } from './network/json.ts'
import { defaultLimits } from './network/limits.ts'
import { startRecordingProxy } from './network/proxy.ts'
import type { RegistryOptions } from './npm/configuration.ts'
import { type Mount, proxyPort } from './sandbox/options.ts'
import { gitContext } from './source/git/context.ts'
import { remoteAt } from './source/git/remote.ts'
import { openRepository } from './source/git/repository.ts'
import type { ContentStore } from './store/content.ts'
import { temporaryFolder } from './store/temporary.ts'

export type NetworkContext = {
  recipe: Recipe
  registry: RegistryOptions
  store: ContentStore
  /** What all runs share: what is fetched of repositories is kept there. */
  cacheFolder: string
  /** Variables that say how to reach the network and where git's configuration is. */
  env: NodeJS.ProcessEnv
  /** The run's folder. */
  folder: string
  work: string
  home: string
  signal: AbortSignal
}

/** The recording proxy for one step: its socket, and what programs inside need to know to come through it. */
export async function openNetwork(step: Step, context: NetworkContext) {
  const { recipe, registry, store, folder, work, home, signal } = context
  // Short on purpose: the path of a Unix socket has room for 107 bytes, and a run's folder may be anywhere.
  const temporary = await temporaryFolder('reproof-')
  const ours = temporary.path
  const recording = createWriteStream(join(folder, 'network.jsonl'), { flags: 'a' })
  const socket = join(ours, 'proxy.sock')
  const place = join(work, step.cwd)
  const elsewhere = { commits: await manifestCommits(place), files: [] }
  const declared = await readLockfileDeclarations(place, managerOf(step), elsewhere)
  const { commits, files: named } = elsewhere
  const repositories = commits.map(({ repository }) => repository)
  const configured = commits.length > 0 ? await configureGit(home, repositories) : undefined
  const onRepositories = async (more: string[]) => {
    repositories.push(...more)
    if (configured) await writeFile(configured, gitConfiguration(repositories))
  }
  const proxy = await startRecordingProxy({
    socketPath: socket,
    registry,
    ...recipe.network,
    declared,
    files: named,
    ...(commits.length > 0 && {
      git: openGitService({ ...(await gitAccess(context)), declared: commits, folder: ours, onRepositories }),
    }),
    store,
    signal,
    onExchange: (exchange) => void recording.write(`${JSON.stringify(exchange)}\n`),
  })
  const { variables, files } = proxy.environment(proxyPort)
  const mounts: Mount[] = []
  for (const [index, { path, content }] of files.entries()) {
    const from = join(ours, `file-${index}`)
    await writeFile(from, content)
    mounts.push({ from, to: path, writable: false })
  }
  return {
    socket,
    variables: { ...variables, ...registryOfThePublisher(declared) },
    mounts,
    exchanges: proxy.exchanges,
    refusals: proxy.refusals,
    async [Symbol.asyncDispose]() {
      await proxy.close()
      if (configured) await rm(configured, { force: true })
      recording.end()
      await finished(recording)
      await temporary[Symbol.asyncDispose]()
    },
  }
}

const wanted = z.record(z.string(), z.unknown()).catch({})
const manifestSchema = z
  .object({ dependencies: wanted, devDependencies: wanted, optionalDependencies: wanted })
  .transform((kinds) => Object.values(kinds).flatMap((kind) => Object.values(kind)))
  .catch([])

/** What package.json itself pins, which counts where there is no lockfile. */
async function manifestCommits(folder: string): Promise<GitDeclaration[]> {
  const specs = manifestSchema.parse(await readManifest(folder))
  return specs.flatMap((spec) => (typeof spec === 'string' ? (gitAddress(spec) ?? []) : []))
}

/** What is no package.json leaves it to the package manager to say so. */
async function readManifest(folder: string): Promise<unknown> {
  try {
    return parseBoundedJson((await readBounded(folder, 'package.json')) ?? Buffer.from('{}'))
  } catch {
    return undefined
  }
}

/** Repositories are asked as sources are, and what is fetched of them is kept with those. */
async function gitAccess({ cacheFolder, env, store, signal }: NetworkContext) {
  const context = await gitContext({ folder: join(cacheFolder, 'sources'), env, signal })
  return {
    open: (address: string) => openRepository({ ...context, remote: remoteAt(address, context.rewrites) }),
    store,
    limit: defaultLimits.tarballBytes,
    stallMs: defaultLimits.idleMs,
    signal,
  }
}

/** In a file, because npm 6 passes few variables on to git. A configuration that is there already is left alone. */
async function configureGit(home: string, repositories: string[]): Promise<string | undefined> {
  const path = join(home, '.gitconfig')
  return await writeFile(path, gitConfiguration(repositories), { flag: 'wx' }).then(
    () => path,
    () => undefined,
  )
}

/** Whose lockfile counts: the first package manager that a step names, `pnpm install …`. */
function managerOf({ run }: Step): LockingManager {
  const name = /(?:^|[\s;&|])(npm|pnpm|yarn|bun)(?=\s)/.exec(run)?.[1]
  return name === 'pnpm' || name === 'yarn' || name === 'bun' ? name : 'npm'
}

/**
 * A lockfile that was made against a registry on the publisher's own machine names loopback, where inside nothing but the
 * proxy is. npm from 8 on can be told to ask its registry instead; it does so for one host.
 */
function registryOfThePublisher(declared: Declaration[]): Record<string, string> {
  const hosts = declared.map(({ url }) => URL.parse(url ?? '')?.hostname)
  const local = hosts.find((host) => host === 'localhost' || host === '127.0.0.1')
  return local === undefined ? {} : { npm_config_replace_registry_host: local }
}
