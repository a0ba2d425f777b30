import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bundle, digestsOf, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { keysFrom } from '../verification/keys.ts'
import { readAttestations } from '../verification/read.ts'
import { inspectAttestations, inspectStatements } from './inspect.ts'
import { grouped, type Inspection, type LookAtId } from './model.ts'

const pair = keyPair()
const file = Buffer.from('the released file')
const hex = (letter: string, length = 64) => letter.repeat(length)

const read = (value: unknown) => readAttestations({ bytes: Buffer.from(JSON.stringify(value)), file: 'a.json' })

async function inspect(...statements: unknown[]): Promise<Inspection> {
  const { attestations } = read(statements.map((one) => bundle(JSON.stringify(one), pair)))
  return inspectAttestations({ attestations })
}

type Predicate = Record<string, unknown>

const provenance = (dependencies: unknown[], internalParameters: Predicate = {}) =>
  statementAbout(file, {
    predicate: {
      buildDefinition: {
        buildType: 'https://example.com/build/v1',
        externalParameters: { source: 'git+https://example.com/o/r' },
        internalParameters,
        resolvedDependencies: [
          { uri: 'git+https://example.com/o/r', digest: { gitCommit: hex('a', 40) } },
          ...dependencies,
        ],
      },
      runDetails: { builder: { id: 'https://example.com/builder' } },
    },
  })

const npm = (name: string, annotations: Predicate = {}, digest: Predicate = { sha256: hex('b') }) => ({
  uri: `pkg:npm/${name}`,
  digest,
  annotations: { role: 'development', evidence: 'both', ...annotations },
})

const rebuild = (predicate: Predicate) =>
  statementAbout(file, { predicateType: 'https://reproof.dev/rebuild-result/v1', predicate })

const difference = (cause: string, severity = 'suspicious') => ({
  comparison: { list: [{ path: 'package/index.js', kind: 'changed', cause, severity, summary: 'Something.' }] },
})

