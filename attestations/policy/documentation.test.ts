import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { policyFrom, readPolicy } from './read.ts'
import { dependencyRules, valuedRules } from './schema.ts'
import { settle } from './settle.ts'

const docs = join(import.meta.dirname, '../../docs')
const page = readFileSync(join(docs, 'policy.md'), 'utf8')
const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []

test('the example in the documentation is a policy, by our reader and by the published schema', () => {
  expect(policyFrom(example, 'example').signers).toHaveLength(2)
  const schema = JSON.parse(readFileSync(join(docs, 'schemas/policy.v1.json'), 'utf8'))
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  const isValid = ajv.compile(schema)
  expect(isValid(parse(example)), JSON.stringify(isValid.errors)).toBe(true)
  expect(isValid({ ...parse(example), sgners: [] })).toBe(false)
})

test('the example asks for two rebuilders of two operators, and for provenance', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-policy-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await mkdir(join(folder, 'keys'))
  await writeFile(join(folder, 'keys/second-rebuilder.pub'), publicKey.export({ format: 'pem', type: 'spki' }))
  await writeFile(join(folder, 'reproof.policy.yaml'), example)
  const { policy, roster } = await readPolicy(join(folder, 'reproof.policy.yaml'), { now: new Date() })
  const nothing = { verdict: 'unverifiable', artifact: { name: 'a', digests: {} }, statements: [] } as const
  const { requirements } = settle({ ...nothing, statements: [] }, policy, roster)
  expect(requirements.map(({ id, met }) => [id, met])).toEqual([
    ['rebuilders', false],
    ['platforms', false],
    ['provenance', false],
  ])
  expect(roster.map(({ operator }) => operator)).toEqual(['github.com', 'rebuilders.example'])
})

test('every rule is explained', () => {
  for (const rule of [...dependencyRules, ...valuedRules]) expect(page).toMatch(new RegExp(`^\\| \`${rule}[\`:]`, 'm'))
})
