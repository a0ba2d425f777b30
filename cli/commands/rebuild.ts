import type { Command } from 'commander'
import type { SigningPlan } from '../../attestations/signing/sign.ts'
import { exitCodeOf, Problem } from '../../verifiers/model/problem.ts'
import type { ProblemReport, Report } from '../../verifiers/model/report.ts'
import type { Verdict } from '../../verifiers/model/verdict.ts'
import type { ManyRequest } from '../../verifiers/rebuild-many.ts'
import { addRunOptions, addSigningOptions, planFor, type RunOptions, type SigningOptions } from '../attesting.ts'
import { type CliContext, choice, sayProblem } from '../context.ts'
import { addFormatOptions, deliverReport, type FormatOptions } from '../report-formats.ts'
import type { Search, SeveralOptions } from '../several.ts'

type Options = SigningOptions &
  SeveralOptions &
  RunOptions &
  FormatOptions & {
    attest?: boolean
    source?: string
    engine?: string
    recipe?: string
    out?: string
    require: string
    attempts: string
    pass?: string
    keep?: boolean
    deep?: boolean
  }

export function registerRebuild(program: Command, context: CliContext): void {
  const command = program
    .command('rebuild')
    .argument('[artifact...]', 'npm:NAME[@VERSION], a pkg:npm/… purl, or the path or URL of a tarball')
    .option('--source <source>', 'git+URL[#REF], a git folder[#REF], an archive, or debian:NAME[@VERSION]')
    .option('--engine <engine>', 'bubblewrap, podman or docker; default: the first that works')
    .option('--recipe <file>', 'redo a saved recipe, or correct what is inferred with the lines in it')
    .option('--out <folder>', 'keep the run in this folder')
    .option('--require <verdict>', 'the weakest verdict that is good enough', 'content-identical')
    .option('--attempts <number>', 'rebuild up to so many times, each with what the differences suggest to change', '6')
    .option('--pass <file>', 'look away from what the passes in this file name, each with its reason')
    .option('--keep', 'keep the work folder of the build')
    .option('--deep', 'also build anew what is committed of the build output, and compare the two')
    .option('--list <file>', 'also rebuild what is in this file, one a line')
    .option('--from <lockfile>', 'also rebuild every package that a lockfile of npm, pnpm, yarn or bun names')
    .option('--changed-since <ref>', 'of that lockfile only what it did not name at this commit')
    .option('--scope <scope>', 'also rebuild the newest version of every package of this scope')
    .option('--maintainer <user>', 'also rebuild the newest version of every package that this user maintains')
    .option('--jobs <number>', 'how many at once; default: what processors and memory allow')
    .option('--attest', 'sign what was found, as `reproof attest` does, with the options below')
  addRunOptions(addSigningOptions(addFormatOptions(command))).action(async (artifacts: string[], options: Options) => {
    const [{ rebuildArtifact }, { verdicts }, { engineNames }, { renderReport }, { accountOfReport }, { openContext }] =
      await Promise.all([
        import('../../verifiers/rebuild.ts'),
        import('../../verifiers/model/verdict.ts'),
        import('../../verifiers/sandbox/options.ts'),
        import('../render/report.ts'),
        import('../render/account.ts'),
        import('../open-context.ts'),
      ])
    const required = choice('--require', options.require, verdicts.slice(0, 5))
    const engine = options.engine === undefined ? undefined : choice('--engine', options.engine, engineNames)
    const attempts = choice('--attempts', options.attempts, ['1', '2', '3', '4', '5', '6', '7', '8'])
    const [spec, ...more] = artifacts
    if (more.length > 0 || naming.some((name) => options[name] !== undefined)) {
      const request = { required, attempts: Number(attempts), keep: options.keep ?? false, ...(engine && { engine }) }
      return await several(artifacts, request, options, context)
    }
    if (spec === undefined) return command.error("error: missing required argument 'artifact'")
    const plan = options.attest ? await readyToSign(options, context) : assertNotSigning(options)
    const report = await rebuildArtifact(
      {
        spec,
        required,
        keep: options.keep ?? false,
        attempts: Number(attempts),
        ...(options.deep && { deep: true }),
        ...(options.pass !== undefined && { passFile: options.pass }),
        ...(options.source !== undefined && { source: options.source }),
        ...(engine !== undefined && { engine }),
        ...(options.recipe !== undefined && { recipeFile: options.recipe }),
        ...(options.out !== undefined && { out: options.out }),
      },
      await openContext(context),
    )
    const { problem } = report
    await deliverReport(
      {
        account: accountOfReport(report),
        json: () => report,
        text: () => renderReport(report, context),
        // Where nothing was found there is nothing to report but what went wrong.
        ...(report.artifact === undefined && problem && { instead: () => sayProblem(problemOf(problem), context) }),
      },
      options,
      context,
    )
    context.setExitCode(exitCodeFor(report, verdicts))
    if (options.attest && report.artifact && report.verdict) await attest(report, plan, options, context)
  })
}

