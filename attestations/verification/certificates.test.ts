import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { artifactFromDigest } from './artifact.ts'
import { embeddedTrustRoot } from './embedded-root.ts'
import type { Expectations } from './expectations.ts'
import { readAttestations } from './read.ts'
import { type TrustRoot, trustRootsFrom } from './trust-root.ts'
import { verifyArtifact } from './verify.ts'

const folder = fileURLToPath(new URL('../../fixtures/conformance/cases/', import.meta.url))
const jsonOf = (path: string) => JSON.parse(readFileSync(`${folder}${path}`, 'utf8'))

const identity =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const issuer = 'https://token.actions.githubusercontent.com'
const beacon = { identity: { exactly: identity }, issuer: { exactly: issuer } }
const artifact = artifactFromDigest('sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf')
const embedded = embeddedTrustRoot()

type Given = { value: unknown; trustRoots?: TrustRoot[]; now?: Date; expectations?: Partial<Expectations> }

async function verify({ value, trustRoots = [embedded], now, expectations }: Given) {
  return verifyArtifact({
    artifact,
    attestations: readAttestations({ bytes: Buffer.from(JSON.stringify(value)), file: 'bundle' }).attestations,
    expectations: { signers: [beacon], ...expectations },
    trustRoots,
    ...(now && { now }),
  })
}

async function failures(given: Given): Promise<string[]> {
  const { statements } = await verify(given)
  return statements.flatMap(({ checks }) =>
    checks.flatMap((check) => (check.result === 'failed' ? [`${check.id} ${check.code}`] : [])),
  )
}

const v3 = () => jsonOf('happy-path-intoto-in-dsse-v3/bundle.sigstore')
const v2 = () => ({
  value: jsonOf('rekor2-dsse-happy-path/bundle.sigstore'),
  root: jsonOf('rekor2-dsse-happy-path/trusted_root'),
})
const rootsOf = (...roots: unknown[]) =>
  trustRootsFrom(Buffer.from(roots.map((one) => JSON.stringify(one)).join('\n')), 'root')

describe('a PEP 740 object', () => {
  const { verificationMaterial, dsseEnvelope } = v3()
  const attestation = {
    version: 1,
    verification_material: {
      certificate: verificationMaterial.certificate.rawBytes,
      transparency_entries: verificationMaterial.tlogEntries,
    },
    envelope: { statement: dsseEnvelope.payload, signature: dsseEnvelope.signatures[0].sig },
  }

  test('by itself, and in the list of an index', async () => {
    expect((await verify({ value: attestation })).verdict).toBe('verified')
    const provenance = {
      version: 1,
      attestation_bundles: [{ publisher: { kind: 'GitHub' }, attestations: [attestation] }],
    }
    expect((await verify({ value: provenance })).verdict).toBe('verified')
  })

  test.each([
    ['another version', { ...attestation, version: 2 }],
    ['no envelope', { ...attestation, envelope: 7 }],
    [
      'an entry that is none',
      { ...attestation, verification_material: { ...attestation.verification_material, transparency_entries: [7] } },
    ],
    [
      'no entries',
      { ...attestation, verification_material: { certificate: attestation.verification_material.certificate } },
    ],
  ])('with %s is rejected', async (_, value) => {
    expect((await verify({ value })).verdict).toBe('rejected')
  })
})

test('a bare envelope with a certificate shows neither when it was signed nor that it was logged', async () => {
  const { verificationMaterial, dsseEnvelope } = v3()
  const der = verificationMaterial.certificate.rawBytes
  const cert = `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`
  const value = { ...dsseEnvelope, signatures: [{ ...dsseEnvelope.signatures[0], cert }] }
  const { verdict } = await verify({ value })
  expect(verdict).toBe('unverifiable')
  expect(await failures({ value })).toEqual([
    'timestamps TIME_NOT_IN_ENVELOPE',
    'log-inclusion LOG_ENTRY_NOT_IN_ENVELOPE',
  ])
})