describe('what to look at', () => {
  test.each<[LookAtId, string, unknown]>([
    ['DEP_DIGEST_MISMATCH', 'critical', provenance([npm('a@1.0.0'), npm('a@1.0.0', {}, { sha256: hex('c') })])],
    ['FETCH_UNDECLARED', 'high', provenance([npm('a@1.0.0', { evidence: 'observed' })])],
    ['DEP_INSTALL_SCRIPT', 'high', provenance([npm('a@1.0.0', { installScripts: ['postinstall'] })])],
    [
      'DEP_INSTALL_SCRIPT',
      'low',
      provenance([npm('a@1.0.0', { installScripts: ['postinstall'], scriptsRan: 'prevented' })]),
    ],
    ['DEP_NO_INTEGRITY', 'high', provenance([npm('a@1.0.0', {}, {})])],
    ['DEP_NO_INTEGRITY', 'high', provenance([npm('a@1.0.0', {}, { sha1: hex('d', 40) })])],
    [
      'DEP_EXOTIC',
      'high',
      provenance([{ ...npm(''), uri: 'git+https://example.com/x/y#abc', digest: { gitCommit: hex('e', 40) } }]),
    ],
    [
      'DEP_EXOTIC',
      'medium',
      provenance([{ ...npm('', { direct: true }), uri: 'https://example.com/y.tgz', digest: { sha256: hex('e') } }]),
    ],
    ['DEP_DEPRECATED', 'low', provenance([npm('a@1.0.0', { deprecated: 'old' })])],
    ['PROV_ABSENT', 'info', provenance([npm('a@1.0.0', { provenance: 'absent' })])],
    [
      'DECLARED_NOT_FETCHED',
      'info',
      provenance([npm('a@1.0.0')], {
        dependencyFindings: [{ id: 'DECLARED_NOT_FETCHED', severity: 'info', uri: 'pkg:npm/a@1.0.0', summary: 'x' }],
      }),
    ],
    [
      'OTHER',
      'medium',
      provenance([], {
        dependencyFindings: [{ id: 'OF_TOMORROW', severity: 'worse', uri: 'pkg:npm/a', summary: 'x' }],
      }),
    ],
    [
      'ATTEST_GAP',
      'medium',
      provenance([npm('a@1.0.0')], { dependencyCompleteness: { method: 'recording-proxy', unhashed: 2 } }),
    ],
    ['ATTEST_GAP', 'info', provenance([])],
    [
      'DEP_UNPINNED',
      'high',
      statementAbout(file, {
        predicate: { buildDefinition: { externalParameters: { source: 'git+https://e.com/o/r@refs/heads/main' } } },
      }),
    ],
    ['REBUILD_DIFFERS', 'high', rebuild({ verdict: 'different' })],
    ['REBUILD_DIFFERS', 'medium', rebuild({ verdict: 'not-rebuilt' })],
    ['REBUILD_SUSPICIOUS', 'high', rebuild({ verdict: 'different', ...difference('extra') })],
    ['MANIFEST_CONFUSION', 'critical', rebuild({ verdict: 'different', ...difference('manifest-decisive') })],
    ['ASSISTED', 'medium', rebuild({ verdict: 'bit-identical', assisted: true, assistance: ['A patch.'] })],
    [
      'VERDICT_FAILED',
      'high',
      statementAbout(file, {
        predicateType: 'https://slsa.dev/verification_summary/v1',
        predicate: { verificationResult: 'FAILED' },
      }),
    ],
    ['SUBJECT_EMPTY_FILE', 'high', statementAbout('')],
    ['SUBJECT_WEAK', 'high', statementAbout(file, { subject: [{ name: 'x', digest: { sha1: hex('a', 40) } }] })],
    [
      'BUILD_ENVIRONMENT',
      'info',
      rebuild({ verdict: 'bit-identical', rebuilder: { id: 'https://reproof.dev/builders/local/v1' } }),
    ],
    ['STATEMENT_UNREADABLE', 'high', { _type: 'https://example.com/other' }],
  ])('%s is %s', async (id, severity, statement) => {
    const { lookAt } = await inspect(statement)
    expect(lookAt.filter((one) => one.id === id).map((one) => one.severity)).toContain(severity)
  })

  test('a statement of a build without anything remarkable has nothing above info', async () => {
    const { lookAt } = await inspect(provenance([npm('a@1.0.0'), npm('b@1.0.0'), npm('c@1.0.0')]))
    expect(lookAt.filter(({ severity }) => severity !== 'info')).toEqual([])
  })

  test('the most severe comes first, and what the builder said itself is not concluded again', async () => {
    const stated = { id: 'DEP_DEPRECATED', severity: 'low', uri: 'pkg:npm/a@1.0.0', summary: 'Said by the builder.' }
    const { lookAt } = await inspect(
      provenance([npm('a@1.0.0', { deprecated: 'old' }), npm('b@1.0.0', {}, {})], { dependencyFindings: [stated] }),
    )
    expect(lookAt[0]?.id).toBe('DEP_NO_INTEGRITY')
    expect(lookAt.filter(({ id }) => id === 'DEP_DEPRECATED').map(({ summary }) => summary)).toEqual([
      'Said by the builder.',
    ])
    expect(grouped(lookAt).map(({ severity }) => severity)).toEqual(['high', 'low', 'info'])
  })

  test('the label that a registry puts on a bundle is not believed', async () => {
    const list = {
      attestations: [
        { predicateType: 'https://example.com/other', bundle: bundle(JSON.stringify(statementAbout(file)), pair) },
      ],
    }
    const { lookAt } = await inspectAttestations({ attestations: read(list).attestations })
    expect(lookAt.map(({ id }) => id)).toContain('MANIFEST_CONFUSION')
  })

  test('the same in two statements of a run is told once', async () => {
    const local = { rebuilder: { id: 'https://reproof.dev/builders/local/v1' }, verdict: 'bit-identical' }
    const { lookAt } = await inspect(rebuild(local), rebuild(local))
    expect(lookAt.filter(({ id }) => id === 'BUILD_ENVIRONMENT')).toHaveLength(1)
  })
})

