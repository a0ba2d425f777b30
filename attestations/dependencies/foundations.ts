import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { type Lock, lockName, parseLock, readLockFile } from '../../verifiers/environment/lock.ts'
import type { Environment, Toolchain } from '../../verifiers/model/environment.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import type { Recipe } from '../../verifiers/model/recipe.ts'
import { canonicalJson } from '../statements/canonical.ts'
import type { Dependency, Finding } from './model.ts'

/**
 * The lock that a recipe's image was made of: the one that this version of reproof carries, when it is the same file.
 *
 * @throws {Problem} LOCK_INVALID when the recipe's image comes from another lock.
 */
export async function readImageLock({ image }: Environment): Promise<Lock> {
  const { bytes, sha256 } = await readLockFile(image)
  if (sha256 === image.lock) return parseLock(bytes, `The lock ${lockName(image)}`)
  throw new Problem(
    'LOCK_INVALID',
    `The image of this run was made of another lock of ${lockName(image)} than this version of reproof has.`,
    {
      hint: 'Attest with the version that did the rebuild, or do it again with this one.',
      details: { expected: image.lock, actual: sha256 },
    },
  )
}

/** What a build stands on: its source with everything that belongs to it, the recipe, the image and the tools. */
export function foundations(recipe: Recipe, lock: Lock): Dependency[] {
  const content = Buffer.from(canonicalJson(recipe))
  return [
    ...sources(recipe.source),
    {
      uri: recipe.schema,
      digests: { sha256: digest('sha256', content), sha512: digest('sha512', content) },
      role: 'recipe',
      evidence: 'both',
      content,
    },
    {
      uri: imageUri(recipe.environment),
      digests: { sha256: recipe.environment.image.digest.slice('sha256:'.length) },
      role: 'image',
      evidence: 'both',
    },
    ...lock.packages.map((locked): Dependency => {
      const qualifiers = { arch: locked.architecture, distro: lock.suite }
      const uri = new PackageURL('deb', 'debian', locked.name, locked.version, qualifiers, undefined).toString()
      return { uri, digests: { sha256: locked.sha256 }, role: 'os', evidence: 'both' }
    }),
    ...toolchainsOf(recipe).map(
      ({ purl, digests }): Dependency => ({
        uri: purl,
        digests: { sha256: digests.sha256, sha512: digests.sha512 },
        role: 'toolchain',
        evidence: 'both',
      }),
    ),
  ]
}

/** Of the files that the source's server has lost, and without which it was built: one for each. */
export function lostFindings(source: Recipe['source'], lost: readonly string[] = []): Finding[] {
  return lost.map((path) => ({
    id: 'SOURCE_FILE_LOST',
    severity: 'medium',
    uri: sourceUri(source),
    summary: `Its server has lost ${path.slice(0, 2048)}; it was built without this file.`,
  }))
}

/** Those that are mounted for the steps, and the one that compresses, where that is another. */
function toolchainsOf({ environment, compressor }: Recipe): Toolchain[] {
  const { toolchains } = environment
  const known = toolchains.some(({ purl }) => purl === compressor?.toolchain.purl)
  return compressor && !known ? [...toolchains, compressor.toolchain] : toolchains
}

/** https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md */
export function imageUri({ image: { variant, architecture, digest } }: Environment): string {
  return new PackageURL('oci', undefined, `reproof-${variant}`, digest, { arch: architecture }, undefined).toString()
}

function sources(source: Recipe['source']): Dependency[] {
  if (source.kind === 'git') {
    const { commit, tree } = source
    return [
      { uri: sourceUri(source), digests: { gitCommit: commit, gitTree: tree }, role: 'source', evidence: 'both' },
      ...source.submodules.map(
        ({ repository, commit }): Dependency => ({
          uri: gitUri(repository, commit),
          digests: { gitCommit: commit },
          role: 'source',
          evidence: 'both',
        }),
      ),
    ]
  }
  return [
    { uri: sourceUri(source), digests: { gitTree: source.tree }, role: 'source', evidence: 'both' },
    ...source.files.map(
      ({ name, sha256 }): Dependency => ({
        uri: `${sourceUri(source)}#${encodeURIComponent(name)}`,
        digests: { sha256 },
        role: 'source',
        evidence: 'both',
      }),
    ),
  ]
}

/**
 * Where a source is, as an SPDX download location: `git+https://host/o/r@refs/tags/v1`, or the archive's address. What is
 * only on this machine stands without its path, which is nobody else's business.
 * https://spdx.github.io/spdx-spec/v2.3/package-information/#77-package-download-location-field
 */
export function sourceUri(source: Recipe['source']): string {
  if (source.kind === 'git') {
    const isLocal = source.repository.startsWith('file:')
    return gitUri(source.repository, isLocal ? source.commit : (source.ref ?? source.commit))
  }
  return source.repository.startsWith('file:') ? `urn:reproof:local-source:${source.tree}` : source.repository
}

function gitUri(repository: string, at: string): string {
  if (repository.startsWith('file:')) return `urn:reproof:local-source:${at}`
  return `${repository.startsWith('git+') ? '' : 'git+'}${repository}@${at}`
}

function digest(algorithm: 'sha256' | 'sha512', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex')
}
