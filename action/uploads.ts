import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../verifiers/model/problem.ts'
import { answered, askGitHub, type GitHub, listed, refusedBy, uploadToGitHub } from './github.ts'

const idSchema = z.object({ id: z.int().positive() })
const attesting = { what: 'keeping an attestation', permission: 'attestations: write' }

/**
 * Keeps a bundle as an attestation of the repository.
 *
 * @returns its id
 * @throws {Problem} ATTESTATIONS_UNREACHABLE
 */
export async function keepAttestation(github: GitHub, bundle: string): Promise<number> {
  const body = { bundle: JSON.parse(bundle) as unknown }
  const answer = await askGitHub(github, '/attestations', { ...attesting, method: 'POST', body })
  if (answer.status === 201) return answered(answer, idSchema, attesting.what).id
  if (answer.status !== 404) throw refusedBy(answer, attesting.what, attesting.permission)
  throw new Problem('ATTESTATIONS_UNREACHABLE', 'GitHub keeps no attestations for this repository (404).', {
    hint: 'The job needs `permissions: attestations: write`. Of private repositories GitHub keeps them with GitHub Enterprise Cloud only: say `upload: none`, or `upload: release`.',
    details: { status: 404 },
  })
}

const assetSchema = z.object({
  id: z.int(),
  name: z.string().max(1024),
  size: z.int().nonnegative(),
  digest: z.string().max(256).nullish(),
  url: z.string().max(4096),
  state: z.string().max(64),
})

const releaseSchema = z.object({
  id: z.int(),
  tag_name: z.string().max(1024),
  upload_url: z.string().max(4096),
})

export type Release = z.infer<typeof releaseSchema>
export type Asset = z.infer<typeof assetSchema>

const permission = 'contents: write'

/**
 * The release of a tag; a draft has no tag yet by which it could be asked for, and is found in the list.
 *
 * @throws {Problem} USAGE where there is none
 */
export async function findRelease(github: GitHub, tag: string): Promise<Release> {
  const what = `the release ${tag}`
  const answer = await askGitHub(github, `/releases/tags/${encodeURIComponent(tag)}`, { what, permission })
  if (answer.status === 200) return answered(answer, releaseSchema, what)
  if (answer.status !== 404) throw refusedBy(answer, what, permission)
  const all = await listed(github, '/releases?per_page=100', releaseSchema, { what, permission })
  const draft = all.find(({ tag_name: name }) => name === tag)
  if (draft) return draft
  throw new Problem('USAGE', `There is no release ${tag} to which files could be added.`, {
    hint: 'Make the release first, as a draft if you like, or name another with `release-tag`.',
  })
}

export async function assetsOf(github: GitHub, { id, tag_name: tag }: Release): Promise<Asset[]> {
  const request = { what: `the files of the release ${tag}`, permission }
  return await listed(github, `/releases/${id}/assets?per_page=100`, assetSchema, request)
}

const largestAsset = 32 * 1024 * 1024

/** @returns its bytes; nothing where it is larger than a bundle is, or gone. */
export async function readAsset(github: GitHub, { url, name, size }: Asset): Promise<Buffer | undefined> {
  if (size > largestAsset) return undefined
  const what = `the file ${name} of the release`
  const answer = await askGitHub(github, url, { what, permission, accept: 'application/octet-stream' })
  return answer.status === 200 ? answer.body : undefined
}

/**
 * Adds a file to a release, where it is not there yet.
 *
 * @param assets what the release has
 * @returns whether it had to be added
 * @throws {Problem} OUTPUT_NOT_EMPTY where it has another file of that name
 */
export async function addAsset(
  github: GitHub,
  release: Release,
  assets: readonly Asset[],
  { name, bytes }: { name: string; bytes: Buffer },
): Promise<boolean> {
  const there = assets.find((asset) => asset.name === name)
  if (there && there.state !== 'uploaded') {
    // What is left where an upload failed halfway: https://docs.github.com/en/rest/releases/assets#upload-a-release-asset
    await askGitHub(github, `/releases/assets/${there.id}`, {
      what: `removing half of ${name}`,
      permission,
      method: 'DELETE',
    })
  } else if (there) {
    if (await isSame(github, there, bytes)) return false
    throw new Problem('OUTPUT_NOT_EMPTY', `The release ${release.tag_name} has another file ${name} already.`, {
      hint: 'Delete it from the release if it is of an older build, and run the job again.',
    })
  }
  const what = `adding ${name} to the release ${release.tag_name}`
  // RFC 6570: `…/assets{?name,label}`.
  const address = `${release.upload_url.replace(/\{[^{}]*\}$/, '')}?name=${encodeURIComponent(name)}`
  const answer = await uploadToGitHub(github, address, bytes, { what, permission, mediaType: 'application/json' })
  if (answer.status !== 201) throw refusedBy(answer, what, permission)
  return true
}

async function isSame(github: GitHub, asset: Asset, bytes: Buffer): Promise<boolean> {
  if (asset.size !== bytes.length) return false
  if (asset.digest) return asset.digest === `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return (await readAsset(github, asset))?.equals(bytes) === true
}