describe('every dependency', () => {
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [
      {
        'bom-ref': 'a',
        name: 'a',
        purl: 'pkg:npm/a@1.0.0',
        hashes: [{ alg: 'SHA-512', content: hex('1', 128) }],
        scope: 'required',
      },
      {
        'bom-ref': 'b',
        group: '@s',
        name: 'b',
        purl: 'pkg:npm/%40s/b@2.0.0',
        licenses: [{ license: { id: 'MIT' } }],
        scope: 'constructor',
      },
      { name: 'nested', version: '1', components: [{ name: 'inside', version: '2' }] },
    ],
    dependencies: [
      { ref: 'a', dependsOn: ['b', 'nobody'] },
      { ref: 'b', dependsOn: ['b'] },
    ],
  }
  const sbom = statementAbout(file, { predicateType: 'https://cyclonedx.org/bom/v1.6', predicate: bom })

  test.each([
    ['a', 'got the same file, byte for byte'],
    ['b', 'got the same after changes to both'],
  ])('OSS Rebuild is told to have rebuilt and compared, and not to have built', async (rebuilt, said) => {
    const buildDefinition = {
      buildType: 'https://docs.oss-rebuild.dev/builds/ArtifactEquivalence@v0.1',
      externalParameters: { candidate: 'rebuild/x.tgz' },
      resolvedDependencies: [
        { name: 'rebuild/x.tgz', digest: { sha256: hex(rebuilt, 64) } },
        { name: 'x.tgz', uri: 'https://example.com/x.tgz', digest: { sha256: hex('a', 64) } },
      ],
    }
    const subject = [{ name: 'x.tgz', digest: { sha256: hex('a', 64) } }]
    const { statements, lookAt } = await inspect(statementAbout(file, { subject, predicate: { buildDefinition } }))
    expect(lookAt.map(({ id }) => id)).not.toContain('DEP_EXOTIC')
    expect(statements[0]?.says).toBe(`Somebody rebuilt x.tgz and ${said}.`)
  })

  test('a bill of materials says what needs what', async () => {
    const { dependencies } = await inspect(sbom)
    const [a, b] = ['a', '@s/b'].map((name) => dependencies.find((one) => one.name === name))
    expect(a?.needs).toEqual([b?.id])
    expect(b).toMatchObject({ version: '2.0.0', license: 'MIT', role: 'build', needs: [] })
    expect(dependencies.map(({ name }) => name).sort()).toEqual(['@s/b', 'a', 'inside', 'nested'])
  })

  test('what a provenance and a bill both name is one, with the digests of both', async () => {
    const { dependencies } = await inspect(provenance([npm('a@1.0.0', { role: 'runtime' })]), sbom)
    const found = dependencies.filter(({ uri }) => uri === 'pkg:npm/a@1.0.0')
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      role: 'runtime',
      statements: [0, 1],
      digests: { sha256: hex('b'), sha512: hex('1', 128) },
    })
  })

  test('two statements that name different files of one version cannot both be right', async () => {
    const { lookAt, dependencies } = await inspect(provenance([npm('a@1.0.0', {}, { sha512: hex('2', 128) })]), sbom)
    expect(lookAt[0]).toMatchObject({ id: 'DEP_DIGEST_MISMATCH', severity: 'critical', about: 'pkg:npm/a@1.0.0' })
    expect(dependencies.filter(({ uri }) => uri === 'pkg:npm/a@1.0.0')).toHaveLength(2)
  })

  test('SPDX and links are read too', async () => {
    const spdx = {
      predicateType: 'https://spdx.dev/Document/v2.3',
      predicate: {
        packages: [
          { name: 'c', versionInfo: '1', externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:pypi/c@1' }] },
          { name: 'd', versionInfo: '2', checksums: [{ algorithm: 'SHA256', checksumValue: hex('3') }] },
          { nothing: true },
        ],
      },
    }
    const link = {
      predicateType: 'https://in-toto.io/Link/v0.3',
      predicate: { materials: [{ uri: 'x', digest: { sha256: hex('4') } }, 1] },
    }
    const { dependencies } = await inspect(statementAbout(file, spdx), statementAbout(file, link))
    expect(dependencies.map(({ name, version }) => [name, version])).toEqual([
      ['c', '1'],
      ['d', '2'],
      ['x', undefined],
    ])
  })

  test('annotations of another shape are left out, and the dependency stays', async () => {
    const odd = {
      uri: 'pkg:npm/a@1.0.0',
      digest: { sha256: hex('b') },
      annotations: { role: 1, path: 'x', installScripts: [2], deprecated: {} },
    }
    const { dependencies } = await inspect(provenance([odd]))
    expect(dependencies[1]).toMatchObject({ name: 'a', role: 'build' })
    expect(dependencies[1]?.installScripts).toBeUndefined()
  })

  test('a row keeps its id as long as uri and digest stay', async () => {
    const ids = async () => (await inspect(provenance([npm('a@1.0.0')]))).dependencies.map(({ id }) => id)
    expect(await ids()).toEqual(await ids())
    expect((await ids())[1]).toMatch(/^dep-[0-9a-f]{16}$/)
  })
})