async function several(
  artifacts: readonly string[],
  each: Omit<ManyRequest, 'specs' | 'jobs'>,
  options: Options,
  context: CliContext,
): Promise<void> {
  const [
    { readSpecs, refuseForSeveral },
    { rebuildSeveral },
    { openContext },
    { searchPackages },
    { defaultFetchLimits },
  ] = await Promise.all([
    import('../several.ts'),
    import('../rebuild-several.ts'),
    import('../open-context.ts'),
    import('../../verifiers/npm/resolve/search.ts'),
    import('../../verifiers/npm/resolve/fetch.ts'),
  ])
  refuseForSeveral(options, aboutOne)
  const jobs = options.jobs === undefined ? undefined : jobsOf(options.jobs)
  const search: Search = async (whose) =>
    searchPackages(whose, { ...(await openContext(context)), limits: defaultFetchLimits })
  const specs = await readSpecs(artifacts, options, search, context.say)
  await rebuildSeveral({ ...each, specs, ...(jobs && { jobs }) }, options, context)
}

const naming = ['list', 'from', 'changedSince', 'scope', 'maintainer'] as const

const aboutOne = ['source', 'recipe', 'out', 'pass', 'attest', 'sarif', 'markdown', 'deep'] as const

function jobsOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new Problem('USAGE', `--jobs is ${text}; it must be a number from 1 to 999.`)
}

/**
 * What was typed wrongly is said before a build that may take an hour. A key is read now; a login, and a token that lasts
 * minutes, have to wait until there is something to sign.
 */
async function readyToSign(options: Options, context: CliContext): Promise<SigningPlan | undefined> {
  const willLogIn = options.key === undefined && process.stdin.isTTY === true
  const plan = willLogIn ? undefined : await planFor(options, context)
  return plan?.signer.kind === 'key' ? plan : undefined
}

function assertNotSigning(options: Options): undefined {
  const names = ['key', 'identityToken', 'signingConfig', 'trustedRoot', 'provenance'] as const
  if (names.every((name) => options[name] === undefined)) return undefined
  throw new Problem('USAGE', 'It is said how to sign, and --attest is not given.', { hint: 'Add --attest.' })
}

/** One way of attesting: this is `reproof attest` of the run that has just ended. */
async function attest(
  report: Report,
  plan: SigningPlan | undefined,
  options: Options,
  context: CliContext,
): Promise<void> {
  const { statementsOfReport, writeSigned, signedLines } = await import('../attesting.ts')
  const folder = report.run?.folder
  if (folder === undefined) return
  const prepared = await statementsOfReport(report, folder, options, context)
  const written = await writeSigned(prepared, plan ?? (await planFor(options, context)), options, context)
  // Standard output has the report, and nothing else where a program reads it.
  const tell = options.json || options.markdown ? context.say : context.write
  tell(signedLines(written))
}

/**
 * 0 what was asked for is met, 1 it is not; where nothing could be decided, the exit code of what went wrong. What is
 * known to differ comes before what is not known of the second verdict.
 */
function exitCodeFor({ verdict, required, met, problem, deep }: Report, order: readonly Verdict[]): number {
  if (problem) return exitCodeOf(problem.code)
  const isFirstMet = verdict !== undefined && order.indexOf(verdict) <= order.indexOf(required)
  if (isFirstMet && deep?.problem) return exitCodeOf(deep.problem.code)
  return met ? 0 : 1
}

function problemOf({ code, message, hint, details }: ProblemReport): Problem {
  return new Problem(code, message, { ...(hint !== undefined && { hint }), details })
}
