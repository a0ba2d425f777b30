import { z } from 'zod'
import { verdictSchema } from '../../verifiers/model/comparison.ts'

export const policySchemaUri = 'https://reproof.dev/policy/v1'

const text = z.string().min(1).max(4096)

/** What may be refused of the dependencies that a provenance lists. */
export const dependencyRules = [
  'without-digest',
  'without-integrity',
  'digest-mismatch',
  'undeclared',
  'git-or-http',
  'install-scripts',
  'deprecated',
  'provenance-invalid',
  'provenance-missing',
] as const

/** Rules that need more than a name: which hosts, which licences, how old. */
export const valuedRules = ['registries', 'licences', 'age'] as const

const trusted = {
  /** Who runs the platform that it builds or rebuilds on, as `github.com`. Signers of one operator are one opinion. */
  operator: text.optional(),
  /** SLSA build level that the builder is trusted for; without it none is claimed. */
  level: z.int().min(1).max(3).optional(),
}

const signerSchema = z.union([
  z.strictObject({ identity: text, issuer: text, ...trusted }),
  z.strictObject({ identityPattern: text, issuer: text, ...trusted }),
  /** Path of a public key, from the folder of the policy. */
  z.strictObject({ key: text, ...trusted }),
])

const exceptionSchema = z.strictObject({
  rule: z.enum([...dependencyRules, ...valuedRules]),
  /** Package URL of the dependency; `*` at its end stands for any version. */
  dependency: text,
  reason: text,
  /** Last day on which it counts, so that nobody has to remember it. */
  until: z.iso.date(),
})

/** What a file has to have before it may be used: `reproof.policy.yaml`. */
export const policySchema = z.strictObject({
  schema: z.literal(policySchemaUri),
  /** Where it is published; a verification summary names it. */
  uri: z.url().max(4096).optional(),
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
      /** How many have to have come to that verdict, each by itself. */
      rebuilders: z.int().min(1).max(100).default(1),
      /** How many independently operated platforms they have to be; only signers with an `operator` count. */
      platforms: z.int().min(1).max(100).optional(),
    })
    .optional(),
  dependencies: z
    .strictObject({
      refuse: z.array(z.enum(dependencyRules)).max(20).default([]),
      /** Hosts that packages may come from, besides the default of their ecosystem. */
      registries: z.array(text).max(100).optional(),
      /** SPDX ids of the licences that packages may have. */
      licences: z.array(text).max(1000).optional(),
      /** How long a package has to have been published, in days: when it was built with, or now. */
      age: z.strictObject({ days: z.int().min(1).max(3650), at: z.enum(['build', 'evaluation']) }).optional(),
    })
    .optional(),
  exceptions: z.array(exceptionSchema).max(10_000).default([]),
})

export type Policy = z.infer<typeof policySchema>
export type PolicySigner = Policy['signers'][number]
export type PolicyException = Policy['exceptions'][number]
export type DependencyRule = PolicyException['rule']
