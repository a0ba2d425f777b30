// Writes what docs/ has from the code, which is what decides: docs/schemas/ from the zod schemas, docs/passes.md from the
// passes. `--check` says whether the files are up to date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { policySchema, policySchemaUri } from '../attestations/policy/schema.ts'
import { buildType, externalParametersSchema, internalParametersSchema } from '../attestations/statements/provenance.ts'
import { rebuildResultSchema } from '../attestations/statements/rebuild-result.ts'
import { rebuildResultType } from '../attestations/statements/types.ts'
import { passesPage } from '../cli/commands/passes.ts'
import { recipeFileSchema, recipeFileUri } from '../verifiers/check/recipe-file.ts'
import { passes } from '../verifiers/compare/passes/passes.ts'
import { comparisonReportUri } from '../verifiers/compare/report.ts'
import { comparisonReportSchema } from '../verifiers/compare/report-schema.ts'
import { batchReportSchema, batchSchemaUri } from '../verifiers/model/batch.ts'
import { checkReportSchema, checkSchemaUri } from '../verifiers/model/check.ts'
import { recipeSchema, recipeSchemaUri } from '../verifiers/model/recipe.ts'
import { reportSchema, reportSchemaUri } from '../verifiers/model/report.ts'

const folder = join(import.meta.dirname, '..', 'docs')
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
  'comparison.v1.json': {
    $id: comparisonReportUri,
    title: 'reproof report of a comparison',
    ...z.toJSONSchema(comparisonReportSchema),
  },
  'batch.v1.json': {
    $id: batchSchemaUri,
    title: 'reproof report of several rebuilds',
    ...z.toJSONSchema(batchReportSchema),
  },
  'check.v1.json': { $id: checkSchemaUri, title: 'reproof report of a check', ...z.toJSONSchema(checkReportSchema) },
  'recipe-file.v1.json': {
    $id: recipeFileUri,
    title: 'how a project is built: reproof.yaml',
    ...z.toJSONSchema(recipeFileSchema, { io: 'input' }),
  },
  'report.v1.json': { $id: reportSchemaUri, title: 'reproof report of a rebuild', ...z.toJSONSchema(reportSchema) },
}

const files = new Map(
  Object.entries(documents).map(([name, document]) => [
    join(folder, 'schemas', name),
    `${JSON.stringify(document, null, 2)}\n`,
  ]),
)
files.set(join(folder, 'passes.md'), passesPage(passes))

let stale = false
for (const [file, text] of files) {
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    stale = true
    process.stderr.write(`${file} is not what the code says; run: npm run schemas\n`)
  }
}
if (stale) process.exit(1)
