import { resolve } from 'node:path'
import type { RegistrySignatureCheck } from '../attestations/verification/registry-signature.ts'
import { withFacts } from '../cli/attesting.ts'
import { verifyAll } from '../cli/commands/verify.ts'
import { oneLine } from '../cli/context.ts'
import { openContext } from '../cli/open-context.ts'
import { openRegistrySignatures, type RegistrySignatures } from '../cli/registry-signature.ts'
import type { ShownVerification } from '../cli/render/verification.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { Report } from '../verifiers/model/report.ts'
import type { Verdict } from '../verifiers/model/verdict.ts'
import { parseArtifactSpec } from '../verifiers/npm/resolve/spec.ts'
import { rebuildArtifact } from '../verifiers/rebuild.ts'
import { openCarriers } from './carried.ts'
import { type Locked, lockedDependencies, type Wanted } from './changes.ts'
import { type Evidence, type Judged, judge } from './judge.ts'
import { tellVerified } from './verified.ts'
import type { Ended, World } from './world.ts'

/**
 * Signatures, provenance, rebuild and policy of published artifacts, of a lockfile, or of what a pull request adds to one.
 * Exit code 1 where something is known to be wrong; 3 where evidence was asked for and is missing.
 */
export async function verify(world: World): Promise<Ended> {
  const { inputs } = world
  const locked = await lockedOf(world)
  const named = inputs.artifact.map((spec): Wanted => ({ title: spec.replace(/^npm:/, ''), spec }))
  const wanted = [...named, ...(locked?.wanted ?? [])]
  if (wanted.length === 0 && locked === undefined) {
    throw new Problem('USAGE', 'Nothing is named that could be verified.', {
      hint: 'Name it with `artifact`, or `lockfile`; on a pull request what it adds to the lockfile is verified.',
    })
  }
  const faults = locked ? await provenanceFaults(locked, world) : new Map<string, string>()
  const signatures = await openRegistrySignatures(world.context)
  const carriers = openCarriers(world)
  const asked = { faults, signatures, carriers, world }
  const judged: Judged[] = []
  // A rebuild takes all there is; where nothing is rebuilt, most of the time is spent waiting for registries.
  const atOnce = inputs.rebuild ? 1 : 8
  for (let at = 0; at < wanted.length; at += atOnce) {
    const some = wanted.slice(at, at + atOnce)
    judged.push(...(await Promise.all(some.map(async (one) => judge(one, await evidenceFor(one, asked))))))
  }
  await tellVerified(judged, locked, world)
  if (judged.some(({ state }) => state === 'stopped')) return { code: 1 }
  const isMissing = judged.some(({ state }) => state === 'undecided')
  return { code: isMissing && (inputs['require-evidence'] || inputs.policy !== undefined) ? 3 : 0 }
}

async function lockedOf(world: World): Promise<Locked | undefined> {
  const { inputs, job } = world
  if (inputs.dependencies === 'none') return undefined
  if (inputs.dependencies !== 'auto') return await lockedDependencies(world, inputs.dependencies)
  if (job.pullRequest) return await lockedDependencies(world, 'changed')
  return inputs.lockfile === undefined ? undefined : await lockedDependencies(world, 'all')
}

const notAsked = ''

/** Of each dependency whose provenance does not hold, why; under `''` why nobody could be asked. */
async function provenanceFaults({ set }: Locked, { context, runner }: World): Promise<Map<string, string>> {
  if (set.dependencies.length === 0) return new Map()
  runner.log(`asking the registry for the provenance of ${set.dependencies.length} dependencies`)
  try {
    const { findings } = await withFacts(set, undefined, context)
    const invalid = findings.filter(({ id }) => id === 'PROVENANCE_INVALID')
    return new Map(invalid.map(({ uri, summary }) => [uri, summary.replace(/^.*?: /, '')]))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return new Map([[notAsked, error.message]])
  }
}

type Asked = {
  faults: ReadonlyMap<string, string>
  signatures: RegistrySignatures
  carriers: ReturnType<typeof openCarriers>
  world: World
}

async function evidenceFor(wanted: Wanted, { faults, signatures, carriers, world }: Asked): Promise<Evidence> {
  const { inputs, runner } = world
  const { spec, title, dependency, carried } = wanted
  runner.log(`verifying ${oneLine(title)}`)
  const carrying = carried && (await carriers(carried))
  if (carrying && 'by' in carrying) return { rebuild: inputs.rebuild, carrying }
  const provenanceFault = dependency && faults.get(dependency.uri)
  const unasked = dependency && faults.get(notAsked)
  const verification = spec === undefined ? undefined : await attestedBy(spec, world)
  const report = spec === undefined || !inputs.rebuild ? undefined : await rebuilt(spec, world)
  const registrySignature = spec === undefined ? undefined : await signedByRegistry(wanted, spec, report, signatures)
  return {
    rebuild: inputs.rebuild,
    ...(carrying && { carrying }),
    ...(registrySignature && { registrySignature }),
    ...(provenanceFault !== undefined && { provenanceFault }),
    ...(unasked !== undefined && { unasked }),
    ...(verification && { verification }),
    ...(report && { report }),
  }
}

/** What the registry signed, for the file that the lockfile pins; of a rebuild its metadata is at hand. */
async function signedByRegistry(
  { dependency }: Wanted,
  spec: string,
  report: Report | undefined,
  signatures: RegistrySignatures,
): Promise<RegistrySignatureCheck | undefined> {
  const { sha512, sha384, sha256, sha1 } = dependency?.digests ?? {}
  const pinned = { sha512, sha384, sha256, sha1 }
  const parsed = parseArtifactSpec(spec, { cwd: process.cwd() })
  if (parsed.kind !== 'registry') return undefined
  const { artifact } = report ?? {}
  if (artifact) return await signatures.check({ ...artifact, digests: dependency ? pinned : artifact.digests })
  const { name, wanted } = parsed
  return wanted.type === 'version' ? await signatures.ask({ name, version: wanted.spec, digests: pinned }) : undefined
}

/** What those say whose signature counts: whoever the policy or the inputs name. */
async function attestedBy(spec: string, { inputs, job, context }: World): Promise<ShownVerification | undefined> {
  const { policy } = inputs
  const identity = inputs['certificate-identity']
  const issuer = inputs['certificate-oidc-issuer']
  if (policy === undefined && identity === undefined) return undefined
  const root = inputs['trusted-root']
  const options = {
    key: [],
    trustedRoot: root === undefined ? [] : [resolve(job.workspace, root)],
    parameter: [],
    bundle: inputs['bundle-path'].map((path) => resolve(job.workspace, path)),
    verifiedLevel: [],
    ...(policy !== undefined && { policy: resolve(job.workspace, policy) }),
    ...(identity !== undefined && { certificateIdentity: identity }),
    ...(issuer !== undefined && { certificateOidcIssuer: issuer }),
  }
  const { verifications } = await verifyAll([spec], options, context)
  return verifications[0]
}

async function rebuilt(spec: string, { inputs, context }: World): Promise<Report> {
  const required = (inputs.require ?? 'content-identical') as Verdict
  const request = {
    spec,
    required,
    keep: false,
    attempts: inputs.attempts,
    ...(inputs.engine && { engine: inputs.engine }),
  }
  return await rebuildArtifact(request, await openContext(context))
}
