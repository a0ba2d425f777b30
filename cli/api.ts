/**
 * What other programs may call: the commands of the same names, with the same options, as functions that return values.
 * Nothing here prints, asks a terminal or ends the process; what goes wrong is thrown as a `Problem`.
 */

import type { Inspection } from '../attestations/inspection/model.ts'
import type { Requirement } from '../attestations/policy/settle.ts'
import type { CheckReport, VariationId } from '../verifiers/model/check.ts'
import type { Comparison } from '../verifiers/model/comparison.ts'
import { Problem } from '../verifiers/model/problem.ts'
import type { Progress } from '../verifiers/model/progress.ts'
import type { Report } from '../verifiers/model/report.ts'
import type { Verdict } from '../verifiers/model/verdict.ts'
import type { EngineName } from '../verifiers/sandbox/options.ts'
import type { RunOptions, SigningOptions } from './attesting.ts'
import { type CliContext, foldersFrom } from './context.ts'
import type { ShownVerification } from './render/verification.ts'
import type { TrustOptions } from './trust.ts'

export type { Check } from '../attestations/verification/model.ts'
export type { ProblemCode } from '../verifiers/model/problem.ts'
export type { CheckReport, Comparison, Inspection, Problem, Progress, Report, Requirement, Verdict }

/** What all of them get of the world. */
export type Surroundings = {
  /** npm's configuration, proxies, REPROOF_CACHE and REPROOF_STATE, the identity of a CI job; default: the process's own. */
  environment?: NodeJS.ProcessEnv
  onProgress?: Progress
  signal?: AbortSignal
}

export type RebuildOptions = Surroundings & {
  /** `git+URL[#REF]`, a git folder, an archive, or `debian:NAME[@VERSION]`; default: where the registry's metadata leads. */
  source?: string
  engine?: EngineName
  /** Path of a recipe. */
  recipe?: string
  /** Folder for the run. */
  out?: string
  /** The weakest verdict that is good enough; decides `met` in the report. */
  require?: Verdict
  /** How often it is rebuilt at most, each time with what the differences suggest to change; 3 unless it says else. */
  attempts?: number
  /** Also builds anew what is committed of a build, and compares the two: `deep` of the report. */
  deep?: boolean
  /** Path of passes that look away from what they name. */
  pass?: string
  /** Leaves the work folder of the build. */
  keep?: boolean
}

/**
 * Rebuilds a published package and says whether it is the same. Everything that goes wrong after the run was opened is in
 * the report, as `problem`.
 *
 * @param artifact `npm:NAME[@VERSION]`, a `pkg:npm/…` purl, or the path or URL of a tarball
 * @throws {Problem} when no run could be opened
 */
export async function rebuild(artifact: string, options: RebuildOptions = {}): Promise<Report> {
  const [{ rebuildArtifact }, { openContext }] = await Promise.all([
    import('../verifiers/rebuild.ts'),
    import('./open-context.ts'),
  ])
  const { source, engine, recipe, out, pass, require: required = 'content-identical' } = options
  const { keep = false, attempts = 3, deep = false } = options
  const request = {
    spec: artifact,
    required,
    keep,
    attempts,
    ...(deep && { deep }),
    ...(pass !== undefined && { passFile: pass }),
    ...(source !== undefined && { source }),
    ...(engine !== undefined && { engine }),
    ...(recipe !== undefined && { recipeFile: recipe }),
    ...(out !== undefined && { out }),
  }
  return await rebuildArtifact(request, await openContext(contextOf(options)))
}

export type CheckOptions = Surroundings & {
  /** What is left as it is. */
  except?: readonly VariationId[]
  engine?: EngineName
  /** The weakest verdict that is good enough; `bit-identical` unless it says else. */
  require?: Verdict
  /** Saves the recipe as reproof.yaml in the folder. */
  write?: boolean
  /** Folder for the run. */
  out?: string
  /** Leaves the folders that were built in. */
  keep?: boolean
}

/**
 * Whether a package builds the same in other surroundings, and if not, what of them makes the difference and where the
 * project reads it. What goes wrong after the run was opened is in the report, as `problem`.
 *
 * @param folder of the package
 * @throws {Problem} when there is no package, or no run could be opened
 */
export async function check(folder: string, options: CheckOptions = {}): Promise<CheckReport> {
  const [{ checkFolder }, { openContext }] = await Promise.all([
    import('../verifiers/check/check.ts'),
    import('./open-context.ts'),
  ])
  const { except = [], engine, require: required = 'bit-identical', write = false, out, keep = false } = options
  const request = {
    folder,
    except,
    required,
    write,
    keep,
    ...(engine && { engine }),
    ...(out !== undefined && { out }),
  }
  return await checkFolder(request, await openContext(contextOf(options)))
}

/**
 * How far two package files are the same, and what differs.
 *
 * @throws {Problem} FILE_UNREADABLE
 */
export async function compare(published: string, rebuilt: string, options: Surroundings = {}): Promise<Comparison> {
  const [{ compareArtifacts }, { holdFiles }] = await Promise.all([
    import('../verifiers/compare/compare.ts'),
    import('../verifiers/compare/held-input.ts'),
  ])
  const { progress, signal } = contextOf(options)
  const sides = await holdFiles({ published, rebuilt }, { signal })
  return await compareArtifacts({ ...sides, progress, signal })
}

