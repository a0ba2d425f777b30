import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer } from 'node:http'
import pacote from 'pacote'
import { expect, onTestFinished, test } from 'vitest'
import { digestsOf } from '../../fixtures/runs/finished-run.ts'
import { listen } from '../../fixtures/services/listen.ts'
import { claimsOf, fetchPackument, pickVersion } from '../../verifiers/npm/resolve/packument.ts'
import { embeddedRegistryKeys } from './embedded-root.ts'
import { keysFrom } from './keys.ts'
import { openRegistryKeys } from './registry-keys.ts'
import { checkRegistrySignature } from './registry-signature.ts'

const { sha512 } = digestsOf('the package')
const integrity = `sha512-${Buffer.from(sha512, 'hex').toString('base64')}`
const other = `sha512-${Buffer.alloc(64).toString('base64')}`
const now = new Date('2026-06-01T00:00:00Z')
const published = '2026-03-01T00:00:00.000Z'
const [before, after] = ['2026-02-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z']

const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
const der = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64')

const keyOf = (key: KeyObject, more: object = {}) => ({
  expires: null,
  keyid: 'SHA256:mine',
  keytype: 'ecdsa-sha2-nistp256',
  scheme: 'ecdsa-sha2-nistp256',
  key: der(key),
  ...more,
})
const ours = { keys: [keyOf(pair.publicKey)] }
const signed = (text = `widget@1.0.0:${integrity}`, { privateKey } = pair, keyid = 'SHA256:mine') => ({
  keyid,
  sig: sign('sha256', Buffer.from(text), privateKey).toString('base64'),
})

type Registry = {
  signatures?: unknown
  integrity?: string
  shasum?: string
  time?: Record<string, string>
  /** What it answers when it is asked for its keys; nothing: 404. */
  keys?: unknown
  keysStatus?: number
}

async function registryWith(registry: Registry) {
  const { signatures = [signed()], time = { created: published, '1.0.0': published } } = registry
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    if (url === '/-/npm/v1/keys') {
      const { keys, keysStatus = keys === undefined ? 404 : 200 } = registry
      return void response.writeHead(keysStatus).end(typeof keys === 'string' ? keys : JSON.stringify(keys ?? {}))
    }
    const dist = {
      tarball: 'https://packages.example/widget.tgz',
      ...('shasum' in registry ? { shasum: registry.shasum } : { integrity: registry.integrity ?? integrity }),
      signatures,
    }
    const versions = { '1.0.0': { name: 'widget', version: '1.0.0', dist } }
    response.end(JSON.stringify({ name: 'widget', versions, time, 'dist-tags': { latest: '1.0.0' } }))
  })
  const url = await listen(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, asked }
}

async function check(
  registry: Registry,
  { digests = { sha512 } as Record<string, string>, known = { keys: [] as unknown[] } } = {},
) {
  const { url, asked } = await registryWith(registry)
  const { signal } = new AbortController()
  const limits = { attempts: 1, retryDelay: 1, silence: 5000, duration: 10_000 }
  const options = { registry: { registry: url }, limits, signal }
  const packument = await fetchPackument({ name: 'widget', escapedName: 'widget', ...options })
  const claims = claimsOf(packument, pickVersion(packument, { type: 'version', spec: '1.0.0' }))
  const keysFor = openRegistryKeys({ ...options, known: Buffer.from(JSON.stringify(known)) })
  const ids = claims.signed?.signatures.map(({ keyid }) => keyid) ?? []
  const result = checkRegistrySignature(
    { name: 'widget', version: '1.0.0', claims, digests },
    await keysFor('widget', ids),
    now,
  )
  return { result, asked, npm: () => asNpm(url, registry.keys) }
}

/** What npm's own library says, with the keys that `npm audit signatures` gives it. */
async function asNpm(url: string, document: unknown): Promise<string> {
  const { keys = [] } = document as { keys?: { key: string }[] }
  const pems = keys.map((one) => ({
    ...one,
    pemkey: `-----BEGIN PUBLIC KEY-----\n${one.key}\n-----END PUBLIC KEY-----`,
  }))
  const options = { registry: url, verifySignatures: true, [`//${new URL(url).host}/:_keys`]: pems }
  return await pacote.manifest('widget@1.0.0', options as pacote.Options).then(
    () => 'holds',
    ({ code }: { code: string }) => code,
  )
}

