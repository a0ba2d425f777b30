import type { Command } from 'commander'
import { exitCodeOf, Problem } from '../../verifiers/model/problem.ts'
import type { ProblemReport, Report } from '../../verifiers/model/report.ts'
import { type CliContext, choice, sayProblem } from '../context.ts'
import { renderJson } from '../render/json.ts'

type Options = {
  source?: string
  engine?: string
  recipe?: string
  out?: string
  require: string
  json?: boolean
  keep?: boolean
}

export function registerRebuild(program: Command, context: CliContext): void {
  program
    .command('rebuild')
    .argument('<artifact>', 'npm:NAME[@VERSION], a pkg:npm/… purl, or the path or URL of a tarball')
    .option('--source <source>', 'git+URL[#REF], a git folder[#REF], an archive, or debian:NAME[@VERSION]')
    .option('--engine <engine>', 'bubblewrap, podman or docker; default: the first that works')
    .option('--recipe <file>', 'redo a saved recipe, or correct what is inferred with the lines in it')
    .option('--out <folder>', 'keep the run in this folder')
    .option('--require <verdict>', 'the weakest verdict that is good enough', 'content-identical')
    .option('--json', 'print the report as JSON')
    .option('--keep', 'keep the work folder of the build')
    .action(async (spec: string, options: Options) => {
      const [{ rebuildArtifact }, { verdicts }, { engineNames }, { renderReport }, { openContext }] = await Promise.all(
        [
          import('../../verifiers/rebuild.ts'),
          import('../../verifiers/model/comparison.ts'),
          import('../../verifiers/sandbox/options.ts'),
          import('../render/report.ts'),
          import('../open-context.ts'),
        ],
      )
      const required = choice('--require', options.require, verdicts.slice(0, 5))
      const engine = options.engine === undefined ? undefined : choice('--engine', options.engine, engineNames)
      const report = await rebuildArtifact(
        {
          spec,
          required,
          keep: options.keep ?? false,
          ...(options.source !== undefined && { source: options.source }),
          ...(engine !== undefined && { engine }),
          ...(options.recipe !== undefined && { recipeFile: options.recipe }),
          ...(options.out !== undefined && { out: options.out }),
        },
        await openContext(context),
      )
      // Where nothing was found there is nothing to report but what went wrong.
      if (options.json) context.write(renderJson(report))
      else if (report.artifact === undefined && report.problem) sayProblem(problemOf(report.problem), context)
      else context.write(renderReport(report, context))
      context.setExitCode(exitCodeFor(report))
    })
}

/** 0 the verdict meets what was asked, 1 it does not; without one, the exit code of what went wrong. */
function exitCodeFor({ met, problem }: Report): number {
  return problem ? exitCodeOf(problem.code) : met ? 0 : 1
}

function problemOf({ code, message, hint, details }: ProblemReport): Problem {
  return new Problem(code, message, { ...(hint !== undefined && { hint }), details })
}
