import { realpath, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { Problem } from '../model/problem.ts'

/** Options in the shape that npm-registry-fetch and pacote take: registry, scopes, tokens, proxy, certificates, timeouts. */
export type RegistryOptions = Record<string, unknown>

/** The part of @npmcli/config that is used here; it ships no types. */
type NpmConfig = {
  load(): Promise<void>
  validate(): boolean
  flat: Record<string, unknown>
}
type NpmConfigModule = new (options: Record<string, unknown>) => NpmConfig

/**
 * The user's npm configuration as npm itself would read it: `npm_config_*`, the user's, the global and the builtin npmrc.
 *
 * No project's .npmrc is read, so that running reproof inside a checkout of somebody else cannot send the user's tokens
 * to another host.
 *
 * @throws {Problem} CONFIGURATION_INVALID where npm would refuse it too: an unreadable cafile, credentials without a host.
 */
export async function readNpmConfiguration({ env }: { env: NodeJS.ProcessEnv }): Promise<RegistryOptions> {
  // Loading npm's definitions takes some 40 ms, which commands that need no registry should not pay.
  const require = createRequire(import.meta.url)
  const Config = require('@npmcli/config') as NpmConfigModule
  const definitions = require('@npmcli/config/lib/definitions/index.js') as Record<string, unknown>
  const npmPath = await findNpm(env)
  const config = new Config({
    ...definitions,
    npmPath,
    // npm writes what it finds into the environment that it is given.
    env: { ...env },
    // In global mode npm itself leaves the project's .npmrc out.
    argv: ['node', 'npm', '--global'],
    execPath: (await findProgram('node', env)) ?? process.execPath,
    cwd: npmPath,
    warn: false,
  })
  try {
    await config.load()
    config.validate()
    const { userAgent: _, ...options } = config.flat
    return options
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('CONFIGURATION_INVALID', `npm's configuration cannot be used: ${firstLine(reason)}`, {
      hint: 'See what npm reads with `npm config list`, and correct it with `npm config edit` or `npm config fix`.',
      cause: error,
    })
  }
}

/** npm's own folder, whose npmrc holds what the distribution has configured; a folder without one where there is no npm. */
async function findNpm(env: NodeJS.ProcessEnv): Promise<string> {
  const program = env.npm_execpath ?? (await findProgram('npm', env))
  return program === undefined
    ? dirname(process.execPath)
    : dirname(dirname(await realpath(program).catch(() => program)))
}

async function findProgram(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue
    const file = join(folder, name)
    const found = await stat(file).then(
      (status) => status.isFile(),
      () => false,
    )
    if (found) return file
  }
  return undefined
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
