import { glob, mkdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { SigningPlan } from '../attestations/signing/sign.ts'
import type { Statement } from '../attestations/statements/statement.ts'
import type { StatementName } from '../attestations/statements/statements.ts'
import type { Attestation } from '../attestations/verification/read.ts'
import { bundleFile, writeBundle, writeBundles } from '../attestations/write-bundles.ts'
import { planFor, signAll, statementsOfReport } from '../cli/attesting.ts'
import { oneLine } from '../cli/context.ts'
import { openContext } from '../cli/open-context.ts'
import { hashFile } from '../verifiers/compare/input.ts'
import { exitCodeOf, Problem } from '../verifiers/model/problem.ts'
import type { Report } from '../verifiers/model/report.ts'
import { type Verdict, verdicts } from '../verifiers/model/verdict.ts'
import { rebuildArtifact } from '../verifiers/rebuild.ts'
import { tellAttested } from './attested.ts'
import { compressedHere } from './compressed-here.ts'
import { builderOf, claimsOf, invocationOf, type JobClaims, refuseToPublish, signerOf } from './identity.ts'
import {
  type BeforeOptions,
  besideFile,
  keptByGitHub,
  kinds,
  onRelease,
  signedBefore,
  toSign,
} from './signed-before.ts'
import { openUploads, releaseTag, type Uploaded } from './upload.ts'
import type { Ended, World } from './world.ts'

/** What became of one file. */
export type Attested = {
  path: string
  /** Absent where everything had been signed before. */
  report?: Report
  verdict: Verdict | undefined
  met: boolean
  /** Provenance, where it was made in this run. */
  statements: ReadonlyMap<string, Statement<unknown>>
  bundles: ReadonlyMap<StatementName, string>
  /** Which of them an earlier run had signed. */
  before: ReadonlySet<StatementName>
  files: string[]
  uploaded: Uploaded
}

/**
 * Rebuilds what the job is about to publish, signs what was found only where the rebuild is the same, and keeps it where
 * users look for it. What an earlier run did is not done again.
 */
export async function attest(world: World): Promise<Ended> {
  const paths = await subjectsOf(world)
  // Without an identity nothing could be signed, which is said before a build that may take an hour.
  const claims = claimsOf(await planOf(world))
  if (world.inputs.upload.has('release')) releaseTag(world)
  const done: Attested[] = []
  for (const path of paths) done.push(await attestOne(path, claims, world))
  await tellAttested(done, world)
  const failed = done.find(({ met }) => !met)
  if (!failed) return { code: 0 }
  const { problem } = failed.report ?? {}
  return { code: problem ? exitCodeOf(problem.code) : 1 }
}

const mostSubjects = 64

/** @throws {Problem} USAGE where there is none, or too many. */
async function subjectsOf({ inputs, job }: World): Promise<string[]> {
  const patterns = inputs['subject-path']
  const found: string[] = []
  for (const pattern of patterns) {
    for await (const path of glob(pattern, { cwd: job.workspace })) found.push(resolve(job.workspace, path))
  }
  const paths = [...new Set(found)].sort()
  if (paths.length > mostSubjects) {
    throw new Problem('USAGE', `subject-path names ${paths.length} files, and ${mostSubjects} are done in one go.`)
  }
  if (paths.length > 0) return paths
  throw new Problem('USAGE', `No file is at subject-path: ${oneLine(patterns.join(', ')) || 'nothing was given'}.`, {
    hint: 'Name the package file that the job has built, such as the one that `npm pack` leaves.',
  })
}

async function planOf({ inputs, context }: World): Promise<SigningPlan> {
  const signingConfig = inputs['signing-config']
  const trustedRoot = inputs['trusted-root']
  const options = { ...(signingConfig && { signingConfig }), ...(trustedRoot && { trustedRoot }) }
  const plan = await planFor(options, context, { attended: false })
  refuseToPublish(claimsOf(plan), plan, inputs['public-log'])
  return plan
}

async function attestOne(path: string, claims: JobClaims, world: World): Promise<Attested> {
  const { inputs, job, context, runner } = world
  const { digests, size } = await hashFile(path, { signal: context.signal })
  const { sha256, sha512 } = digests
  const folder = resolve(job.workspace, inputs['bundle-folder'] ?? dirname(path))
  const required = (inputs.require ?? 'bit-identical') as Verdict
  const plan = await planOf(world)
  const known: BeforeOptions = {
    artifact: { name: basename(path), digests: { sha256, sha512 }, size },
    folder,
    fileName: basename(path),
    signer: signerOf(claims, job.server),
    commit: claims.sha,
    builder: builderOf(claims),
    required,
    trustRoots: plan.trustRoots,
    signal: context.signal,
  }
  const kept = await signedBefore(known, await everythingFound(known, world))
  const before = new Set(kept.keys())
  if (kept.size > 0) runner.log(`${basename(path)}: signed before: ${[...before].join(', ')}`)
  const isWhole = kinds.every((kind) => kept.has(kind))
  const uploads = openUploads(sha256, world)
  const keep: Making['keep'] = async (kind, bundle) => {
    await mkdir(folder, { recursive: true })
    const file = bundleFile(folder, basename(path), kind)
    await writeBundle(file, bundle)
    await uploads.keep(kind, bundle, file)
  }
  const made = isWhole ? undefined : await rebuildAndSign(path, { claims, required, sha512, before, keep }, world)
  if (made && !made.met) return { path, ...made, bundles: new Map(), before, files: [], uploaded: nothingUploaded() }
  const bundles = new Map(
    kinds.flatMap((kind) => {
      const bundle = kept.get(kind) ?? made?.bundles.get(kind)
      return bundle === undefined ? [] : [[kind, bundle] as const]
    }),
  )
  for (const [kind, bundle] of kept) await keep(kind, bundle)
  const files = await writeBundles(folder, basename(path), bundles)
  await uploads.add(files.at(-1) ?? '')
  const uploaded = uploads.done
  const nothing = { verdict: required, met: true, statements: new Map() }
  return { path, ...(made ?? nothing), bundles, before, files, uploaded }
}

const nothingUploaded = (): Uploaded => ({ attestations: [] })

/**
 * Where a place cannot be asked now, nobody knows what was signed before: then nothing is signed, rather than twice, and
 * nothing is built that could not be kept there.
 *
 * @throws {Problem} ATTESTATIONS_UNREACHABLE; USAGE where there is no such release
 */
async function everythingFound(known: BeforeOptions, world: World): Promise<Attestation[]> {
  const { inputs, github } = world
  return [
    ...(await besideFile(known)),
    ...(inputs.upload.has('attestations') ? await keptByGitHub(known, github) : []),
    ...(inputs.upload.has('release') ? await onRelease(known, github, releaseTag(world)) : []),
  ]
}

type Making = {
  claims: JobClaims
  required: Verdict
  sha512: string
  before: ReadonlySet<StatementName>
  /** Puts each where it lasts as soon as it is signed: a runner that dies later has not signed it in vain. */
  keep: (kind: StatementName, bundle: string) => Promise<void>
}

async function rebuildAndSign(path: string, { claims, required, sha512, before, keep }: Making, world: World) {
  const { inputs, job, context } = world
  const { repository, sha } = claims
  const report = await rebuildArtifact(
    {
      spec: path,
      source: inputs.source ?? `git+${job.server}/${repository}#${sha}`,
      required,
      keep: false,
      attempts: inputs.attempts,
      ...(inputs.engine && { engine: inputs.engine }),
      ...(inputs.recipe && { recipeFile: resolve(job.workspace, inputs.recipe) }),
    },
    await openContext(context),
  )
  const told = inputs['other-compressor'] ? report : compressedHere(report)
  const { verdict, run, artifact } = told
  const met = verdict !== undefined && verdicts.indexOf(verdict) <= verdicts.indexOf(required)
  const refused = {
    report: { ...told, met },
    verdict,
    met: false,
    statements: new Map<string, Statement<unknown>>(),
    bundles: new Map(),
  }
  if (!met || !run || !artifact) return refused
  const folder = run.folder
  const options = { builder: builderOf(claims), invocation: invocationOf(claims, job.server) }
  const { statements } = await statementsOfReport(report, folder, options, context)
  await requireUnchanged(path, sha512, artifact.digests.sha512)
  // Anew, because a token lasts for minutes and a build may take longer.
  const plan = await planOf(world)
  const wanted = toSign(before, (kind) => statements.get(kind))
  const signed = await signAll(wanted, plan, { announce: (notice) => announce(notice, world), onSigned: keep }, context)
  const bundles = new Map([...signed].map(([kind, { bundle }]) => [kind, bundle]))
  return { report, verdict, met, statements, bundles }
}

/** @throws {Problem} ARTIFACT_INTEGRITY_MISMATCH where something was put in the file’s place while it was rebuilt. */
async function requireUnchanged(path: string, before: string, rebuilt: string): Promise<void> {
  const { digests } = await hashFile(path)
  if (digests.sha512 === before && before === rebuilt) return
  throw new Problem(
    'ARTIFACT_INTEGRITY_MISMATCH',
    `${basename(path)} was changed while it was rebuilt; nothing was signed.`,
    {
      hint: 'See which step of the job still writes to it.',
      details: { before, after: digests.sha512 },
    },
  )
}

/** Whoever puts `mode: attest` and `id-token: write` into a public repository agreed to it. */
function announce(notice: string[], { runner }: World): void {
  runner.log('What others will see of it:')
  for (const sentence of notice) runner.log(`  ${sentence}`)
}