export type AttestOptions = Surroundings &
  RunOptions &
  Omit<SigningOptions, 'yes'> & {
    /** Of the private key; default: REPROOF_KEY_PASSWORD. */
    password?: string
    /** Folder for the bundles; default: `attestations/` in the run's folder. */
    out?: string
    /**
     * Told, in sentences, what others will be able to read for ever, before anything leaves the machine. Nothing is signed
     * unless it says `true`; without it the public services are never used.
     */
    agree?: (notice: string[]) => boolean | Promise<boolean>
  }

export type Attested = {
  statements: { kind: string; predicateType: string; subject: string; bundle: string }[]
  /** Paths that were written. */
  files: string[]
}

/**
 * Signs what a run found, with every dependency that took part, and writes the bundles.
 *
 * @param run as `reproof runs` lists it, or its folder: `report.run.folder`
 * @throws {Problem} RUN_NOT_FOUND, RUN_INCOMPLETE, NOT_AGREED, and what signing throws
 */
export async function attest(run: string, options: AttestOptions): Promise<Attested> {
  const [{ planFor, statementsOfReport, writeSigned, notAgreed }, { openRunReport }] = await Promise.all([
    import('./attesting.ts'),
    import('./run-report.ts'),
  ])
  const { password, agree, out } = options
  const context = contextOf(options)
  if (password !== undefined) context.environment = { ...context.environment, REPROOF_KEY_PASSWORD: password }
  const { report, folder } = await openRunReport(run, context)
  const prepared = await statementsOfReport(report, folder, options, context)
  const plan = await planFor(options, context, { attended: false })
  const announce = async (notice: string[]) => {
    const agreed = agree ? await agree(notice) : plan.isPublic !== true
    if (!agreed) throw notAgreed()
  }
  const written = await writeSigned({ ...prepared, folder: out ?? prepared.folder }, plan, { announce }, context)
  const statements = [...written.signed].map(([kind, { statement, bundle }]) => ({
    kind,
    predicateType: statement.predicateType,
    subject: statement.subject[0].name,
    bundle,
  }))
  return { statements, files: written.paths }
}

/** Whose signature counts, and by which authorities; `key` and `trustedRoot` are paths. */
export type Trust = Partial<TrustOptions>

export type VerifyOptions = Surroundings &
  Trust & {
    /** Paths of attestations in any format; default: those beside the file, kept on this machine, or in the registry. */
    bundle?: string[]
    sourceRepository?: string
    sourceCommit?: string
    sourceRef?: string
    builder?: string
    builderPattern?: string
    buildType?: string
    predicateType?: string
    /** All external parameters that the build may have had, with their values. */
    parameters?: Record<string, unknown>
    /** Path of a reproof.policy.yaml. */
    policy?: string
    /** Opens no connection. */
    offline?: boolean
  }

/** What went wrong in a way that is known: `code` for programs, `message` and `hint` for people. */
export function isProblem(error: unknown): error is Problem {
  return error instanceof Problem
}

/**
 * Whether somebody whose signature counts says the expected about a file: every check of every statement. `requirements`
 * has what a policy asks of all statements together.
 *
 * @param artifact path of a file, `sha256:…`, or `npm:NAME@VERSION`
 * @throws {Problem} SIGNER_NOT_NAMED, USAGE, FILE_UNREADABLE, POLICY_INVALID, TRUST_ROOT_INVALID, KEY_INVALID
 */
export async function verify(artifact: string, options: VerifyOptions = {}): Promise<ShownVerification> {
  const { verifyAll } = await import('./commands/verify.ts')
  const { parameters = {}, bundle = [], key = [], trustedRoot = [], ...rest } = options
  const parameter = Object.entries(parameters).map(([name, value]) => `${name}:=${JSON.stringify(value)}`)
  const flags = { ...rest, bundle, key, trustedRoot, parameter, verifiedLevel: [] }
  const { verifications } = await verifyAll([artifact], flags, contextOf(options))
  const [only] = verifications
  if (!only) throw new RangeError('one file was asked about')
  return only
}

/**
 * What attestations say, who signed them, every dependency, and what to look at first. Without trust nothing is verified.
 *
 * @param bundle path of attestations in any format, or a run
 * @throws {Problem} FILE_UNREADABLE, RUN_NOT_FOUND, RUN_INCOMPLETE, SIGNER_NOT_NAMED
 */
export async function inspect(bundle: string, options: Surroundings & Trust = {}): Promise<Inspection> {
  const { readInspected } = await import('./inspected.ts')
  const { key = [], trustedRoot = [], ...rest } = options
  const { inspection } = await readInspected(bundle, { ...rest, key, trustedRoot }, contextOf(options))
  return inspection
}

function contextOf({ environment = process.env, onProgress, signal }: Surroundings): CliContext {
  const nothing = () => undefined
  return {
    environment,
    ...foldersFrom(environment),
    write: nothing,
    say: nothing,
    progress: onProgress ?? nothing,
    signal: signal ?? new AbortController().signal,
    color: false,
    width: 80,
    setExitCode: nothing,
  }
}
