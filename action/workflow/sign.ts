// The job that signs: it has an identity, checks out nothing, and runs nothing of the caller.
import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { SigningPlan } from '../../attestations/signing/sign.ts'
import type { Statement } from '../../attestations/statements/statement.ts'
import type { StatementName } from '../../attestations/statements/statements.ts'
import { bundleFile, writeBundle, writeBundles } from '../../attestations/write-bundles.ts'
import { planFor, signAll } from '../../cli/attesting.ts'
import { version } from '../../cli/version.ts'
import { hashFile } from '../../verifiers/compare/input.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { builderIds, claimsOf, invocationOf, type JobClaims, refuseToPublish, signerOf } from '../identity.ts'
import { readInputs } from '../inputs.ts'
import { readJob } from '../job.ts'
import { keptByGitHub, kinds, signedBefore, toSign } from '../signed-before.ts'
import { openUploads, type Uploads } from '../upload.ts'
import { openWorld, type World } from '../world.ts'
import { type HandedOver, takeOver } from './handover.ts'
import { runStep } from './job-step.ts'

await runStep(async (runner, environment) => {
  const { HANDOVER_FOLDER: folder = '', HANDOVER_SHA256: sha256 = '' } = environment
  const inputs = readInputs({ ...environment, INPUT_MODE: 'attest' })
  const world = openWorld(
    { inputs, job: await readJob(environment), runner },
    environment,
    new AbortController().signal,
  )
  const taken = await takeOver(resolve(folder), sha256)
  const plan = await planOf(world, environment)
  const claims = claimsOf(plan)
  refuseToPublish(claims, plan, inputs['public-log'])
  requireSource(taken, claims, world)
  const { digests } = await hashFile(taken.file)
  const uploads = openUploads(digests.sha256, world)
  const bundles = await bundlesOf(taken, { plan, claims, uploads }, world)
  const files = await writeBundles(dirname(taken.file), taken.fileName, bundles)
  await uploads.add(files.at(-1) ?? '')
  const names = files.map((file) => `<li><code>${file.slice(dirname(file).length + 1)}</code></li>`)
  await runner.summary(`### Signed\n\n<ul>\n${names.join('\n')}\n</ul>\n`)
  await runner.output('bundle-folder', dirname(taken.file))
  return 0
})

/** Services of one’s own come as text, because this job has no file of the caller. */
async function planOf({ job, context }: World, { SIGNING_CONFIG: text }: NodeJS.ProcessEnv): Promise<SigningPlan> {
  if (!text) return await planFor({}, context, { attended: false })
  const signingConfig = join(job.temporary, 'signing-config.json')
  await writeFile(signingConfig, z.string().max(1_000_000).parse(text))
  return await planFor({ signingConfig }, context, { attended: false })
}

/** What was rebuilt has to be the commit that the certificate will name. */
function requireSource({ statements }: HandedOver, { repository, sha }: JobClaims, { job }: World): void {
  const { externalParameters, resolvedDependencies } = statements.provenance.predicate.buildDefinition
  const { source } = externalParameters
  const commit = resolvedDependencies.find(({ uri }) => uri === source)?.digest?.gitCommit
  if (commit === sha && source.startsWith(`git+${job.server}/${repository}@`)) return
  throw new Problem('STATEMENT_INVALID', 'What was rebuilt is not the commit that this job is of; nothing is signed.', {
    details: { source },
  })
}

async function bundlesOf(
  { fileName, file, statements }: HandedOver,
  { plan, claims, uploads }: { plan: SigningPlan; claims: JobClaims; uploads: Uploads },
  { job, context, github, inputs, runner }: World,
): Promise<Map<StatementName, string>> {
  const { digests, size } = await hashFile(file)
  const { sha256, sha512 } = digests
  const known = {
    artifact: { name: fileName, digests: { sha256, sha512 }, size },
    folder: dirname(file),
    fileName,
    signer: signerOf(claims, job.server),
    commit: claims.sha,
    builder: builderIds.workflow,
    required: 'bit-identical' as const,
    trustRoots: plan.trustRoots,
    signal: context.signal,
  }
  const found = inputs.upload.has('attestations') ? await keptByGitHub(known, github) : []
  const kept = await signedBefore(known, found)
  const wanted = toSign(new Set(kept.keys()), (kind) => completed(kind, statements, claims, job.server))
  const keep = async (kind: StatementName, bundle: string) => {
    const path = bundleFile(dirname(file), fileName, kind)
    await writeBundle(path, bundle)
    await uploads.keep(kind, bundle, path)
  }
  const announce = (notice: string[]) => {
    for (const sentence of notice) runner.log(sentence)
  }
  for (const [kind, bundle] of kept) await keep(kind, bundle)
  const signed = await signAll(wanted, plan, { announce, onSigned: keep }, context)
  return new Map(kinds.map((kind) => [kind, kept.get(kind) ?? signed.get(kind)?.bundle ?? '']))
}

/** Who builds, and in which run, this job says itself: the other one had no token that would show it. */
function completed(
  kind: StatementName,
  { provenance, sbom, 'rebuild-result': result }: HandedOver['statements'],
  claims: JobClaims,
  server: string,
): Statement<unknown> {
  const builder = { id: builderIds.workflow, version: { reproof: version } }
  if (kind === 'sbom') return sbom
  if (kind === 'rebuild-result') return { ...result, predicate: { ...result.predicate, rebuilder: builder } }
  const { buildDefinition, runDetails } = provenance.predicate
  const metadata = { ...runDetails.metadata, invocationId: invocationOf(claims, server) }
  return { ...provenance, predicate: { buildDefinition, runDetails: { builder, metadata } } }
}
