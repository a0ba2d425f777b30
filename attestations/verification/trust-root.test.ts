import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ageOf, embedded, embeddedRegistryKeys, embeddedTrustRoot } from './embedded-root.ts'
import { keysFrom } from './keys.ts'
import { trustRootsFrom } from './trust-root.ts'

const folder = fileURLToPath(new URL('../../fixtures/conformance/cases/', import.meta.url))
const official = JSON.parse(readFileSync(`${folder}rekor2-happy-path/trusted_root`, 'utf8'))
const rootsIn = (value: unknown) =>
  trustRootsFrom(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'root')

describe('the embedded root', () => {
  test('is the one of the installed library, and says how old it is', () => {
    const require = createRequire(import.meta.url)
    // When this fails, change the version and the day on which that version was published.
    expect(require('@sigstore/tuf/package.json').version).toBe(embedded.version)
    const root = embeddedTrustRoot()
    expect(root.faults).toEqual([])
    expect(root.material.tlogs.length).toBeGreaterThan(0)
    expect(ageOf(root, new Date('2026-11-23T00:00:00Z'))).toEqual({ days: 18, stale: false })
    expect(ageOf(root, new Date('2027-11-23T00:00:00Z'))?.stale).toBe(true)
  })

  test("brings the registry's keys, with their validity", () => {
    const keys = keysFrom(embeddedRegistryKeys(), 'registry')
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.every(({ keyId, validFor }) => keyId?.startsWith('SHA256:') && validFor?.start)).toBe(true)
  })
})

describe('a trusted root of a file', () => {
  test('may be in a client configuration, or one of several lines', () => {
    const [plain] = rootsIn(official)
    expect(rootsIn({ mediaType: 'x', trustedRoot: official, signingConfig: {} })[0]?.material.tlogs.length).toBe(
      plain?.material.tlogs.length,
    )
    expect(rootsIn(`${JSON.stringify(official)}\n${JSON.stringify(official)}\n`).map(({ name }) => name)).toEqual([
      'root#1',
      'root#2',
    ])
  })

  test.each(['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const)(
    'is not believed in %s without start of validity, or with keys that cannot be read',
    (kind) => {
      const without = structuredClone(official)
      for (const one of without[kind]) {
        delete one.validFor
        if (one.publicKey) delete one.publicKey.validFor
      }
      const [root] = rootsIn(without)
      expect(root?.material[kind]).toEqual([])
      expect(root?.faults.length).toBe(official[kind].length)
      expect(root?.faults[0]?.detail).toContain('start of validity')
      const broken = structuredClone(official)
      for (const one of broken[kind]) {
        if (one.publicKey) one.publicKey.rawBytes = 'AAAA'
        for (const certificate of one.certChain?.certificates ?? []) certificate.rawBytes = 'AAAA'
      }
      expect(rootsIn(broken)[0]?.material[kind]).toEqual([])
    },
  )

  test('may name the key of a checkpoint with four bytes', () => {
    const short = structuredClone(official)
    for (const log of short.tlogs) {
      log.checkpointKeyId = { keyId: Buffer.from(log.logId.keyId, 'base64').subarray(0, 4).toString('base64') }
    }
    expect(rootsIn(short)[0]?.material.tlogs.every(({ logID }) => logID.length === 32)).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another document', {}],
    ['another media type', { ...official, mediaType: 'application/json' }],
    ['a key twice', JSON.stringify(official).replace('{', '{"tlogs":[],')],
    ['logs of a wrong type', { ...official, tlogs: 7 }],
    ['thousands of logs', { ...official, tlogs: Array(1000).fill(official.tlogs[0]) }],
    ['a good line and a bad one', `${JSON.stringify(official)}\n{}\n`],
  ])('is refused when it is %s', (_, value) => {
    expect(() => rootsIn(value)).toThrow(expect.objectContaining({ code: 'TRUST_ROOT_INVALID' }))
  })
})
