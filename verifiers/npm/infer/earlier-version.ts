import type { LocatedSource } from '../../source/located.ts'
import type { PlannedStep } from './build-steps.ts'
import type { Project } from './install-root.ts'
import type { ReleasePlugin } from './semantic-release.ts'
import { versionStep } from './steps.ts'

/** Steps around what the publishing job builds with. */
export type Earlier = { before: PlannedStep[]; after: PlannedStep[] }

const kept = '"$HOME/as-released"'

/**
 * semantic-release writes the version only when all of the job before it is done, and `@semantic-release/git` commits it
 * then: unless the job asks for it before, what it builds has the version that package.json had in the commit before.
 * https://github.com/semantic-release/git
 */
export async function earlierVersion(options: {
  own: Project
  plugins: readonly ReleasePlugin[]
  npmMajor: number
  version: string
  versionBefore: LocatedSource['versionBefore']
}): Promise<Earlier | undefined> {
  const { own, plugins, npmMajor, version, versionBefore } = options
  const plugin = plugins.find(({ name }) => name === '@semantic-release/git')
  if (plugin === undefined || own.manifest.version !== version) return undefined
  const earlier = await versionBefore?.()
  if (earlier === undefined || earlier === version) return undefined
  const { directory: cwd } = own
  const { from } = plugin
  const why = `semantic-release writes ${version} after the job has built, and commits it; until then it is ${earlier}`
  const says = 'The version that was published, as the release commit has it.'
  return {
    before: [
      { run: `mkdir ${kept} && cp -p package.json ${kept}/`, cwd, from, says: `${why}.` },
      { ...versionStep({ version: earlier, directory: cwd, npmMajor, why }), from },
    ],
    after: [{ run: `cp -p ${kept}/package.json .`, cwd, from, says }],
  }
}
