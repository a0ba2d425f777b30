import { z } from 'zod'
import { comparisonSchema, differenceSchema, verdictSchema } from './comparison.ts'
import { sha256Schema } from './digest.ts'
import { problemCodes } from './problem.ts'
import { rebuildSchema } from './rebuild.ts'
import { recipeSchema } from './recipe.ts'
import { problemReportSchema } from './report.ts'

export const checkSchemaUri = 'https://reproof.dev/check/v1'

/** What two builds are given differently on purpose. */
export const variationIds = [
  'clock',
  'timezone',
  'locale',
  'umask',
  'user',
  'home',
  'hostname',
  'path',
  'processors',
  'order',
  'terminal',
  'ci',
  'variables',
] as const

const variationIdSchema = z.enum(variationIds)

const variedSchema = z.object({
  id: variationIdSchema,
  /** A few words: `time zone`. */
  title: z.string().max(64),
  /** What the first build has, and what the second one has. */
  from: z.string().max(1024),
  to: z.string().max(1024),
})

const notVariedSchema = variedSchema.pick({ id: true, title: true }).extend({ why: z.string().max(1024) })

const failureSchema = z.object({
  code: z.enum(problemCodes),
  message: z.string().max(70_000),
  /** Last lines of what the build said. */
  log: z.string().max(20_000).optional(),
})

/** What a build left, or why it left nothing. */
export const outcomeSchema = z.union([
  z.object({ output: rebuildSchema.shape.output, seconds: z.number().nonnegative() }),
  z.object({ problem: failureSchema, seconds: z.number().nonnegative() }),
])

/** One line of the project that may be why. */
const placeSchema = z.object({
  /** Relative to the root of the source. */
  file: z.string().max(4096),
  /** Counted from 1. */
  line: z.int().positive(),
  text: z.string().max(240),
  /** What it does, in a few words. */
  says: z.string().max(256),
})

const findingSchema = z.object({
  kind: z.enum(['variation', 'nondeterminism']),
  /** More than one: they only do it together. None: it differs by itself. */
  variations: z.array(variationIdSchema),
  title: z.string().max(256),
  advice: z.string().max(1024),
  /** Of the package; `''` is the archive itself. */
  paths: z.array(z.string().max(65_536)).max(100),
  /** Between two builds that differ in nothing else. */
  differences: z.array(differenceSchema).max(2000),
  /** The likeliest first. */
  places: z.array(placeSchema).max(8),
  /** The build fails when this is varied. */
  problem: failureSchema.optional(),
})

const buildSchema = z.object({
  number: z.int().positive(),
  varied: z.array(variationIdSchema),
  /** A few words: what it was made to find out. */
  purpose: z.string().max(256),
  seconds: z.number().nonnegative(),
  /** Of the package that it left. */
  sha256: sha256Schema.optional(),
  /** Whether that is, byte for byte, what the first build left that had its clock set in this way. */
  same: z.boolean(),
  problem: failureSchema.optional(),
})

/** Whether a package builds the same in other surroundings, and if not, what in them decides. */
export const checkReportSchema = z.object({
  schema: z.literal(checkSchemaUri),
  run: z.object({ id: z.string(), folder: z.string() }).optional(),
  /** `name@version`. */
  subject: z.string().max(1024),
  source: z.object({
    /** Of the package, relative to the root of the source. */
    directory: z.string().max(4096),
    /** Absent where the folder is in no git repository. */
    commit: z.string().max(64).optional(),
    ref: z.string().max(1024).optional(),
    tree: z.string().max(64),
    /** Files that are not as in the commit; they are built as they are. */
    changed: z.int().nonnegative(),
  }),
  /** Of the two builds; absent where nothing was decided. */
  verdict: verdictSchema.optional(),
  required: verdictSchema,
  met: z.boolean(),
  /** False where it differs with nothing varied; absent where nothing differed, or nothing was decided. */
  deterministic: z.boolean().optional(),
  recipe: recipeSchema.optional(),
  /** Path of the reproof.yaml that was used, relative to the root of the source. */
  recipeFile: z.string().max(4096).optional(),
  written: z.string().max(4096).optional(),
  varied: z.array(variedSchema),
  notVaried: z.array(notVariedSchema),
  /** Of the first build. */
  output: rebuildSchema.shape.output.optional(),
  comparison: comparisonSchema.omit({ differences: true }).optional(),
  differences: z.array(differenceSchema),
  findings: z.array(findingSchema).max(32),
  builds: z.array(buildSchema).max(256),
  problem: problemReportSchema.optional(),
  /** Wall clock in seconds. */
  timings: z.record(z.string(), z.number()),
})

export type VariationId = (typeof variationIds)[number]
export type Varied = z.infer<typeof variedSchema>
export type NotVaried = z.infer<typeof notVariedSchema>
export type Outcome = z.infer<typeof outcomeSchema>
export type Place = z.infer<typeof placeSchema>
export type Finding = z.infer<typeof findingSchema>
export type CheckReport = z.infer<typeof checkReportSchema>
