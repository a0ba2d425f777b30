import { sign } from 'node:crypto'
import { dsse } from '@sigstore/core'
import { describe, expect, test } from 'vitest'
import { bundle, digestsOf, envelope, inToto, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { artifactFromDigest, type VerifiedArtifact } from './artifact.ts'
import type { Expectations } from './expectations.ts'
import { keysFrom, type TrustedKey } from './keys.ts'
import { type CheckId, checkIds } from './model.ts'
import { readAttestations } from './read.ts'
import { verifyArtifact } from './verify.ts'

const pair = keyPair()
const stranger = keyPair()
const file = Buffer.from('the file')
const artifact = { name: 'file', digests: digestsOf(file) }

type Given = {
  value: unknown
  expectations?: Partial<Expectations>
  keys?: TrustedKey[]
  of?: VerifiedArtifact
  now?: Date
}

async function verify({ value, expectations, keys = keysFrom(pair.pem, 'key.pub'), of = artifact, now }: Given) {
  const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return verifyArtifact({
    artifact: of,
    attestations: readAttestations({ bytes, file: 'bundle' }).attestations,
    expectations: { signers: [{ key: 'given' }], ...expectations },
    trustRoots: [],
    keys: { given: keys },
    ...(now && { now }),
  })
}

/** The failures of the only statement, as `check CODE`. */
async function failures(given: Given): Promise<string[]> {
  const { statements } = await verify(given)
  return statements.flatMap(({ checks }) =>
    checks.flatMap((check) => (check.result === 'failed' ? [`${check.id} ${check.code}`] : [])),
  )
}

const signed = (changed: Record<string, unknown> = {}) => bundle(JSON.stringify(statementAbout(file, changed)), pair)

test('a statement that holds is verified, with every check in the order of the specification', async () => {
  const { verdict, statements } = await verify({ value: signed() })
  expect(verdict).toBe('verified')
  expect(statements[0]?.checks.map(({ id }) => id)).toEqual(checkIds)
  expect(statements[0]?.checks.every(({ detail }) => detail.length > 0)).toBe(true)
})

test.each([
  ['a bare envelope', () => envelope(JSON.stringify(statementAbout(file)), pair)],
  ['an array', () => [signed()]],
  [
    "the npm registry's list",
    () => ({ attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle: signed() }] }),
  ],
  [
    "GitHub's answer",
    () => ({ attestations: [{ repository_id: 1, bundle_url: 'https://example.com', bundle: signed() }] }),
  ],
  [
    'what gcloud prints',
    () => ({
      image_summary: {},
      provenance_summary: {
        provenance: [{ build: {}, envelope: envelope(JSON.stringify(statementAbout(file)), pair) }],
      },
    }),
  ],
  ['what gh prints', () => [{ attestation: { bundle: signed() }, verificationResult: {} }]],
  [
    'JSON Lines with other lines',
    () => `# a comment\n${JSON.stringify(signed())}\n\n{"something":"else"}\n${JSON.stringify(signed())}\n`,
  ],
  ['a file with a byte order mark', () => `\ufeff${JSON.stringify(signed())}`],
])('%s is read', async (_, value) => {
  expect((await verify({ value: value() })).verdict).toBe('verified')
})

test('nothing at all leaves the question open', async () => {
  expect(await verify({ value: [] })).toMatchObject({ verdict: 'unverifiable', statements: [] })
})

test('an attestation that does not hold neither helps nor harms another', async () => {
  const broken = { ...signed(), dsseEnvelope: envelope('{}', stranger) }
  const { verdict, statements } = await verify({ value: [broken, signed(), { what: 'ever' }] })
  expect(verdict).toBe('verified')
  expect(statements.map((one) => one.verdict)).toEqual(['rejected', 'verified', 'unverifiable'])
})

test('checks of two statements do not add up to one that holds', async () => {
  const other = bundle(JSON.stringify(statementAbout('another file')), pair)
  const forged = bundle(JSON.stringify(statementAbout(file)), stranger)
  expect((await verify({ value: [other, forged] })).verdict).toBe('rejected')
})

