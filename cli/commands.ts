import type { Command } from 'commander'
import type { CliContext } from './context.ts'

export type CommandEntry = {
  name: string
  arguments: string
  /** For the list of commands and for its own help. */
  does: string
  /** Loads it, with its options and its action. */
  load: () => Promise<(program: Command, context: CliContext) => void>
}

/** What reproof can do. Only the command that is asked for is loaded, so that the list is there at once. */
export const commands: CommandEntry[] = [
  {
    name: 'rebuild',
    arguments: '<artifact>',
    does: 'rebuild a published package from its source and say whether it is the same',
    load: async () => (await import('./commands/rebuild.ts')).registerRebuild,
  },
  {
    name: 'check',
    arguments: '[folder]',
    does: 'build a package twice in different surroundings, and say what makes a difference and where',
    load: async () => (await import('./commands/check.ts')).registerCheck,
  },
  {
    name: 'compare',
    arguments: '<published> <rebuilt>',
    does: 'say how far two package files are the same, and what differs',
    load: async () => (await import('./commands/compare.ts')).registerCompare,
  },
  {
    name: 'recipe',
    arguments: '<artifact>',
    does: 'only find the source and infer how to rebuild; print the recipe and the evidence for each line of it',
    load: async () => (await import('./commands/recipe.ts')).registerRecipe,
  },
  {
    name: 'env',
    arguments: '<command>',
    does: 'the pinned base image: list, assemble, refresh the lock, write an OCI layout',
    load: async () => (await import('./commands/env.ts')).registerEnv,
  },
  {
    name: 'runs',
    arguments: '',
    does: 'list what was done on this machine, the newest first',
    load: async () => (await import('./commands/runs.ts')).registerRuns,
  },
  {
    name: 'show',
    arguments: '<run>',
    does: 'show one run: its verdict, how the source was found, the recipe, and what differs',
    load: async () => (await import('./commands/runs.ts')).registerRuns,
  },
  {
    name: 'passes',
    arguments: '',
    does: 'list what a comparison looks away from, and why that is safe',
    load: async () => (await import('./commands/passes.ts')).registerPasses,
  },
  {
    name: 'attest',
    arguments: '<run>',
    does: 'sign what a run found out, with every dependency that took part',
    load: async () => (await import('./commands/attest.ts')).registerAttest,
  },
  {
    name: 'verify',
    arguments: '<artifact...>',
    does: 'say whether somebody you trust says the expected about a file',
    load: async () => (await import('./commands/verify.ts')).registerVerify,
  },
  {
    name: 'inspect',
    arguments: '<bundle>',
    does: 'show what attestations say, who signed them, every dependency, and what to look at first',
    load: async () => (await import('./commands/inspect.ts')).registerInspect,
  },
  {
    name: 'diff',
    arguments: '<before> <after>',
    does: 'show what changed between the attestations of two releases',
    load: async () => (await import('./commands/diff.ts')).registerDiff,
  },
  {
    name: 'trust',
    arguments: '<command>',
    does: 'show whom verification believes, and fetch it anew',
    load: async () => (await import('./commands/trust.ts')).registerTrust,
  },
  {
    name: 'bundles',
    arguments: '<command>',
    does: 'the attestations that are kept on this machine: list, add, export',
    load: async () => (await import('./commands/bundles.ts')).registerBundles,
  },
  {
    name: 'sbom',
    arguments: '<run>',
    does: 'print a software bill of materials',
    load: async () => (await import('./commands/sbom.ts')).registerSbom,
  },
  {
    name: 'key',
    arguments: '<command>',
    does: 'make and show keys to sign with',
    load: async () => (await import('./commands/key.ts')).registerKey,
  },
]
