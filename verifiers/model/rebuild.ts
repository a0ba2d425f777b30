import { z } from 'zod'
import { digestsSchema } from './digest.ts'
import { problemCodes } from './problem.ts'

/** One request that a build made, as the recording proxy saw it. */
export const exchangeSchema = z.object({
  /** When it began, ISO 8601. */
  at: z.iso.datetime({ offset: true }),
  method: z.string().max(16),
  /** As the build asked for it, without credentials and query values that look like secrets. */
  url: z.string().max(8192),
  /** Of a package's file. */
  purl: z.string().max(1024).optional(),
  /** Of what a registry says about a package: that package, as a package URL without a version. */
  about: z.string().max(1024).optional(),
  /** Of a repository: which commits were given, each of which says all of its bytes. */
  git: z
    .object({
      repository: z.string().max(4096),
      commits: z.array(z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)).max(1000),
    })
    .optional(),
  status: z.int(),
  /** Bytes of the body that was passed on. */
  size: z.int().nonnegative(),
  sha512: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  from: z.enum(['cache', 'network', 'refused']),
  /** Who declared the digest that was checked. */
  declaredBy: z.enum(['lockfile', 'registry', 'nobody']).optional(),
  /** Of a request that was refused or came to nothing. */
  problem: z.enum(problemCodes).optional(),
  /** Of a refusal or a problem: why; of an answer: what could not be known. One sentence. */
  reason: z.string().max(1024).optional(),
})

export const stepResultSchema = z.object({
  phase: z.enum(['install', 'build', 'pack']),
  exitCode: z.int(),
  /** Wall clock in seconds. */
  seconds: z.number().nonnegative(),
  /** Highest sum over all processes that was seen, in bytes. */
  peakMemory: z.int().nonnegative().optional(),
})

/** What a recipe gave when it was run. */
export const rebuildSchema = z.object({
  engine: z.enum(['bubblewrap', 'podman', 'docker']),
  output: z.object({ fileName: z.string().max(512), size: z.int().nonnegative(), digests: digestsSchema }),
  exchanges: z.array(exchangeSchema).max(500_000),
  steps: z.array(stepResultSchema).max(64),
  /** Files of the source that its server has lost, and that were not there when it was built. */
  lost: z.array(z.string().max(8192)).max(100).optional(),
  startedAt: z.iso.datetime({ offset: true }),
  finishedAt: z.iso.datetime({ offset: true }),
})

export type Exchange = z.infer<typeof exchangeSchema>
export type StepResult = z.infer<typeof stepResultSchema>
export type Rebuild = z.infer<typeof rebuildSchema>
