// Writes docs/schemas/ from the zod schemas, which are what decides. `--check` says whether the files are up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { policySchema, policySchemaUri } from '../attestations/policy/schema.ts'
import { buildType, externalParametersSchema, internalParametersSchema } from '../attestations/statements/provenance.ts'
import { rebuildResultSchema, rebuildResultType } from '../attestations/statements/rebuild-result.ts'
import { recipeSchema, recipeSchemaUri } from '../verifiers/model/recipe.ts'
import { reportSchema, reportSchemaUri } from '../verifiers/model/report.ts'

const folder = join(import.meta.dirname, '..', 'docs', 'schemas')
const parametersSchema = z.strictObject({
  externalParameters: externalParametersSchema,
  internalParameters: internalParametersSchema,
})
const documents = {
  'buildtype-rebuild.v1.json': {
    $id: buildType,
    title: 'parameters of the reproof build type "rebuild"',
    ...z.toJSONSchema(parametersSchema),
  },
  'rebuild-result.v1.json': {
    $id: rebuildResultType,
    title: 'reproof predicate "rebuild result"',
    ...z.toJSONSchema(rebuildResultSchema),
  },
  'policy.v1.json': {
    $id: policySchemaUri,
    title: 'reproof policy: reproof.policy.yaml',
    ...z.toJSONSchema(policySchema, { io: 'input' }),
  },
  'recipe.v1.json': { $id: recipeSchemaUri, title: 'reproof recipe', ...z.toJSONSchema(recipeSchema) },
  'report.v1.json': { $id: reportSchemaUri, title: 'reproof report of a rebuild', ...z.toJSONSchema(reportSchema) },
}

let stale = false
mkdirSync(folder, { recursive: true })
for (const [name, document] of Object.entries(documents)) {
  const file = join(folder, name)
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    stale = true
    process.stderr.write(`${file} is not what the schemas say; run: npm run schemas\n`)
  }
}
if (stale) process.exit(1)