describe('whether any of it is believed', () => {
  const attestations = read([bundle(JSON.stringify(statementAbout(file)), pair)]).attestations
  const trust = (pem: Buffer) => ({
    expectations: { signers: [{ key: 'given' as const }] },
    trustRoots: [],
    keys: { given: keysFrom(pem, 'key') },
  })

  test('without trust nothing is verified, and that is said', async () => {
    const { verdict, statements } = await inspectAttestations({ attestations })
    expect(verdict).toBe('not-verified')
    expect(statements[0]?.verification).toBeUndefined()
    expect(statements[0]?.signer).toEqual({ kind: 'key', hint: 'test' })
  })

  test('with trust each statement is verified about the file that it names itself', async () => {
    const { verdict, statements } = await inspectAttestations({ attestations, trust: trust(pair.pem) })
    expect(verdict).toBe('verified')
    expect(statements[0]?.verification?.checks.find(({ id }) => id === 'signature')?.result).toBe('passed')
  })

  test('one statement that does not hold spoils the whole', async () => {
    const other = bundle(JSON.stringify(statementAbout(file)), keyPair())
    const both = [...attestations, ...read([other]).attestations]
    expect((await inspectAttestations({ attestations: both, trust: trust(pair.pem) })).verdict).toBe('rejected')
  })

  test('nothing at all is not verified by anybody', async () => {
    expect((await inspectAttestations({ attestations: [], trust: trust(pair.pem) })).verdict).toBe('unverifiable')
  })

  test('what nobody signed is called that', () => {
    const { verdict, statements } = inspectStatements(
      new Map([['provenance', Buffer.from(JSON.stringify(statementAbout(file)))]]),
    )
    expect(verdict).toBe('unsigned')
    expect(statements[0]).toMatchObject({ format: 'unsigned', subjects: [{ name: 'file', digest: digestsOf(file) }] })
  })
})

test('every bundle of the conformance suite is inspected, the broken ones too, with who claims to have signed it', async () => {
  const folder = new URL('../../fixtures/conformance/cases/', import.meta.url)
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /bundle\.sigstore/.test(name),
  )
  expect(names.length).toBeGreaterThan(60)
  for (const name of names) {
    const { attestations } = readAttestations({ bytes: readFileSync(new URL(name, folder)), file: name })
    const { statements, verdict } = await inspectAttestations({ attestations })
    expect(verdict).toBe('not-verified')
    expect(statements).toHaveLength(attestations.length)
    for (const one of statements) expect(one.says).not.toBe('')
  }
})
