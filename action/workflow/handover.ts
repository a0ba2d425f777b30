import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { provenanceSchema } from '../../attestations/statements/provenance.ts'
import { rebuildResultSchema } from '../../attestations/statements/rebuild-result.ts'
import { type Statement, statementType, subjectSchema } from '../../attestations/statements/statement.ts'
import { readBounded } from '../../attestations/verification/bounded-file.ts'
import { hashFile } from '../../verifiers/compare/input.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { parseBoundedJson } from '../../verifiers/network/json.ts'

/**
 * What the job that rebuilds hands to the job that signs: two files, and what is to be said of them. The digest of the list
 * goes another way, as an output of the job, which nobody but the workflow can set.
 */
const listSchema = z.strictObject({
  fileName: z.string().regex(/^[\w@.+-]{1,255}$/),
  provenance: z.unknown(),
  sbom: z.unknown(),
  'rebuild-result': z.unknown(),
})

const statementOf = <Predicate extends z.ZodType>(predicate: Predicate) =>
  z.strictObject({
    _type: z.literal(statementType),
    subject: z.tuple([subjectSchema]),
    predicateType: z.url(),
    predicate,
  })

const statementsSchema = z.object({
  provenance: statementOf(provenanceSchema),
  sbom: statementOf(z.record(z.string(), z.unknown())),
  'rebuild-result': statementOf(rebuildResultSchema),
})

export type HandedOver = { fileName: string; file: string; statements: z.infer<typeof statementsSchema> }

const names = { list: 'statements.json', published: 'published', rebuilt: 'rebuilt' }
const largestList = 64 * 1024 * 1024

/** @returns the sha256 of the list */
export async function handOver(
  folder: string,
  {
    fileName,
    published,
    rebuilt,
    statements,
  }: { fileName: string; published: string; rebuilt: string; statements: ReadonlyMap<string, Statement<unknown>> },
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await copyFile(published, join(folder, names.published))
  await copyFile(rebuilt, join(folder, names.rebuilt))
  const list = Buffer.from(JSON.stringify({ fileName, ...Object.fromEntries(statements) }))
  await writeFile(join(folder, names.list), list)
  return sha256Of(list)
}

/**
 * Reads what was handed over, and hashes both files anew: nothing that was said of them is believed.
 *
 * @param sha256 of the list, as the job that wrote it said
 * @throws {Problem} ARTIFACT_INTEGRITY_MISMATCH where anything is not what that job handed over
 */
export async function takeOver(folder: string, sha256: string): Promise<HandedOver> {
  const list = await readBounded(join(folder, names.list), largestList)
  if (sha256Of(list) !== sha256) throw changed('The list of statements is another one.')
  const read = listSchema.safeParse(parseBoundedJson(list))
  const statements = statementsSchema.safeParse(read.data)
  if (!read.success || !statements.success) throw changed('The statements are none that this workflow makes.')
  const [published, rebuilt] = [
    await hashFile(join(folder, names.published)),
    await hashFile(join(folder, names.rebuilt)),
  ]
  if (published.digests.sha512 !== rebuilt.digests.sha512)
    throw changed('The published file and the rebuilt one differ.')
  for (const { subject } of Object.values(statements.data)) {
    const { sha256: one, sha512: other } = subject[0].digest
    if (one !== published.digests.sha256 || other !== published.digests.sha512)
      throw changed('A statement is about another file.')
  }
  const file = join(folder, read.data.fileName)
  await pipeline(createReadStream(join(folder, names.published)), createWriteStream(file))
  return { fileName: read.data.fileName, file, statements: statements.data }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function changed(what: string): Problem {
  return new Problem(
    'ARTIFACT_INTEGRITY_MISMATCH',
    `What came from the job that rebuilt was changed on its way: ${what}`,
    {
      hint: 'See which other job of the run uploads an artifact of that name. Nothing was signed.',
    },
  )
}
