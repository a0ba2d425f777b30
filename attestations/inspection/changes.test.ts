import { describe, expect, test } from 'vitest'
import { bundle, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { readAttestations } from '../verification/read.ts'
import { compareInspections, type InspectionChanges } from './changes.ts'
import { inspectAttestations } from './inspect.ts'
import type { LookAtId, Severity } from './model.ts'

const pair = keyPair()
const hex = (letter: string, length = 64) => letter.repeat(length)

type Release = {
  subject?: unknown
  source?: string
  builder?: string
  predicateType?: string
  dependencies?: unknown[]
  completeness?: unknown
}

function release({ subject, source, builder, predicateType, dependencies = [], completeness }: Release = {}) {
  const uri = source ?? 'git+https://example.com/o/r'
  return statementAbout('file', {
    ...(subject !== undefined && { subject: [subject] }),
    ...(predicateType !== undefined && { predicateType }),
    predicate: {
      buildDefinition: {
        buildType: 'https://example.com/build/v1',
        externalParameters: { source: uri },
        ...(completeness !== undefined && { internalParameters: { dependencyCompleteness: completeness } }),
        resolvedDependencies: [{ uri, digest: { gitCommit: hex('a', 40) } }, ...dependencies],
      },
      runDetails: { builder: { id: builder ?? 'https://example.com/builder' } },
    },
  })
}

const npm = (name: string, annotations: Record<string, unknown> = {}, sha256 = hex('b')) => ({
  uri: `pkg:npm/${name}`,
  digest: { sha256 },
  annotations: { role: 'runtime', evidence: 'both', ...annotations },
})

async function inspected(...statements: unknown[]) {
  const value = statements.map((one) => bundle(JSON.stringify(one), pair))
  return inspectAttestations(readAttestations({ bytes: Buffer.from(JSON.stringify(value)), file: 'a' }) as never)
}

async function compared(before: unknown[], after: unknown[]): Promise<InspectionChanges> {
  const [was, is] = await Promise.all([inspected(...before), inspected(...after)])
  return compareInspections(was, is)
}

const between = (before: Release, after: Release) => compared([release(before)], [release(after)])

test('the same is the same', async () => {
  const changes = await between({ dependencies: [npm('a@1.0.0')] }, { dependencies: [npm('a@1.0.0')] })
  expect(changes).toMatchObject({ outcome: 'same', lookAt: [], dependencies: [] })
})

test('an unchanged version that is another file is the loudest', async () => {
  const before = { dependencies: [npm('a@1.0.0'), npm('b@1.0.0')] }
  const after = { dependencies: [npm('a@1.0.0', { installScripts: ['install'] }, hex('c')), npm('b@0.9.0')] }
  const { lookAt, outcome, dependencies } = await between(before, after)
  expect(outcome).toBe('review')
  expect(lookAt[0]).toMatchObject({ id: 'DIGEST_CHANGED', severity: 'critical', about: 'pkg:npm/a@1.0.0' })
  expect(lookAt[0]?.summary).toContain(`sha256:${hex('b')} before, sha256:${hex('c')} now`)
  expect(dependencies.map(({ kind }) => kind)).toEqual(['other-file', 'downgraded'])
})

test('so is the release itself, but no name without a version', async () => {
  const subject = (name: string, sha256: string) => ({ name, digest: { sha256 } })
  const one = await between(
    { subject: subject('pkg:npm/x@1.0.0', hex('1')) },
    { subject: subject('pkg:npm/x@1.0.0', hex('2')) },
  )
  expect(one.lookAt[0]).toMatchObject({ id: 'DIGEST_CHANGED', severity: 'critical' })
  const other = await between({ subject: subject('x.tgz', hex('1')) }, { subject: subject('x.tgz', hex('2')) })
  expect(other.lookAt[0]).toMatchObject({ id: 'DIGEST_CHANGED', severity: 'low' })
})

test('another algorithm of the same file is no other file', async () => {
  const more = { ...npm('a@1.0.0'), digest: { sha256: hex('b'), sha512: hex('d', 128) } }
  expect((await between({ dependencies: [npm('a@1.0.0')] }, { dependencies: [more] })).outcome).toBe('same')
})

test('several versions of one package are paired, the lowest with the lowest', async () => {
  const before = { dependencies: [npm('a@1.0.0'), npm('a@2.0.0'), npm('a@10.0.0')] }
  const after = { dependencies: [npm('a@2.0.0'), npm('a@1.5.0'), npm('a@11.0.0'), npm('a@12.0.0')] }
  const { dependencies } = await between(before, after)
  expect(dependencies.map(({ kind, before, after }) => [kind, before?.version, after?.version])).toEqual([
    ['upgraded', '1.0.0', '1.5.0'],
    ['upgraded', '10.0.0', '11.0.0'],
    ['added', undefined, '12.0.0'],
  ])
})

describe('what somebody should look at', () => {
  test.each<[string, LookAtId, Severity, Release, Release]>([
    ['a new dependency that users install', 'DEP_ADDED', 'medium', {}, { dependencies: [npm('a@1.0.0')] }],
    ['a new tool', 'DEP_ADDED', 'low', {}, { dependencies: [npm('a@1.0.0', { role: 'development' })] }],
    ['one that is gone', 'DEP_REMOVED', 'info', { dependencies: [npm('a@1.0.0')] }, {}],
    [
      'new code of a new dependency',
      'SCRIPT_NEW',
      'high',
      {},
      { dependencies: [npm('a@1.0.0', { installScripts: ['install'] })] },
    ],
    [
      'new code of a new version',
      'SCRIPT_NEW',
      'high',
      { dependencies: [npm('a@1.0.0', { installScripts: ['install'] })] },
      { dependencies: [npm('a@1.1.0', { installScripts: ['install', 'postinstall'] })] },
    ],
    [
      'new code that did not run',
      'SCRIPT_NEW',
      'medium',
      { dependencies: [npm('a@1.0.0')] },
      { dependencies: [npm('a@1.1.0', { installScripts: ['install'], scriptsRan: 'prevented' })] },
    ],
    [
      'lost provenance',
      'PROV_DOWNGRADE',
      'high',
      { dependencies: [npm('a@1.0.0', { provenance: 'verified' })] },
      { dependencies: [npm('a@1.1.0', { provenance: 'absent' })] },
    ],
    [
      'another publisher',
      'PUBLISHER_CHANGED',
      'high',
      { dependencies: [npm('a@1.0.0', { publisher: 'alice' })] },
      { dependencies: [npm('a@1.1.0', { publisher: 'mallory' })] },
    ],
    [
      'another source of a dependency',
      'SOURCE_MOVED',
      'high',
      { dependencies: [npm('a@1.0.0', { provenanceSource: 'git+https://example.com/a/a' })] },
      { dependencies: [npm('a@1.1.0', { provenanceSource: 'git+https://example.com/b/a' })] },
    ],
    [
      'a tool that users install now',
      'ROLE_CHANGED',
      'medium',
      { dependencies: [npm('a@1.0.0', { role: 'development' })] },
      { dependencies: [npm('a@1.0.0')] },
    ],
    [
      'an older version',
      'DEP_CHANGED',
      'medium',
      { dependencies: [npm('a@2.0.0')] },
      { dependencies: [npm('a@1.0.0')] },
    ],
    ['a newer version', 'DEP_CHANGED', 'info', { dependencies: [npm('a@1.0.0')] }, { dependencies: [npm('a@2.0.0')] }],
    ['another repository', 'SOURCE_MOVED', 'high', {}, { source: 'git+https://example.com/fork/r' }],
    ['another builder', 'BUILDER_CHANGED', 'high', {}, { builder: 'https://example.com/other' }],
    [
      'another image',
      'ENVIRONMENT_CHANGED',
      'medium',
      { dependencies: [{ ...npm('node', { role: 'image' }), uri: 'pkg:oci/node@sha256%3Aaa' }] },
      { dependencies: [{ ...npm('node', { role: 'image' }, hex('c')), uri: 'pkg:oci/node@sha256%3Abb' }] },
    ],
    ['no provenance any more', 'PROV_DOWNGRADE', 'high', {}, { predicateType: 'https://example.com/other' }],
    [
      'more that nobody hashed',
      'ATTEST_GAP',
      'medium',
      { completeness: { unhashed: 0 } },
      { completeness: { unhashed: 1 } },
    ],
  ])('%s', async (_, id, severity, before, after) => {
    const { lookAt } = await between(before, after)
    expect(lookAt.filter((one) => one.id === id).map((one) => one.severity)).toEqual([severity])
  })

  test('the same address written differently is the same repository', async () => {
    const { lookAt } = await between({}, { source: 'https://example.com/o/r.git' })
    expect(lookAt).toEqual([])
  })

  test('a weaker verdict of the rebuild', async () => {
    const of = (verdict: string) =>
      statementAbout('file', { predicateType: 'https://reproof.dev/rebuild-result/v1', predicate: { verdict } })
    const { lookAt } = await compared([of('bit-identical')], [of('equivalent')])
    expect(lookAt.map(({ id }) => id)).toEqual(['REBUILD_DIFFERS'])
  })

  test('what the registry answered and the recipe change with every release', async () => {
    const with_ = (sha256: string) => ({
      dependencies: [npm('a', { role: 'metadata' }, sha256), npm('r', { role: 'recipe' }, sha256)],
    })
    const { outcome, build, lookAt } = await between(with_(hex('1')), with_(hex('2')))
    expect(lookAt).toEqual([])
    expect(outcome).toBe('changed')
    expect(build.find(({ name }) => name === 'recipe')?.after).toContain('sha256:2222')
  })
})
