import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import { npmPurl } from '../npm/names.ts'
import { defaultFetchLimits } from '../npm/resolve/fetch.ts'
import { fetchPackument, type Packument } from '../npm/resolve/packument.ts'
import { fetchPublished } from '../npm/resolve.ts'
import type { ContentStore } from '../store/content.ts'
import type { Published } from './candidates.ts'
import { type Release, readRelease } from './release-files.ts'

/** A release of the registry, with what shows that it is that one. */
export type FetchedRelease = Release & { purl: string; integrity: string }

export type RegistryReleases = {
  published(name: string): Promise<Published[]>
  /** `undefined` where it cannot be had, is no package of programs, or nothing declares its digest. */
  release(name: string, version: string): Promise<FetchedRelease | undefined>
}

/** A registry that is slower than this is not waited for. In milliseconds, and bytes. */
const limits = { ...defaultFetchLimits, attempts: 1, silence: 4000, duration: 8000, tarball: 4 * 1024 * 1024 }

const deprecatedSchema = z.object({ deprecated: z.unknown() }).catch({ deprecated: undefined })

/** What a registry has of packages; each is asked for once. */
export function registryReleases(options: {
  store: ContentStore
  registry: RegistryOptions
  signal: AbortSignal
}): RegistryReleases {
  const { registry, signal } = options
  const packuments = new Map<string, Promise<Packument>>()
  const packumentOf = (name: string): Promise<Packument> => {
    const asked =
      packuments.get(name) ?? fetchPackument({ name, escapedName: name.replace('/', '%2f'), registry, limits, signal })
    packuments.set(name, asked)
    return asked
  }
  return {
    async published(name) {
      const { versions, time } = await packumentOf(name)
      const isExact = Object.hasOwn(time, 'created')
      return Object.entries(versions).map(([version, entry]) => {
        const at = isExact && Object.hasOwn(time, version) ? Date.parse(String(time[version])) : Number.NaN
        const { deprecated } = deprecatedSchema.parse(entry)
        return { version, publishedAt: Number.isNaN(at) ? undefined : at, isDeprecated: Boolean(deprecated) }
      })
    },
    async release(name, version) {
      const packument = await packumentOf(name)
      try {
        const wanted = { type: 'version', spec: version } as const
        const artifact = await fetchPublished(packument, wanted, { ...options, limits, progress: () => undefined })
        if (artifact.declared.length === 0) return undefined
        const read = await readRelease(options.store.read(artifact.digests.sha512), artifact.fileName, signal)
        if (read === undefined) return undefined
        const integrity = `sha512-${Buffer.from(artifact.digests.sha512, 'hex').toString('base64')}`
        return { ...read, purl: npmPurl(name, version), integrity }
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Problem && notHere.has(error.code)) return undefined
        throw error
      }
    },
  }
}

/** One release that is gone, too large or broken says nothing about the others. */
const notHere = new Set([
  'VERSION_NOT_FOUND',
  'PACKAGE_NOT_FOUND',
  'ARTIFACT_INTEGRITY_MISMATCH',
  'ARTIFACT_TOO_LARGE',
  'ARCHIVE_INVALID',
  'ARCHIVE_LIMIT_EXCEEDED',
])
