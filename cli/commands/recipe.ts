import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { renderJson } from '../render/json.ts'

export function registerRecipe(program: Command, context: CliContext): void {
  program
    .command('recipe')
    .argument('<artifact>', 'as for rebuild')
    .option('--source <source>', 'as for rebuild')
    .option('--json', 'print the recipe as JSON, as --recipe takes it')
    .action(async (spec: string, options: { source?: string; json?: boolean }) => {
      const [{ planRebuild }, { renderRecipe }, { openContext }] = await Promise.all([
        import('../../verifiers/plan.ts'),
        import('../render/recipe.ts'),
        import('../open-context.ts'),
      ])
      const { source, recipe } = await planRebuild(
        { spec, ...(options.source !== undefined && { source: options.source }) },
        await openContext(context),
      )
      context.write(options.json ? renderJson(recipe) : renderRecipe(recipe, source, context))
    })
}
