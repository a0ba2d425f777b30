import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultGitLimits, type GitLimits } from './cache.ts'
import { userRewrites } from './settings.ts'

type Surroundings = {
  /** Where sources are kept, shared by all runs. */
  folder: string
  env: NodeJS.ProcessEnv
  limits?: { git?: GitLimits }
}

/** The same with what asking a repository needs besides its address: where objects are kept, the user's `insteadOf`, limits. */
export async function gitContext<Options extends Surroundings>(options: Options) {
  const folder = join(options.folder, 'git')
  await mkdir(folder, { recursive: true })
  const rewrites = await userRewrites({ folder, env: options.env })
  return { ...options, folder, rewrites, limits: options.limits?.git ?? defaultGitLimits }
}
