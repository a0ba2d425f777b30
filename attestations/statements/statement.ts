import { z } from 'zod'
import type { Dependency } from '../dependencies/model.ts'
import { canonicalJson, type Json } from './canonical.ts'

export const statementType = 'https://in-toto.io/Statement/v1'
export const payloadType = 'application/vnd.in-toto+json'

/** https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md */
export const digestSetSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]+$/))

/** https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
export const resourceSchema = z.strictObject({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: digestSetSchema.optional(),
  /** base64. */
  content: z.base64().optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
})

export type Resource = z.infer<typeof resourceSchema>

export const subjectSchema = z.strictObject({
  name: z.string(),
  uri: z.string().optional(),
  digest: z.strictObject({ sha256: z.string(), sha512: z.string() }),
})

export type Subject = z.infer<typeof subjectSchema>

/** Exactly one subject, so that there is no doubt of what is said, and as PEP 740 and npm ask for. */
export type Statement<Predicate = Json> = {
  _type: typeof statementType
  subject: [Subject]
  predicateType: string
  predicate: Predicate
}

export function statement<Predicate>(
  subject: Subject,
  predicateType: string,
  predicate: Predicate,
): Statement<Predicate> {
  return { _type: statementType, subject: [subject], predicateType, predicate }
}

/** The bytes that are signed. */
export function statementBytes(statement: Statement<unknown>): Buffer {
  return Buffer.from(canonicalJson(statement))
}

/** Who did it, in which mode of operation: each mode has an id of its own, because the id decides the SLSA level. */
export type Builder = {
  /** A URI that consumers trust together with a signer. */
  id: string
  /** Of the programs that it consists of. */
  version: Record<string, string>
}

/** reproof on somebody's machine: SLSA Build L1 and no more. */
export const localBuilderId = 'https://reproof.dev/builders/local/v1'

/** A dependency as SLSA's `resolvedDependencies` has it; what is known of it beyond that is in the annotations. */
export function resourceOf(dependency: Dependency): Resource {
  const { uri, digests, content, creator: _, ...annotations } = dependency
  return {
    uri,
    ...(Object.keys(digests).length > 0 && { digest: definedOf(digests) }),
    ...(content && { content: Buffer.from(content).toString('base64'), mediaType: 'application/json' }),
    annotations,
  }
}

function definedOf(digests: Dependency['digests']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(digests).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
