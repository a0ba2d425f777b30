import type { ManagerRequest, VersionRequest } from './ci/job.ts'
import type { CiFindings } from './ci.ts'
import { versionsInFile } from './hints.ts'
import { isManager, managersInstalledBy } from './managers.ts'
import type { BuildManifest } from './manifest.ts'
import { npmGenerations } from './npm-generation.ts'
import { identifyPacker, type Packer } from './packer.ts'
import type { Published } from './published.ts'
import type { SourceReader } from './reader.ts'
import { commandsOf, npmInstalledBy } from './shell.ts'

/**
 * What the tarball's bytes say of what packed it, and of npm's version where that was npm. lerna packs
 * with the libraries of npm 7 and later.
 *
 * @param options.sourceManifest text of the package's package.json in the source
 */
export function fingerprintsOf(options: {
  published: Published
  manifest: BuildManifest
  sourceManifest: string
  sourcePaths: string[]
}): {
  packer: Packer
  fingerprints: { versions: string; says: string }[]
} {
  const { published, manifest, sourceManifest, sourcePaths } = options
  const packer = identifyPacker(published, sourceManifest)
  if (isManager(packer.name)) return { packer, fingerprints: [] }
  const first = packer.versions === undefined ? [] : [{ versions: packer.versions, says: packer.says }]
  return { packer, fingerprints: [...first, ...npmGenerations(published, manifest, sourcePaths)] }
}

/** Node as the jobs that publish ask for it, in the order of the jobs; of a matrix the newest first. */
export async function nodeOfJobs({ jobs }: CiFindings, source: SourceReader): Promise<VersionRequest[]> {
  const requests: VersionRequest[] = []
  for (const job of jobs) {
    const found: VersionRequest[] = []
    for (const request of job.node) {
      if (request.kind === 'version') found.push(request)
      else found.push(...(await versionsInFile(source, request.path, `${request.from} ${request.path}`)))
    }
    requests.push(...found.sort((a, b) => major(b.spec) - major(a.spec)))
  }
  return requests
}

function major(spec: string): number {
  const digits = /\d+/.exec(spec)?.[0]
  return digits === undefined ? 0 : Number(digits)
}

/** Other package managers as the jobs that publish set them up, in the order of the jobs. */
export function managersOfJobs({ jobs }: CiFindings): ManagerRequest[] {
  return jobs.flatMap(({ from, managers = [], before }) => [
    ...before.flatMap(({ run }) =>
      commandsOf(run).flatMap((words) => managersInstalledBy(words, `${from} "${words.join(' ').slice(0, 80)}"`)),
    ),
    ...managers,
  ])
}

/** npm as the likeliest job installs it before it publishes. */
export function npmOfJobs({ jobs }: CiFindings): VersionRequest[] {
  const [job] = jobs
  if (job === undefined) return []
  return job.before.flatMap(({ run }) =>
    commandsOf(run).flatMap((words) => {
      const spec = npmInstalledBy(words)
      return spec === undefined
        ? []
        : [{ kind: 'version' as const, spec, from: `${job.from} "${words.join(' ').slice(0, 80)}"` }]
    }),
  )
}
