import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { digestsOf, finishedRun, manifestsOf } from '../../fixtures/runs/finished-run.ts'
import { type Lock, lockSchemaUri } from '../../verifiers/environment/lock.ts'
import { foundations } from '../dependencies/foundations.ts'
import { readDeclaredTree } from '../dependencies/lockfile-tree.ts'
import { mergeDependencies } from '../dependencies/merge.ts'
import { observationsOf } from '../dependencies/observed.ts'
import { localBuilderId } from './statement.ts'
import { statementsOf } from './statements.ts'

const folder = join(import.meta.dirname, '../../docs/schemas/examples')

/** One package where there are a hundred, so that the example can be read. */
const lock: Lock = {
  schema: lockSchemaUri,
  variant: 'base',
  architecture: 'amd64',
  suite: 'bookworm',
  component: 'main',
  release: '12.15',
  snapshot: '20260711T101637Z',
  signedBy: [],
  packages: [
    {
      name: 'bash',
      version: '5.2.15-2+b13',
      architecture: 'amd64',
      size: 1490652,
      sha256: '82130bb6a560cd2a7234d8018baf73f188f5dd56413d5aa0accc987b2197a6a1',
      path: 'pool/main/b/bash/bash_5.2.15-2+b13_amd64.deb',
    },
  ],
}

/** What the schemas that the documentation publishes have against a predicate. */
function violations(name: string, predicate: unknown): unknown[] {
  const file = { provenance: 'buildtype-rebuild.v1.json', 'rebuild-result': 'rebuild-result.v1.json' }[name]
  if (file === undefined) return []
  const schema = JSON.parse(readFileSync(join(folder, '..', file), 'utf8'))
  const validate = new Ajv2020({ strict: false, formats: { base64: true } }).compile(schema)
  const { buildDefinition } = predicate as { buildDefinition?: Record<string, unknown> }
  const { externalParameters, internalParameters } = buildDefinition ?? {}
  validate(buildDefinition ? { externalParameters, internalParameters } : predicate)
  return validate.errors ?? []
}

test('what is no parameter of the build type is found by its schema', () => {
  const externalParameters = { artifact: 'pkg:npm/a@1.0.0', source: 's', other: 1 }
  expect(violations('provenance', { buildDefinition: { externalParameters } })).not.toEqual([])
})

test('the worked examples in the documentation are what is signed', async () => {
  const report = await finishedRun()
  const { recipe, rebuild } = report
  if (!recipe || !rebuild) throw new Error('not rebuilt')
  const image = digestsOf('image').sha256
  recipe.environment.image = { ...recipe.environment.image, digest: `sha256:${image}`, lock: digestsOf('lock').sha256 }
  const dependencies = mergeDependencies({
    foundations: foundations(recipe, lock),
    declared: await readDeclaredTree(manifestsOf(), ''),
    observations: observationsOf(rebuild.exchanges),
    inspected: new Map([[digestsOf('tool@2.0.0').sha512, { installScripts: ['postinstall'] }]]),
    scriptsAllowed: true,
  })
  const builder = { id: localBuilderId, version: { reproof: '0.1.0' } }
  const statements = statementsOf({ report, dependencies, builder, version: '0.1.0' })
  for (const [name, statement] of statements) {
    expect(violations(name, statement.predicate), name).toEqual([])
    await expect(`${JSON.stringify(statement, null, 2)}\n`).toMatchFileSnapshot(join(folder, `${name}.json`))
  }
})
