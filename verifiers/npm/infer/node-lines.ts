import { Readable } from 'node:stream'
import semver from 'semver'
import { z } from 'zod'
import { nodePackage } from '../../environment/toolchain.ts'
import type { Architecture } from '../../model/environment.ts'
import type { Progress } from '../../model/progress.ts'
import type { ContentStore } from '../../store/content.ts'
import type { RegistryOptions } from '../configuration.ts'
import { resolveArtifact } from '../resolve.ts'
import { readTarball } from '../tarball.ts'

const releaseSchema = z.object({
  version: z.string().max(64),
  /** Day of the release, in milliseconds since 1970. */
  releasedAt: z.number().optional(),
  /** The npm that it came with. */
  npm: z.string().max(64).optional(),
})

/** A release of Node, with what its own change log says of it. */
export type NodeRelease = z.infer<typeof releaseSchema>

export type NodeLineOptions = {
  architecture: Architecture
  store: ContentStore
  registry: RegistryOptions
  progress: Progress
  signal: AbortSignal
}

const changeLogLimit = 32 * 1024 * 1024

/**
 * Releases of one line of Node, newest first, from the change log that its newest package carries: the registry's times
 * are not Node's where a mirror answers, and no table of ours could know tomorrow's releases.
 *
 * @param version the newest of the line that can be had
 */
export async function readNodeLine(version: string, options: NodeLineOptions): Promise<NodeRelease[]> {
  const { architecture, store, signal } = options
  const key = `node-releases:${architecture}:${version}`
  const kept = z.array(releaseSchema).safeParse((await store.recall(key))?.metadata)
  if (kept.success) return kept.data
  const progress: Progress = (event) => options.progress({ ...event, stage: 'recipe' })
  const { artifact, open } = await resolveArtifact({
    ...options,
    progress,
    spec: `${nodePackage(architecture)}@${version}`,
  })
  let text = ''
  await readTarball({
    source: open(),
    what: artifact.fileName,
    signal,
    onEntry({ path, size }) {
      if (!/^[^/]+\/CHANGELOG\.md$/.test(path) || size > changeLogLimit) return undefined
      const chunks: Uint8Array[] = []
      return {
        data: (chunk) => chunks.push(chunk),
        end() {
          text = Buffer.concat(chunks).toString('utf8')
        },
      }
    },
  })
  const releases = parseChangeLog(text, semver.major(version))
  // Kept with bytes of their own: what is recalled is read through, and the package has 50 MB.
  const bytes = Buffer.from(JSON.stringify(releases))
  const content = await store.write(Readable.from([bytes]), { limit: bytes.length, what: key })
  await store.remember(key, content, releases)
  return releases
}

/** `## 2023-11-30, Version 21.3.0 (Current)`, and below it what was done: `**deps**: upgrade npm to 10.2.4`. */
export function parseChangeLog(text: string, major: number): NodeRelease[] {
  const releases: NodeRelease[] = []
  for (const section of text.split(/^## (?=\d{4}-\d\d-\d\d, Version )/m).slice(1, 2000)) {
    const heading = /^(\d{4}-\d\d-\d\d), Version (\d+\.\d+\.\d+)\b/.exec(section)
    const [, day, version] = heading ?? []
    if (day === undefined || version === undefined || semver.major(version) !== major) continue
    const npm = npmNamedIn(section)
    releases.push({ version, releasedAt: Date.parse(day), ...(npm !== undefined && { npm }) })
  }
  releases.sort((a, b) => semver.compare(a.version, b.version))
  let npm: string | undefined
  for (const release of releases) {
    npm = release.npm ?? npm
    if (npm !== undefined) release.npm = npm
  }
  return releases.reverse()
}

function npmNamedIn(section: string): string | undefined {
  const named: string[] = []
  for (const line of section.split('\n')) {
    const version = /\b(?:upgrade|update|updated|bump) npm to v?(\d+\.\d+\.\d+)\b/i.exec(line)?.[1]
    if (version !== undefined && !/revert/i.test(line)) named.push(version)
  }
  return named.sort(semver.rcompare)[0]
}
