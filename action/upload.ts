import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { StatementName } from '../attestations/statements/statements.ts'
import { gitHubAttestations } from '../attestations/store/github.ts'
import { isRecord } from '../attestations/verification/model.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { GitHub } from './github.ts'
import { addAsset, assetsOf, findRelease, keepAttestation } from './uploads.ts'
import type { World } from './world.ts'

export type Uploaded = {
  /** `id` is absent where GitHub had it already, which does not say it then. */
  attestations: { kind: StatementName; id?: number }[]
  /** Names of files that the release has now. */
  assets: string[]
}

/**
 * GitHub takes SLSA provenance of its own build type only; that of a rebuild goes with the release, or with
 * `npm publish --provenance-file`.
 */
const keptKinds: readonly StatementName[] = ['rebuild-result', 'sbom']

/** Puts everything where it was asked for and is not yet. */
export async function upload(
  { bundles, files, sha256 }: { bundles: ReadonlyMap<StatementName, string>; files: string[]; sha256: string },
  world: World,
): Promise<Uploaded> {
  const { inputs, github } = world
  const attestations = inputs.upload.has('attestations') ? await keep(bundles, sha256, github) : []
  const assets = inputs.upload.has('release') ? await release(files, world) : []
  return { attestations, assets }
}

async function keep(
  bundles: ReadonlyMap<StatementName, string>,
  sha256: string,
  github: GitHub,
): Promise<Uploaded['attestations']> {
  const there = new Set((await keptNow(sha256, github)).map(signatureOf))
  const done: Uploaded['attestations'] = []
  for (const kind of keptKinds) {
    const bundle = bundles.get(kind)
    if (bundle === undefined) continue
    const isThere = there.has(signatureOf(JSON.parse(bundle)))
    done.push({ kind, ...(!isThere && { id: await keepAttestation(github, bundle) }) })
  }
  return done
}

async function keptNow(sha256: string, { repository, api, token, environment, signal }: GitHub): Promise<unknown[]> {
  const asked = { ...environment, GITHUB_API_URL: api, GITHUB_TOKEN: token, GH_TOKEN: undefined }
  const { attestations } = await gitHubAttestations({
    repository,
    digest: `sha256:${sha256}`,
    environment: asked,
    signal,
  })
  return attestations.flatMap((one) => ('raw' in one ? [one.raw] : []))
}

function signatureOf(bundle: unknown): string {
  const envelope = isRecord(bundle) && isRecord(bundle.dsseEnvelope) ? bundle.dsseEnvelope : {}
  const [first] = Array.isArray(envelope.signatures) ? envelope.signatures : []
  return isRecord(first) ? String(first.sig) : ''
}

async function release(files: string[], world: World): Promise<string[]> {
  const { github } = world
  const tag = releaseTag(world)
  const found = await findRelease(github, tag)
  const assets = await assetsOf(github, found)
  const names: string[] = []
  for (const file of files) {
    const name = basename(file)
    await addAsset(github, found, assets, { name, bytes: await readFile(file) })
    names.push(name)
  }
  return names
}

/** @throws {Problem} USAGE where the job has none, and none was named. */
export function releaseTag({ inputs, job }: World): string {
  const tag = inputs['release-tag'] ?? /^refs\/tags\/(.+)$/.exec(job.ref)?.[1]
  if (tag !== undefined) return tag
  throw new Problem('USAGE', 'Files are to be added to a release, and the job was not started by a tag.', {
    hint: 'Name the release with `release-tag`.',
  })
}
