import { z } from 'zod'
import { verdictSchema } from '../../verifiers/model/comparison.ts'

export const policySchemaUri = 'https://reproof.dev/policy/v1'

const text = z.string().min(1).max(4096)

/** What may be refused of the dependencies that a provenance lists. */
export const dependencyRules = [
  'without-digest',
  'digest-mismatch',
  'undeclared',
  'git-or-http',
  'install-scripts',
  'deprecated',
] as const

const signerSchema = z.union([
  z.strictObject({ identity: text, issuer: text }),
  z.strictObject({ identityPattern: text, issuer: text }),
  /** Path of a public key, from the folder of the policy. */
  z.strictObject({ key: text }),
])

const exceptionSchema = z.strictObject({
  rule: z.enum([...dependencyRules, 'registries', 'licences']),
  /** Package URL of the dependency; `*` at its end stands for any version. */
  dependency: text,
  reason: text,
  /** Last day on which it counts, so that nobody has to remember it. */
  until: z.iso.date(),
})

/** What a file has to have before it may be used: `reproof.policy.yaml`. */
export const policySchema = z.strictObject({
  schema: z.literal(policySchemaUri),
  /** Whose signature counts. */
  signers: z.array(signerSchema).min(1).max(100),
  source: z.strictObject({ repository: text.optional(), ref: text.optional() }).optional(),
  builder: z.union([z.strictObject({ id: text }), z.strictObject({ pattern: text })]).optional(),
  /** Of rebuilds. */
  rebuild: z
    .strictObject({
      /** The weakest that is good enough. */
      verdict: verdictSchema,
      /** Whether a human may have helped. */
      assisted: z.boolean().default(false),
      /** How many signers have to have come to that verdict, each by itself. */
      rebuilders: z.int().min(1).max(100).default(1),
    })
    .optional(),
  dependencies: z
    .strictObject({
      refuse: z.array(z.enum(dependencyRules)).max(20).default([]),
      /** Hosts that packages may come from, besides the default of their ecosystem. */
      registries: z.array(text).max(100).optional(),
      /** SPDX ids of the licences that packages may have. */
      licences: z.array(text).max(1000).optional(),
    })
    .optional(),
  exceptions: z.array(exceptionSchema).max(10_000).default([]),
})

export type Policy = z.infer<typeof policySchema>
export type PolicyException = Policy['exceptions'][number]
export type DependencyRule = PolicyException['rule']
