import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { expect, test } from 'vitest'
import { digestsOf } from '../../fixtures/runs/finished-run.ts'
import type { Dependency, DependencySet } from '../dependencies/model.ts'
import { sbomDocument } from './sbom.ts'

const component = {
  purl: 'pkg:npm/a@1.0.0',
  name: 'a',
  version: '1.0.0',
  fileName: 'a-1.0.0.tgz',
  digests: digestsOf('a'),
}

function setOf(dependencies: Dependency[], graph: Record<string, string[]> = {}): DependencySet {
  const zero = { observed: 0, both: 0, declaredNotFetched: 0, undeclared: 0, unhashed: 0, refused: 0, inspected: 0 }
  return {
    dependencies,
    findings: [],
    completeness: { method: 'recording-proxy+lockfile', declared: dependencies.length, ...zero },
    graph: new Map(Object.entries(graph)),
    license: 'MIT',
  }
}

const packageOf = (uri: string, more: Partial<Dependency> = {}): Dependency => ({
  uri,
  digests: { sha512: digestsOf(uri).sha512 },
  role: 'runtime',
  evidence: 'both',
  ...more,
})

const documentOf = (dependencies: DependencySet) =>
  sbomDocument({
    component,
    dependencies,
    timestamp: '2026-01-01T00:00:00Z',
    version: '0.1.0',
    creator: 'sbom@acme.example',
  }) as {
    serialNumber: string
    specVersion: string
    metadata: { timestamp: string; component: { licenses: unknown } }
    components: {
      'bom-ref': string
      scope: string
      group?: string
      name: string
      hashes: { alg: string }[]
      licenses?: unknown
      properties: { name: string }[]
    }[]
    dependencies: { ref: string; dependsOn?: string[] }[]
    compositions: { aggregate: string }[]
  }

test('packages are in it with scope, hashes and graph; the environment is not', () => {
  const document = documentOf(
    setOf(
      [
        packageOf('pkg:npm/%40s/b@1.0.0'),
        packageOf('pkg:npm/c@1.0.0', { role: 'development' }),
        packageOf('pkg:deb/debian/bash@5?arch=amd64', { role: 'os' }),
      ],
      { '': ['pkg:npm/%40s/b@1.0.0', 'pkg:npm/c@1.0.0'], 'pkg:npm/%40s/b@1.0.0': ['pkg:npm/c@1.0.0'] },
    ),
  )
  expect(document.specVersion).toBe('1.6')
  expect(document.components.map(({ name, group, scope }) => [group, name, scope])).toEqual([
    ['@s', 'b', 'required'],
    [undefined, 'c', 'excluded'],
  ])
  expect(document.components[0]?.hashes).toMatchObject([{ alg: 'SHA-512' }])
  expect(document.dependencies).toContainEqual({
    ref: 'pkg:npm/a@1.0.0',
    dependsOn: ['pkg:npm/%40s/b@1.0.0', 'pkg:npm/c@1.0.0'],
  })
  expect(document.dependencies).toContainEqual({ ref: 'pkg:npm/%40s/b@1.0.0', dependsOn: ['pkg:npm/c@1.0.0'] })
  expect(document.compositions).toMatchObject([{ aggregate: 'complete' }])
})

test('the same bill has the same serial number, another file another', () => {
  const { serialNumber } = documentOf(setOf([]))
  expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(documentOf(setOf([])).serialNumber).toBe(serialNumber)
})

test.each([
  ['MIT', [{ license: { id: 'MIT' } }]],
  ['(MIT OR Apache-2.0)', [{ expression: '(MIT OR Apache-2.0)' }]],
  ['SEE LICENSE IN x', [{ license: { name: 'SEE LICENSE IN x' } }]],
  ['MIT OR <script>', [{ license: { name: 'MIT OR <script>' } }]],
])('the licence %s is written as what it is', (license, written) => {
  const document = documentOf(setOf([packageOf('pkg:npm/b@1.0.0', { license })]))
  expect(document.components[0]?.licenses).toMatchObject(written)
})

test('two files of one version are two components', () => {
  const document = documentOf(
    setOf([packageOf('pkg:npm/b@1.0.0'), packageOf('pkg:npm/b@1.0.0', { digests: digestsOf('other') })]),
  )
  expect(new Set(document.components.map((one) => one['bom-ref'])).size).toBe(2)
})

/** The official JSON Schema, as the library carries it. */
function schemaCheck() {
  const schemas = join(import.meta.dirname, '../../node_modules/@cyclonedx/cyclonedx-library/res/schema')
  const read = (name: string) => JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addFormat('iri-reference', (text) => !/[\s<>"{}|\\^`]/.test(text))
  ajv.addFormat('idn-email', /^\S+@\S+$/)
  for (const name of ['spdx', 'jsf-0.82']) {
    ajv.addSchema({ ...read(name), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` })
  }
  return ajv.compile(read('bom-1.6'))
}

test('it is valid against the official schema, whatever the packages say of themselves', () => {
  const isValid = schemaCheck()
  const packages = [
    packageOf('pkg:npm/%40s/b@1.0.0', { license: 'MIT', path: ['a@1.0.0', '@s/b@1.0.0'], creator: 'b@acme.example' }),
    packageOf('pkg:npm/c@1.0.0', {
      license: '(MIT OR Apache-2.0)',
      role: 'development',
      creator: 'https://c.example/x',
    }),
    packageOf('pkg:npm/d@1.0.0', { license: 'my own <licence>\u202e', deprecated: '\u0007 gone', bundled: true }),
    packageOf('pkg:npm/d@1.0.0', { digests: {}, installScripts: ['postinstall'] }),
    packageOf(`git+https://git.example/o/r#${'a'.repeat(40)}`, { digests: { gitCommit: 'a'.repeat(40) } }),
    packageOf('https://files.example/a%20b.tgz?x=redacted', { role: 'optional', digests: { sha1: 'a'.repeat(40) } }),
  ]
  const document = documentOf(setOf(packages, { '': ['pkg:npm/c@1.0.0'], 'pkg:npm/c@1.0.0': ['pkg:npm/d@1.0.0'] }))
  expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true)
  expect(isValid({ ...document, components: [{ name: 'x' }] })).toBe(false)
})

test('who made a component stands beside it', () => {
  const document = documentOf(
    setOf([
      packageOf('pkg:npm/b@1.0.0', { creator: 'b@acme.example' }),
      packageOf('pkg:npm/c@1.0.0', { creator: 'https://c.example' }),
    ]),
  )
  expect(document.components).toMatchObject([
    { manufacturer: { contact: [{ email: 'b@acme.example' }] } },
    { manufacturer: { url: ['https://c.example'] } },
  ])
})

test('fields that BSI TR-03183-2 asks for are there', () => {
  const document = documentOf(setOf([packageOf('pkg:npm/%40s/b@1.0.0')]))
  expect(document.components[0]?.properties).toEqual(
    expect.arrayContaining([
      { name: 'bsi:component:filename', value: 's-b-1.0.0.tgz' },
      { name: 'bsi:component:archive', value: 'archive' },
    ]),
  )
  expect(document.metadata).toMatchObject({
    authors: [{ email: 'sbom@acme.example' }],
    timestamp: '2026-01-01T00:00:00.000Z',
  })
})