describe('clocks', () => {
  test('a signature of the future is of a clock that is wrong', async () => {
    expect(await failures({ value: v3(), now: new Date('2020-01-01') })).toEqual(['timestamps TIME_IN_FUTURE'])
  })

  test('a log entry without a promise says no time', async () => {
    const value = v3()
    delete value.verificationMaterial.tlogEntries[0].inclusionPromise
    expect(await failures({ value })).toEqual(['timestamps TIME_MISSING'])
  })

  test('a time that the log did not sign does not count', async () => {
    const value = v3()
    value.verificationMaterial.tlogEntries[0].integratedTime = '1734374577'
    expect(await failures({ value })).toContain('log-inclusion LOG_ENTRY_INVALID')
  })

  test('a timestamp that is none, and one that stands twice', async () => {
    const { value, root } = v2()
    const stamps = value.verificationMaterial.timestampVerificationData.rfc3161Timestamps
    const twice = structuredClone(value)
    twice.verificationMaterial.timestampVerificationData.rfc3161Timestamps = [stamps[0], stamps[0]]
    expect(await failures({ value: twice, trustRoots: rootsOf(root) })).toContain('timestamps TIME_INVALID')
    stamps[0].signedTimestamp = 'AAAA'
    expect(await failures({ value, trustRoots: rootsOf(root) })).toContain('timestamps TIME_INVALID')
  })
})

describe('trusted roots', () => {
  test('a log that was retired before the signature is not trusted, though its proof holds', async () => {
    const { value, root } = v2()
    for (const log of root.tlogs)
      log.publicKey.validFor = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' }
    expect(await failures({ value, trustRoots: rootsOf(root) })).toEqual(['log-inclusion LOG_NOT_TRUSTED_THEN'])
  })

  test('each is tried by itself, in whatever order', async () => {
    const { value, root } = v2()
    const other = jsonOf('intoto-with-custom-trust-root/trusted_root')
    for (const trustRoots of [rootsOf(other, root), rootsOf(root, other)]) {
      expect((await verify({ value, trustRoots })).verdict).toBe('verified')
    }
  })

  test('two halves of different roots do not make a whole', async () => {
    const { value, root } = v2()
    const withoutLogs = {
      ...root,
      tlogs: [{ ...root.tlogs[0], publicKey: { ...root.tlogs[0].publicKey, rawBytes: 'AAAA' } }],
    }
    const withoutAuthorities = { ...root, certificateAuthorities: [] }
    expect((await verify({ value, trustRoots: rootsOf(withoutLogs, withoutAuthorities) })).verdict).toBe('rejected')
  })

  test('one that names no log vouches for no entry', async () => {
    const { value, root } = v2()
    expect(await failures({ value, trustRoots: rootsOf({ ...root, tlogs: [] }) })).toEqual([
      'log-inclusion LOG_ENTRY_INVALID',
    ])
  })

  test('one whose logs are all refused still asks for an entry', async () => {
    const { value, root } = v2()
    for (const log of root.tlogs) delete log.publicKey.validFor
    value.verificationMaterial.tlogEntries = []
    expect(await failures({ value, trustRoots: rootsOf(root) })).toContain('log-inclusion LOG_ENTRY_MISSING')
  })

  test('none at all trusts no certificate', async () => {
    expect((await verify({ value: v3(), trustRoots: [] })).verdict).toBe('rejected')
  })
})

test.each(['logIndex', 'inclusionProof.treeSize', 'inclusionProof.rootHash'])(
  'an unsigned %s of a log entry cannot say something else than what the log signed',
  async (path) => {
    const { value, root } = v2()
    const [entry] = value.verificationMaterial.tlogEntries
    if (path === 'logIndex') entry.logIndex = '7'
    if (path === 'inclusionProof.treeSize') entry.inclusionProof.treeSize = '7'
    if (path === 'inclusionProof.rootHash') entry.inclusionProof.rootHash = 'AAAA'
    expect(await failures({ value, trustRoots: rootsOf(root) })).toContain('log-inclusion LOG_ENTRY_INVALID')
  },
)

test('more entries than there are can be required', async () => {
  expect(await failures({ value: v3(), expectations: { require: { logEntries: 2 } } })).toEqual([
    'log-inclusion LOG_ENTRY_MISSING',
  ])
  const value = v3()
  value.verificationMaterial.tlogEntries.push(value.verificationMaterial.tlogEntries[0])
  expect(await failures({ value, expectations: { require: { logEntries: 2 } } })).toContain(
    'log-inclusion LOG_ENTRY_INVALID',
  )
})

test('a certificate that cannot be read is nobody’s', async () => {
  const value = v3()
  value.verificationMaterial.certificate.rawBytes = 'AAAA'
  expect(await failures({ value })).toEqual(['signature CERTIFICATE_UNREADABLE', 'identity SIGNER_UNKNOWN'])
})

test('the source in the statement and in the certificate both count where the CI system is the builder', async () => {
  // The statement was made up by the project's beacon: it names another repository than the certificate.
  const statement = 'https://github.com/loosebazooka/aa-test'
  const certificate = 'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon'
  for (const sourceRepository of [statement, certificate]) {
    expect(await failures({ value: v3(), expectations: { sourceRepository } })).toEqual(['source SOURCE_MISMATCH'])
  }
})