const code = (result: { code?: string; result: string }) => result.code ?? result.result

test.each<[string, Registry, string, string]>([
  ['holds', { keys: ours }, 'passed', 'holds'],
  [
    'is of another file',
    { keys: ours, signatures: [signed(`widget@1.0.0:${other}`)] },
    'SIGNATURE_INVALID',
    'EINTEGRITYSIGNATURE',
  ],
  [
    'is of another version',
    { keys: ours, signatures: [signed(`widget@1.0.1:${integrity}`)] },
    'SIGNATURE_INVALID',
    'EINTEGRITYSIGNATURE',
  ],
  [
    'is by a stranger, under the name of the key',
    { keys: ours, signatures: [signed(undefined, stranger)] },
    'SIGNATURE_INVALID',
    'EINTEGRITYSIGNATURE',
  ],
  [
    'is no signature',
    { keys: ours, signatures: [{ keyid: 'SHA256:mine', sig: '?!' }] },
    'SIGNATURE_INVALID',
    'EINTEGRITYSIGNATURE',
  ],
  [
    'holds, and another does not',
    { keys: ours, signatures: [signed(), signed('x')] },
    'SIGNATURE_INVALID',
    'EINTEGRITYSIGNATURE',
  ],
  [
    'is by a key that nobody publishes',
    { keys: ours, signatures: [signed(undefined, stranger, 'SHA256:other')] },
    'KEY_UNKNOWN',
    'EMISSINGSIGNATUREKEY',
  ],
  [
    'is by a key that expired before',
    { keys: { keys: [keyOf(pair.publicKey, { expires: before })] } },
    'KEY_EXPIRED',
    'EEXPIREDSIGNATUREKEY',
  ],
  [
    'is by a key that expired since',
    { keys: { keys: [keyOf(pair.publicKey, { expires: after })] } },
    'passed',
    'holds',
  ],
  [
    'is of a SHA-1, as of old packages',
    {
      keys: ours,
      shasum: 'a'.repeat(40),
      signatures: [signed(`widget@1.0.0:sha1-${Buffer.from('a'.repeat(40), 'hex').toString('base64')}`)],
    },
    'NOT_COMPARABLE',
    'holds',
  ],
])('a signature that %s: as npm itself says', async (_, registry, expected, npm) => {
  const one = await check(registry)
  expect([code(one.result), await one.npm()], one.result.detail).toEqual([expected, npm])
})

test.each<[string, Registry, string]>([
  ['a registry without keys', {}, 'KEYS_ABSENT'],
  ['a registry that does not know the question', { keysStatus: 400 }, 'KEYS_ABSENT'],
  ['a registry with a list of none', { keys: { keys: [] } }, 'KEYS_ABSENT'],
  ['a package without a signature', { keys: ours, signatures: [] }, 'SIGNATURE_ABSENT'],
  ['signatures of another form', { keys: ours, signatures: { keyid: 'SHA256:mine' } }, 'SIGNATURE_ABSENT'],
  [
    'more signatures than anybody has',
    { keys: ours, signatures: Array.from({ length: 1000 }, () => signed()) },
    'SIGNATURE_ABSENT',
  ],
  ['a registry that fails', { keysStatus: 500 }, 'NOT_ASKED'],
  ['keys that are a page', { keys: '<html>' }, 'KEYS_UNUSABLE'],
  ['keys that are a list', { keys: [] }, 'KEYS_UNUSABLE'],
  ['keys that are none', { keys: { keys: [keyOf(pair.publicKey, { key: 'AAAA' })] } }, 'KEYS_UNUSABLE'],
  ['an expiry that is no date', { keys: { keys: [keyOf(pair.publicKey, { expires: 'never' })] } }, 'KEYS_UNUSABLE'],
  ['a thousand keys', { keys: { keys: Array.from({ length: 1000 }, () => keyOf(pair.publicKey)) } }, 'KEYS_UNUSABLE'],
  ['the same keys twice', { keys: `{"keys":[],"keys":${JSON.stringify(ours.keys)}}` }, 'KEYS_UNUSABLE'],
  ['keys that nest without end', { keys: `{"keys":${'['.repeat(100_000)}` }, 'KEYS_UNUSABLE'],
  [
    'a key of another curve',
    { keys: { keys: [keyOf(p384.publicKey)] }, signatures: [signed(undefined, p384)] },
    'KEY_UNKNOWN',
  ],
  [
    'a key that is not for signatures',
    { keys: { keys: [keyOf(pair.publicKey, { keyUsage: 'npm:attestations' })] } },
    'KEYS_ABSENT',
  ],
  [
    'a mirror, whose times are its own',
    { keys: { keys: [keyOf(pair.publicKey, { expires: before })] }, time: { '1.0.0': published } },
    'TIME_UNKNOWN',
  ],
  [
    'no time, and a key that expired',
    { keys: { keys: [keyOf(pair.publicKey, { expires: before })] }, time: { created: published } },
    'TIME_UNKNOWN',
  ],
])('%s: nothing is decided', async (_, registry, expected) => {
  const { result } = await check(registry)
  expect([result.result, code(result)], result.detail).toEqual(['undecided', expected])
})

