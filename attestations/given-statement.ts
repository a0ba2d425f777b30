import { z } from 'zod'
import type { Digests } from '../verifiers/model/digest.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { type Statement, statement, statementType } from './statements/statement.ts'
import { readBounded } from './verification/bounded-file.ts'
import { decodeText, parseJson } from './verification/json.ts'

const givenSchema = z.strictObject({
  _type: z.literal(statementType),
  subject: z.tuple([
    z.strictObject({
      name: z.string().min(1),
      uri: z.string().optional(),
      digest: z.record(z.string(), z.string()),
    }),
  ]),
  predicateType: z.url(),
  predicate: z.record(z.string(), z.unknown()),
})

/**
 * A statement that somebody else wrote, when it speaks of this very file and of nothing else. All digests in it have to be
 * the file's; sha256 and sha512 are put in where it has but one.
 *
 * @throws {Problem} FILE_UNREADABLE, STATEMENT_INVALID
 */
export async function readStatement(path: string, fileName: string, digests: Digests): Promise<Statement<unknown>> {
  const decoded = decodeText(await readBounded(path))
  const parsed = 'text' in decoded ? parseJson(decoded.text) : decoded
  if ('fault' in parsed) throw invalid(path, parsed.fault.detail)
  const given = givenSchema.safeParse(parsed.value)
  if (!given.success) {
    const [issue] = given.error.issues
    throw invalid(
      path,
      `It is no in-toto statement of version 1 with one subject: ${issue?.path.join('.')} ${issue?.message}`,
    )
  }
  const { subject, predicateType, predicate } = given.data
  const { name, uri, digest } = subject[0]
  const known: Record<string, string | undefined> = { ...digests }
  const named = Object.entries(digest)
  const other = named.find(([algorithm, value]) => known[algorithm] !== value)
  if (named.length === 0 || other) {
    throw invalid(path, other ? `The ${other[0]} in it is not that of ${fileName}.` : 'Its subject has no digest.')
  }
  const { sha256, sha512 } = digests
  return statement({ name, ...(uri !== undefined && { uri }), digest: { sha256, sha512 } }, predicateType, predicate)
}

function invalid(path: string, detail: string): Problem {
  return new Problem('STATEMENT_INVALID', `${path} is not signed: ${detail}`, {
    hint: 'Correct the statement: a signature stands for every word of it.',
  })
}
