import { join } from 'node:path'
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
    await expect(`${JSON.stringify(statement, null, 2)}\n`).toMatchFileSnapshot(join(folder, `${name}.json`))
  }
})