test('a lockfile that pins another file than the registry signed', async () => {
  const { result } = await check({ keys: ours }, { digests: { sha512: '0'.repeat(128) } })
  expect([result.result, code(result)]).toEqual(['failed', 'SUBJECT_MISMATCH'])
})

test('what was looked at is told: key, who says that it is the registry’s, and what was signed', async () => {
  const { result, asked } = await check({ keys: { keys: [keyOf(pair.publicKey, { expires: after })] } })
  expect(result.evidence).toEqual({
    message: `widget@1.0.0:${integrity}`,
    publishedAt: published,
    signatures: [{ keyid: 'SHA256:mine', keyFrom: 'the registry', expires: after, state: 'valid' }],
  })
  expect(asked).toEqual(['/widget', '/-/npm/v1/keys'])
})

test('a key that the trust root delivers is not asked for, and a registry cannot put another in its place', async () => {
  const known = {
    keys: [
      {
        keyId: 'SHA256:mine',
        keyUsage: 'npm:signatures',
        publicKey: { rawBytes: der(pair.publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: {} },
      },
    ],
  }
  const hostile = { keys: { keys: [keyOf(stranger.publicKey)] }, signatures: [signed(undefined, stranger)] }
  const { result, asked } = await check(hostile, { known })
  expect([code(result), asked]).toEqual(['SIGNATURE_INVALID', ['/widget']])
  expect(result.evidence.signatures[0]?.keyFrom).toBe('the trust root')
  // Also where one of two has to be asked for.
  const both = { ...hostile, signatures: [...hostile.signatures, signed(undefined, stranger, 'SHA256:new')] }
  expect(code((await check(both, { known })).result)).toBe('SIGNATURE_INVALID')
})

test('a real signature of the public registry holds with the keys that came with the trust root, for that version only', () => {
  const signed = {
    integrity: 'sha512-sFcuivsDZ99fY0TbvuRC6CDXB8r/ylafjJAMnbSF0y4EMM1/1DtQo40G2WKz1rBbyiz4SLAc3Wa6yZyC4XSGOQ==',
    signatures: [
      {
        keyid: 'SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA',
        sig: 'MEUCIQCX/49atNeSDYZP8betYWEqB0G8zZnIyB7ibC7nRNyMiQIgHosOKHhVTVNBI/6iUNSpDokOc44zsZ7TfybMKj8YdfY=',
      },
    ],
  }
  const keys = keysFrom(embeddedRegistryKeys(), 'the trust root', 'npm:signatures')
  const outcome = (version: string, publishedAt?: string) => {
    const claims = { signed, ...(publishedAt !== undefined && { publishedAt }) }
    return code(checkRegistrySignature({ name: 'light-cycle', version, claims, digests: {} }, keys, now))
  }
  expect(outcome('1.4.3', '2024-12-31T00:00:00Z')).toBe('passed')
  expect(outcome('1.4.4', '2024-12-31T00:00:00Z')).toBe('SIGNATURE_INVALID')
  // The key expired on 29 January 2025.
  expect(outcome('1.4.3', '2025-02-01T00:00:00Z')).toBe('KEY_EXPIRED')
  expect(outcome('1.4.3')).toBe('TIME_UNKNOWN')
})