describe('whose signature', () => {
  test('has to be said', async () => {
    await expect(verify({ value: signed(), expectations: { signers: [] } })).rejects.toMatchObject({
      code: 'SIGNER_NOT_NAMED',
    })
  })

  test('a key does not stand for an identity', async () => {
    const signers = [{ identity: { pattern: '.*' }, issuer: { pattern: '.*' } }]
    expect(await failures({ value: signed(), expectations: { signers } })).toContain('identity SIGNER_UNKNOWN')
  })

  test.each(['(', 'a)|(?:b'])(
    'the pattern %s, which is none, is refused before anything is verified',
    async (pattern) => {
      const signers = [{ identity: { pattern }, issuer: { exactly: 'x' } }]
      await expect(verify({ value: signed(), expectations: { signers } })).rejects.toMatchObject({ code: 'USAGE' })
    },
  )
})

const json = (value: unknown) => JSON.stringify(value)
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('bad input', () => {
  test.each<[string, () => unknown, string]>([
    ['an empty file', () => '', 'format FORMAT_NOT_JSON'],
    ['a bundle that is cut off', () => json(signed()).slice(0, -40), 'format FORMAT_NOT_JSON'],
    ['nesting without end', () => deep(100_000), 'format FORMAT_TOO_DEEP'],
    ['nesting inside a bundle', () => ({ ...signed(), extra: JSON.parse(deep(64)) }), 'format FORMAT_TOO_DEEP'],
    ['a key twice', () => json(signed()).replace('{', '{"mediaType":"x",'), 'format FORMAT_DUPLICATE_KEY'],
    [
      'a key twice, once escaped',
      () => json(signed()).replace('{', '{"\\u006dediaType":"x",'),
      'format FORMAT_DUPLICATE_KEY',
    ],
    ['a number', () => '7', 'format FORMAT_UNKNOWN'],
    ['another document', () => ({ hello: 'world' }), 'format FORMAT_UNKNOWN'],
    ['a link of old in-toto', () => ({ signed: { _type: 'link' }, signatures: [] }), 'format FORMAT_UNSUPPORTED'],
    ['a bundle of old cosign', () => ({ base64Signature: '', cert: '', rekorBundle: {} }), 'format FORMAT_UNSUPPORTED'],
    ['a statement without signature', () => statementAbout(file), 'format FORMAT_UNSUPPORTED'],
    ['another media type', () => ({ ...signed(), mediaType: 'application/json' }), 'format FORMAT_MEDIA_TYPE'],
    [
      'a version that is not known',
      () => ({ ...signed(), mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' }),
      'format FORMAT_MEDIA_TYPE',
    ],
    ['no media type', () => ({ ...signed(), mediaType: undefined }), 'format FORMAT_MEDIA_TYPE'],
    ['no material', () => ({ ...signed(), verificationMaterial: undefined }), 'format FORMAT_FIELDS'],
    ['material of a wrong type', () => ({ ...signed(), verificationMaterial: 7 }), 'format FORMAT_FIELDS'],
    ['an envelope of a wrong type', () => ({ ...signed(), dsseEnvelope: [] }), 'format FORMAT_FIELDS'],
    ['no signature', () => withSignatures([]), 'format FORMAT_SIGNATURE_COUNT'],
    [
      'two signatures',
      () => withSignatures([...signed().dsseEnvelope.signatures, ...signed().dsseEnvelope.signatures]),
      'format FORMAT_SIGNATURE_COUNT',
    ],
    [
      'a bare envelope with a hundred',
      () => ({ ...envelope('{}', pair), signatures: Array(100).fill({ sig: '' }) }),
      'format FORMAT_SIGNATURE_COUNT',
    ],
    ['a signature that is not base64', () => withSignatures([{ sig: '*', keyid: '' }]), 'format FORMAT_BASE64'],
    ['a signature that is none', () => withSignatures([{ sig: 'AAAA', keyid: '' }]), 'signature SIGNATURE_INVALID'],
    [
      'too many log entries',
      () => ({
        ...signed(),
        verificationMaterial: { publicKey: { hint: '' }, tlogEntries: Array(33).fill(emptyEntry) },
      }),
      'format FORMAT_TOO_MANY',
    ],
    ['another signer', () => bundle(json(statementAbout(file)), stranger), 'signature SIGNATURE_INVALID'],
    [
      'another payload than was signed',
      () => ({ ...signed(), dsseEnvelope: { ...signed().dsseEnvelope, payload: 'e30=' } }),
      'signature SIGNATURE_INVALID',
    ],
    [
      'another payload type than was signed',
      () => ({ ...signed(), dsseEnvelope: { ...signed().dsseEnvelope, payloadType: 'text/plain' } }),
      'signature SIGNATURE_INVALID',
    ],
    ['a payload that is no statement', () => bundle('hello', pair, 'text/plain'), 'payload-type PAYLOAD_TYPE'],
    [
      'a payload that is cut off',
      () => bundle(json(statementAbout(file)).slice(0, -9), pair),
      'payload-type PAYLOAD_INVALID',
    ],
    [
      'a payload that is not UTF-8',
      () => bundle(Buffer.from([0x22, 0xff, 0x22]), pair),
      'payload-type PAYLOAD_INVALID',
    ],
    [
      'a payload with a key twice',
      () => bundle(json(statementAbout(file)).replace('{', '{"subject":[],'), pair),
      'payload-type PAYLOAD_INVALID',
    ],
    ['a payload without end', () => bundle(deep(10_000), pair), 'payload-type PAYLOAD_INVALID'],
    [
      'another kind of statement',
      () => signed({ _type: 'https://in-toto.io/Statement/v7' }),
      'payload-type STATEMENT_TYPE',
    ],
    ['no subject', () => signed({ subject: [] }), 'payload-type PAYLOAD_INVALID'],
    ['a subject without digest', () => signed({ subject: [{ name: 'file' }] }), 'payload-type PAYLOAD_INVALID'],
    [
      'a digest that is a number',
      () => signed({ subject: [{ digest: { sha256: 7 } }] }),
      'payload-type PAYLOAD_INVALID',
    ],
    ...(['none', [null], [{ uri: 'pkg:npm/a@1', digest: { sha256: 7 } }]] as const).map(
      (resolvedDependencies): [string, () => unknown, string] => [
        `dependencies that are ${json(resolvedDependencies)}`,
        () => signed({ predicate: { buildDefinition: { resolvedDependencies } } }),
        'payload-type PAYLOAD_INVALID',
      ],
    ),
    ['no predicate type', () => signed({ predicateType: undefined }), 'payload-type PAYLOAD_INVALID'],
    ['a bundle for another file', () => bundle(json(statementAbout('another file')), pair), 'subject SUBJECT_MISMATCH'],
    [
      'one digest of this file and one of another',
      () => signed({ subject: [{ digest: { ...digestsOf(file), sha512: digestsOf('x').sha512 } }] }),
      'subject SUBJECT_INCONSISTENT',
    ],
    [
      'a label that says something else',
      () => ({ attestations: [{ predicateType: 'https://example.com/other', bundle: signed() }] }),
      'predicate-type LABEL_MISMATCH',
    ],
  ])('%s', async (_, value, expected) => {
    expect(await failures({ value: value() })).toContain(expected)
  })

  test('text that is not UTF-8, and a file that is too large', async () => {
    const read = (bytes: Uint8Array) => readAttestations({ bytes, file: 'bundle' }).attestations
    expect(read(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject([{ fault: { code: 'FORMAT_NOT_UTF8' } }])
    expect(read(Buffer.alloc(64 * 1024 * 1024 + 1))).toMatchObject([{ fault: { code: 'FORMAT_TOO_LARGE' } }])
  })

  test('more attestations than anybody has', async () => {
    expect(await failures({ value: Array(20_001).fill({}) })).toEqual(['format FORMAT_TOO_MANY'])
  })
})

const emptyEntry = {
  logIndex: '0',
  logId: { keyId: '' },
  kindVersion: { kind: '', version: '' },
  inclusionProof: { checkpoint: { envelope: '' } },
}

function withSignatures(signatures: unknown[]) {
  return { ...signed(), dsseEnvelope: { ...signed().dsseEnvelope, signatures } }
}

describe('the subject', () => {
  test('of the empty file says so', async () => {
    const of = { name: 'empty', digests: digestsOf('') }
    const { verdict, statements } = await verify({ value: bundle(json(statementAbout('')), pair), of })
    const check = statements[0]?.checks.find(({ id }) => id === 'subject')
    expect(verdict).toBe('verified')
    expect(check).toMatchObject({ detail: expect.stringContaining('empty file'), evidence: { emptyFile: true } })
  })

  test('known by a broken digest only is not enough', async () => {
    const md5 = '0'.repeat(32)
    const of = { name: 'file', digests: { ...artifact.digests, md5 } }
    expect(await failures({ value: signed({ subject: [{ digest: { md5 } }] }), of })).toContain(
      'subject SUBJECT_TOO_WEAK',
    )
  })

  test('is compared by every algorithm that it names, computed from the file', async () => {
    const of = {
      ...artifact,
      async *open() {
        yield file
      },
    }
    const wrong = signed({ subject: [{ digest: { ...digestsOf(file), sha3_256: '0'.repeat(64) } }] })
    expect(await failures({ value: wrong, of })).toEqual(['subject SUBJECT_INCONSISTENT'])
  })

  test('by a digest that nobody has of the file leaves the question open', async () => {
    const subject = [{ name: 'file', digest: { sha512: digestsOf(file).sha512 } }]
    const of = { name: 'file', digests: { sha256: digestsOf(file).sha256 } }
    const { verdict, statements } = await verify({ value: signed({ subject }), of })
    expect(verdict).toBe('unverifiable')
    expect(statements[0]?.checks).toContainEqual(expect.objectContaining({ code: 'SUBJECT_NOT_COMPARABLE' }))
  })

  test.each([
    ['gitCommit', { gitCommit: 'a'.repeat(40) }, `gitCommit:${'a'.repeat(40)}`, []],
    ['a commit by its older name', { sha1: 'a'.repeat(40) }, `gitTag:${'a'.repeat(40)}`, []],
    ['another commit', { gitCommit: 'b'.repeat(40) }, `gitCommit:${'a'.repeat(40)}`, ['subject SUBJECT_MISMATCH']],
    ['an image of a machine', { gce_image_id: '8970095005306000053' }, 'gce_image_id:8970095005306000053', []],
  ])('may be no file: %s', async (_, digest, named, expected) => {
    expect(await failures({ value: signed({ subject: [{ digest }] }), of: artifactFromDigest(named) })).toEqual(
      expected,
    )
  })

  test('may be one of several', async () => {
    const subject = [{ name: 'other', digest: digestsOf('other') }, ...statementAbout(file).subject]
    expect((await verify({ value: signed({ subject }) })).verdict).toBe('verified')
  })
})

describe('expectations', () => {
  const repository = 'https://example.com/o/r'
  test.each<[string, Partial<Expectations>, CheckId, string | undefined]>([
    ['the repository', { sourceRepository: repository }, 'source', undefined],
    [
      'the repository in another spelling',
      { sourceRepository: 'git+ssh://git@EXAMPLE.com/o/r.git' },
      'source',
      undefined,
    ],
    ['another repository', { sourceRepository: `${repository}2` }, 'source', 'SOURCE_MISMATCH'],
    ['the repository in another case', { sourceRepository: 'https://example.com/O/R' }, 'source', 'SOURCE_MISMATCH'],
    ['the commit', { sourceCommit: 'A'.repeat(40) }, 'source', undefined],
    ['another commit', { sourceCommit: 'b'.repeat(40) }, 'source', 'SOURCE_MISMATCH'],
    ['the start of the commit', { sourceCommit: 'a'.repeat(7) }, 'source', 'SOURCE_MISMATCH'],
    ['the ref', { sourceRef: 'refs/tags/v1' }, 'source', undefined],
    ['another ref', { sourceRef: 'refs/tags/v2' }, 'source', 'SOURCE_MISMATCH'],
    ['the builder', { builder: { exactly: 'https://example.com/builder' } }, 'builder', undefined],
    ['the start of the builder', { builder: { exactly: 'https://example.com/' } }, 'builder', 'BUILDER_MISMATCH'],
    [
      'a pattern of part of the builder',
      { builder: { pattern: 'https://example.com|builder' } },
      'builder',
      'BUILDER_MISMATCH',
    ],
    ['a pattern of all of the builder', { builder: { pattern: 'https://example[.]com/.*' } }, 'builder', undefined],
    ['the build type', { buildType: 'https://example.com/build/v1' }, 'build-type', undefined],
    ['another build type', { buildType: 'https://example.com/build/v2' }, 'build-type', 'BUILD_TYPE_MISMATCH'],
    ['the predicate type', { predicateType: 'https://slsa.dev/provenance/v1' }, 'predicate-type', undefined],
    [
      'another predicate type',
      { predicateType: 'https://slsa.dev/provenance/v0.2' },
      'predicate-type',
      'PREDICATE_TYPE',
    ],
    [
      'the parameters',
      { parameters: { level: 1, source: 'git+https://example.com/o/r@refs/tags/v1' } },
      'parameters',
      undefined,
    ],
    ['a parameter that was not foreseen', { parameters: { level: 1 } }, 'parameters', 'PARAMETER_UNKNOWN'],
    [
      'another value',
      { parameters: { level: 2, source: 'git+https://example.com/o/r@refs/tags/v1' } },
      'parameters',
      'PARAMETER_MISMATCH',
    ],
  ])('%s', async (_, expectations, id, code) => {
    const { statements } = await verify({ value: signed(), expectations })
    const check = statements[0]?.checks.find((one) => one.id === id)
    expect(check).toMatchObject(code === undefined ? { result: 'passed' } : { result: 'failed', code })
  })

  test('a statement that says nothing of the source does not come from any', async () => {
    const value = signed({ predicate: {} })
    expect(await failures({ value, expectations: { sourceRepository: repository } })).toEqual([
      'source SOURCE_NOT_STATED',
    ])
  })
})

describe('keys', () => {
  const [key] = keysFrom(pair.pem, 'key.pub')
  if (!key) throw new Error('no key')

  test('one that has expired signs nothing without a trusted time', async () => {
    const expired = { ...key, validFor: { end: new Date('2020-01-01') } }
    expect(await failures({ value: signed(), keys: [expired] })).toEqual(['certificate-chain KEY_EXPIRED'])
    const early = { ...key, validFor: { start: new Date('2100-01-01') } }
    expect(await failures({ value: signed(), keys: [early] })).toEqual(['certificate-chain KEY_EXPIRED'])
    expect(await failures({ value: signed(), keys: [expired], now: new Date('2019-01-01') })).toEqual([])
  })

  test('without any, a signature with a key stays open but the signer does not count', async () => {
    expect(await failures({ value: signed(), keys: [] })).toEqual([
      'signature SIGNATURE_KEY_UNKNOWN',
      'identity SIGNER_UNKNOWN',
    ])
  })

  test.each(['secp384r1', 'secp521r1'])('%s is verified', async (curve) => {
    const large = keyPair(curve)
    const value = bundle(json(statementAbout(file)), large)
    expect(await failures({ value, keys: keysFrom(large.pem, 'key.pub') })).toEqual([])
  })

  test('may call its payload by the type of the statement in a bare envelope only, as OSS Rebuild did', async () => {
    const type = 'https://in-toto.io/Statement/v1'
    const value = envelope(json(statementAbout(file)), pair, type)
    expect(await failures({ value })).toEqual([])
    expect(await failures({ value: bundle(json(statementAbout(file)), pair, type) })).toEqual([
      'payload-type PAYLOAD_TYPE',
    ])
    expect(await failures({ value: { ...value, payloadType: inToto } })).toContain('signature SIGNATURE_INVALID')
  })

  test('may be two numbers, one after the other, in a bare envelope only', async () => {
    const good = envelope(json(statementAbout(file)), pair)
    const encoded = dsse.preAuthEncoding(good.payloadType, Buffer.from(good.payload, 'base64'))
    const sig = sign('sha256', encoded, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64')
    const value = { ...good, signatures: [{ sig, keyid: '' }] }
    expect(await failures({ value })).toEqual([])
    expect(await failures({ value: { ...signed(), dsseEnvelope: value } })).toContain('signature SIGNATURE_INVALID')
  })

  test('one of several signatures of a bare envelope is enough', async () => {
    const good = envelope(json(statementAbout(file)), pair)
    const bad = envelope(json(statementAbout(file)), stranger)
    const value = { ...good, signatures: [...bad.signatures, ...good.signatures] }
    expect(await failures({ value })).toEqual([])
  })

  test.each([
    ['nothing', ''],
    ['something else', 'hello'],
    ['a private key', pair.privateKey.export({ format: 'pem', type: 'pkcs8' })],
    ['a list without keys', '{"keys":7}'],
    ['a list with a broken key', '{"keys":[{"keyid":"a","key":"AAAA"}]}'],
  ])('%s is refused', (_, text) => {
    expect(() => keysFrom(Buffer.from(text), 'key.pub')).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }))
  })
})

test('texts made to take long, or to fill the screen, do neither', async () => {
  const uri = `https://example.com/${'@refs/'.repeat(500_000)}\n`
  const predicate = { source: { uri, digest: { gitCommit: 'a'.repeat(40) } } }
  const value = signed({ predicateType: 'x'.repeat(1_000_000), predicate })
  const { statements } = await verify({ value, expectations: { sourceRepository: 'https://example.com/o/r' } })
  expect(statements[0]?.checks.every(({ detail }) => detail.length <= 1001)).toBe(true)
})

test('the payload type may carry the name of the predicate', async () => {
  const value = bundle(json(statementAbout(file)), pair, 'application/vnd.in-toto.provenance+json')
  expect(await failures({ value })).toEqual([])
  expect(inToto).toBe('application/vnd.in-toto+json')
})
