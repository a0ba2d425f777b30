import { z } from 'zod'
import { environmentSchema, toolchainSchema } from './environment.ts'
import { archiveSourceSchema, gitSourceSchema } from './source.ts'

export const recipeSchemaUri = 'https://reproof.dev/recipe/v1'

/** Evidence for one line of the recipe. */
export const recipeEvidenceSchema = z.object({
  /** JSON pointer into the recipe. */
  line: z.string().max(256),
  /** Where it was read: `registry _npmVersion`, `.gitlab-ci.yml job "publish" image`, … */
  from: z.string().max(512),
  /** One sentence. */
  says: z.string().max(1024),
})

/** In characters: how long a command may be that a step is made of; what is put before it has room in the step. */
export const longestCommand = 60_000

export const stepSchema = z.object({
  phase: z.enum(['install', 'build', 'pack']),
  /** Run by `/bin/sh -eu -c` in the sandbox. */
  run: z.string().max(65_536),
  /** Relative to the source's root; `''` is the root. */
  cwd: z.string().max(4096),
  /** Set where what builds installs something by itself: that comes through the recording proxy, as in an installation. */
  installs: z.literal(true).optional(),
  /** Variables of this step alone. */
  variables: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(65_536)).optional(),
})

export const limitsSchema = z.object({
  /** Wall clock of one step, in seconds. */
  seconds: z.int().positive().max(86_400),
  /** Of all processes together, in bytes. */
  memory: z.int().positive(),
  /** Processes and threads at once. */
  processes: z.int().positive().max(100_000),
  /** What a step may add to the work folder and /tmp, in bytes. */
  disk: z.int().positive(),
})

/** As a tar header has them: at most seven octal digits. */
export const ownerSchema = z.object({ uid: z.int().min(0).max(0o7777777), gid: z.int().min(0).max(0o7777777) })

/** What made the outermost compression of the published file, where that is another program than the one that packs. */
export const compressorSchema = z.object({
  /** `node`: the zlib of that Node. `pako`: the bytes of zlib as its authors release it. `bun`: those of zlib-ng. */
  toolchain: toolchainSchema,
  level: z.int().min(1).max(9),
  /** Of the gzip file, in hexadecimal, without any optional field: RFC 1952, section 2.3. */
  header: z.string().regex(/^1f8b0800[0-9a-f]{12}$/),
})

/** Everything needed to redo the build on another machine. */
export const recipeSchema = z.strictObject({
  schema: z.literal(recipeSchemaUri),
  artifact: z.object({ purl: z.string().max(1024), fileName: z.string().max(512) }),
  source: z.discriminatedUnion('kind', [
    gitSourceSchema.omit({ evidence: true, manifest: true }),
    archiveSourceSchema.omit({ evidence: true, manifest: true }),
  ]),
  /** Set where the published version is not in the source: written into package.json as the release tool did. */
  setVersion: z.string().max(256).optional(),
  environment: environmentSchema,
  /** The same for every step. */
  variables: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(65_536)),
  /** Absolute path of the source's root inside the sandbox. */
  workFolder: z
    .string()
    .regex(/^\/[^\0]*$/)
    .max(4096),
  /** Octal, as a string: `022`. Applies to the checkout as well as to the steps. */
  umask: z.string().regex(/^0?[0-7]{3}$/),
  /** Numbers that own every file inside, where the packer of the time wrote those of the publisher's account down. */
  owner: ownerSchema.optional(),
  network: z.object({
    /** The registry is shown as it was at this moment. */
    registryTime: z.iso.datetime({ offset: true }),
    /** Releases of packages to which the registry's tag `latest` leads, so that they are taken wherever they are in the range. */
    releases: z.record(z.string().max(256), z.string().max(256)).optional(),
    /** A line of TypeScript, `4.9`: releases of `@types/…` that say that they need a later one are not shown. */
    typescript: z
      .string()
      .regex(/^\d{1,2}\.\d{1,2}$/)
      .optional(),
  }),
  steps: z.array(stepSchema).min(1).max(64),
  /** The file that the steps leave, relative to the source's root. */
  output: z.string().min(1).max(4096),
  /** Applied to the output, which is a gzip file. */
  compressor: compressorSchema.optional(),
  limits: limitsSchema,
  /** Non-empty when something that is not in the source takes part: each entry is one sentence. */
  assisted: z.array(z.string().max(1024)).max(64),
  evidence: z.array(recipeEvidenceSchema).max(256),
})

export type Recipe = z.infer<typeof recipeSchema>
export type RecipeEvidence = z.infer<typeof recipeEvidenceSchema>
export type Compressor = z.infer<typeof compressorSchema>
export type Step = z.infer<typeof stepSchema>
export type Owner = z.infer<typeof ownerSchema>
export type Limits = z.infer<typeof limitsSchema>
