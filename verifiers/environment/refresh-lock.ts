import type { Architecture } from '../model/environment.ts'
import { Problem, problemFrom } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import { type Release, releaseIndex, verifiedRelease } from '../source/apt.ts'
import { decompressed } from '../source/decompress.ts'
import type { ContentStore } from '../store/content.ts'
import { type PackageIndex, readPackageIndex, resolvePackages } from './debian/resolve.ts'
import { type Lock, lockSchemaUri, readSeeds, type Variant } from './lock.ts'
import { type Archives, archiveMirrors } from './packages.ts'

/** Its last point release is out and its pool is frozen, so that what a lock names stays where it is. */
const suite = 'bookworm'
const component = 'main'
/** Of an index that is unpacked, in bytes: several times what the largest suite has. */
const maximumIndex = 512 * 1024 * 1024

export type RefreshLockOptions = {
  variants: Variant[]
  architecture: Architecture
  store: ContentStore
  /** From the user's configuration; the host's own apt comes before them. */
  mirrors: string[]
  archives?: Archives
  /** Folder with the seeds; default: the one that comes with reproof. */
  locks?: string
  now: () => Date
  progress: Progress
  signal: AbortSignal
}

/**
 * What the archive has now, as locks: one for each variant, in their order.
 *
 * @throws {Problem} IMAGE_PACKAGE_UNAVAILABLE when no mirror answers, SOURCE_SIGNATURE_INVALID, LOCK_INVALID
 */
export async function resolveLocks(options: RefreshLockOptions): Promise<Lock[]> {
  const { variants, architecture, locks, progress } = options
  const release = await fetchRelease(options)
  if (release.signature === 'unchecked') {
    const text = 'The release file was not checked: gpgv or the keyring of the Debian archive is not installed.'
    progress({ type: 'notice', stage: 'environment', text })
  }
  progress({ type: 'activity', stage: 'environment', text: `reading the ${architecture} package index` })
  const index = await fetchIndex(release, options)
  const { version, date } = pointRelease(release)
  return Promise.all(
    variants.map(async (variant) => {
      const packages = resolvePackages(index, await readSeeds(variant, locks))
      return {
        schema: lockSchemaUri,
        variant,
        architecture,
        suite,
        component,
        release: version,
        snapshot: date.toISOString().replace(/[-:]|\.\d+/g, ''),
        signedBy: release.signers,
        packages: packages.map(({ name, version, architecture: built, size, sha256, path }) => ({
          name,
          version,
          architecture: built === 'all' ? 'all' : architecture,
          size,
          sha256,
          path,
        })),
      } satisfies Lock
    }),
  )
}

async function fetchRelease(options: RefreshLockOptions): Promise<Release> {
  const { store, now, signal } = options
  const tried: string[] = []
  for (const uri of await archiveMirrors(options)) {
    try {
      const release = await verifiedRelease({ uri, suite, store, now, signal, codes })
      if (release.fields.get('codename') === suite) return release
      tried.push(`${uri} has ${release.fields.get('codename')} as ${suite}.`)
    } catch (error) {
      const problem = problemFrom(error)
      if (problem.code !== codes.unreachable && problem.code !== 'SOURCE_REFUSED') throw problem
      tried.push(problem.message)
    }
  }
  throw new Problem('IMAGE_PACKAGE_UNAVAILABLE', `No mirror of the Debian archive answers. ${tried.join(' ')}`.trim(), {
    hint: 'Run this where apt is configured for Debian, or name a mirror in the configuration.',
    details: { tried },
  })
}

const codes = { unreachable: 'IMAGE_PACKAGE_UNAVAILABLE', mismatch: 'IMAGE_PACKAGE_MISMATCH' } as const

async function fetchIndex(release: Release, options: RefreshLockOptions): Promise<PackageIndex> {
  const { architecture, store, signal } = options
  const path = `${component}/binary-${architecture}/Packages`
  const { digests, compression } = await releaseIndex({ release, path, store, signal, codes })
  const bytes = decompressed(store.read(digests.sha512), { compression, limit: maximumIndex, what: path })
  return readPackageIndex(bytes)
}

function pointRelease({ fields }: Release): { version: string; date: Date } {
  const version = fields.get('version')
  const date = new Date(fields.get('date') ?? '')
  if (version === undefined || Number.isNaN(date.getTime())) {
    throw new Problem('LOCK_INVALID', `The release file of ${suite} has no Version or no Date.`)
  }
  return { version, date }
}
