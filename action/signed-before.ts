import { provenanceType } from '../attestations/statements/provenance.ts'
import { sbomType } from '../attestations/statements/sbom.ts'
import type { Statement } from '../attestations/statements/statement.ts'
import type { StatementName } from '../attestations/statements/statements.ts'
import { rebuildResultType } from '../attestations/statements/types.ts'
import { gitHubAttestations } from '../attestations/store/github.ts'
import type { VerifiedArtifact } from '../attestations/verification/artifact.ts'
import { readBounded } from '../attestations/verification/bounded-file.ts'
import { isRecord } from '../attestations/verification/model.ts'
import { type Attestation, readAttestations } from '../attestations/verification/read.ts'
import type { TrustRoot } from '../attestations/verification/trust-root.ts'
import { type StatementResult, verifyArtifact } from '../attestations/verification/verify.ts'
import { bundleFile } from '../attestations/write-bundles.ts'
import { type Verdict, verdicts } from '../verifiers/model/verdict.ts'
import type { GitHub } from './github.ts'
import { assetsOf, findRelease, readAsset } from './uploads.ts'

export const kinds: readonly StatementName[] = ['provenance', 'sbom', 'rebuild-result']

export type BeforeOptions = {
  artifact: VerifiedArtifact
  /** Where bundles stand, and how their names begin. */
  folder: string
  fileName: string
  /** Who would sign now. */
  signer: { identity: string; issuer: string }
  /** That it would be signed for. */
  commit: string
  builder: string
  required: Verdict
  trustRoots: TrustRoot[]
  signal: AbortSignal
}

/**
 * What an earlier run of this job signed before it died, or was run again: each of them verified, by the same identity,
 * for the same commit, about the same bytes. That need not be signed again.
 *
 * @returns bundles by what they say
 */
export async function signedBefore(
  options: BeforeOptions,
  found: readonly Attestation[],
): Promise<Map<StatementName, string>> {
  const { artifact, signer, trustRoots, signal } = options
  const signers = [{ identity: { exactly: signer.identity }, issuer: { exactly: signer.issuer } }]
  const bundles = new Map<StatementName, string>()
  for (const attestation of found) {
    if (!('raw' in attestation)) continue
    const attestations = [attestation]
    const { statements } = await verifyArtifact({
      artifact,
      attestations,
      expectations: { signers },
      trustRoots,
      signal,
    })
    const kind = statements[0] && kindOf(statements[0], options)
    if (kind !== undefined && !bundles.has(kind)) bundles.set(kind, JSON.stringify(attestation.raw))
  }
  return bundles
}

function kindOf(result: StatementResult, { commit, builder, required }: BeforeOptions): StatementName | undefined {
  const { verdict, checks, statement } = result
  const evidence = checks.find(({ id }) => id === 'identity')?.evidence
  const extensions = isRecord(evidence?.extensions) ? evidence.extensions : {}
  if (verdict !== 'verified' || !statement || extensions.sourceRepositoryDigest !== commit) return undefined
  const { predicateType, predicate } = statement
  if (predicateType === provenanceType) return statement.builder === builder ? 'provenance' : undefined
  if (predicateType === sbomType) return 'sbom'
  if (predicateType !== rebuildResultType) return undefined
  const rebuilder = isRecord(predicate.rebuilder) ? predicate.rebuilder.id : undefined
  const order: readonly unknown[] = verdicts
  const rank = order.indexOf(predicate.verdict)
  return rebuilder === builder && rank >= 0 && rank <= verdicts.indexOf(required) ? 'rebuild-result' : undefined
}

/**
 * What is still to be signed. What GitHub keeps comes first, because each is kept before the next is signed, and what it
 * does not keep is lost with the disk of a runner that dies.
 */
export function toSign(
  before: ReadonlySet<StatementName>,
  statementOf: (kind: StatementName) => Statement<unknown> | undefined,
): Map<StatementName, Statement<unknown>> {
  return new Map(
    kinds.toReversed().flatMap((kind) => {
      const statement = before.has(kind) ? undefined : statementOf(kind)
      return statement ? [[kind, statement] as const] : []
    }),
  )
}

/** The bundles beside the file. */
export async function besideFile({ folder, fileName }: BeforeOptions): Promise<Attestation[]> {
  const found: Attestation[] = []
  for (const kind of kinds) {
    const file = bundleFile(folder, fileName, kind)
    const bytes = await readBounded(file).catch(() => undefined)
    if (bytes) found.push(...readAttestations({ bytes, file }).attestations)
  }
  return found
}

/** @throws {Problem} ATTESTATIONS_UNREACHABLE */
export async function keptByGitHub({ artifact }: BeforeOptions, github: GitHub): Promise<Attestation[]> {
  const { repository, api, token, environment, signal } = github
  const digest = `sha256:${artifact.digests.sha256}`
  const asked = { ...environment, GITHUB_API_URL: api, GITHUB_TOKEN: token, GH_TOKEN: undefined }
  return (await gitHubAttestations({ repository, digest, environment: asked, signal })).attestations
}

/** @throws {Problem} USAGE where there is no such release */
export async function onRelease({ fileName }: BeforeOptions, github: GitHub, tag: string): Promise<Attestation[]> {
  const assets = await assetsOf(github, await findRelease(github, tag))
  const found: Attestation[] = []
  for (const kind of kinds) {
    const asset = assets.find(({ name }) => name === `${fileName}.${kind}.sigstore.json`)
    const bytes = asset && (await readAsset(github, asset))
    if (asset && bytes) found.push(...readAttestations({ bytes, file: asset.name }).attestations)
  }
  return found
}
