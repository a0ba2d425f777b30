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
}

/**
 * GitHub takes SLSA provenance of its own build type only; that of a rebuild goes with the release, or with
 * `npm publish --provenance-file`.
 */
const keptKinds: readonly StatementName[] = ['rebuild-result', 'sbom']

export type Uploads = {
  /** Puts one bundle where it was asked for, and is not yet. */
  keep(kind: StatementName, bundle: string, file: string): Promise<void>
  /** Adds a file that has several to the release, where that was asked for. */
  add(file: string): Promise<void>
  done: Uploaded
}

/** Of one file. What is there is asked for once, before the first is kept. @param sha256 of that file */
export function openUploads(sha256: string, world: World): Uploads {
  const { inputs, github } = world
  const done: Uploaded = { attestations: [] }
  const add = inputs.upload.has('release') ? openRelease(world) : async () => {}
  let asking: Promise<Set<string>> | undefined
  const there = () => {
    asking ??= keptNow(sha256, github).then((all) => new Set(all.map(signatureOf)))
    return asking
  }
  return {
    done,
    async keep(kind, bundle, file) {
      if (inputs.upload.has('attestations') && keptKinds.includes(kind)) {
        const isThere = (await there()).has(signatureOf(JSON.parse(bundle)))
        done.attestations.push({ kind, ...(!isThere && { id: await keepAttestation(github, bundle) }) })
      }
      await add(file)
    },
    add,
  }
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

/** @returns a function that adds a file to the release of the job, where it is not there yet */
function openRelease(world: World): (file: string) => Promise<void> {
  const { github } = world
  let finding: ReturnType<typeof find> | undefined
  const find = async () => {
    const release = await findRelease(github, releaseTag(world))
    return { release, assets: await assetsOf(github, release) }
  }
  return async (file) => {
    finding ??= find()
    const { release, assets } = await finding
    await addAsset(github, release, assets, { name: basename(file), bytes: await readFile(file) })
  }
}

/** @throws {Problem} USAGE where the job has none, and none was named. */
export function releaseTag({ inputs, job }: World): string {
  const tag = inputs['release-tag'] ?? /^refs\/tags\/(.+)$/.exec(job.ref)?.[1]
  if (tag !== undefined) return tag
  throw new Problem('USAGE', 'Files are to be added to a release, and the job was not started by a tag.', {
    hint: 'Name the release with `release-tag`.',
  })
}
