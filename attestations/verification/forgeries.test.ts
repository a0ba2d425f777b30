import { describe, expect, test } from 'vitest'
import {
  alternativeNames,
  authority,
  certificate,
  claim,
  codeSigning,
  ecKeys,
  rsaKeys,
  serverAuthentication,
  spki,
  subjectAlternativeName,
} from '../../fixtures/attestations/forge/certificates.ts'
import { timeAuthority, timestamp } from '../../fixtures/attestations/forge/clock.ts'
import { name, octets, sequence, tlv, utf8 } from '../../fixtures/attestations/forge/der.ts'
import {
  type BundleOptions,
  createInstance,
  type ForgedBundle,
  file,
  signedAt,
  signedBundle,
  trustedRootOf,
  workflow,
  workflowClaims,
} from '../../fixtures/attestations/forge/instance.ts'
import { checkpoint, type Entry, logV1, logV2 } from '../../fixtures/attestations/forge/logs.ts'
import { digestsOf, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import type { Expectations } from './expectations.ts'
import { readAttestations } from './read.ts'
import { trustRootsFrom } from './trust-root.ts'
import { verifyArtifact } from './verify.ts'

// Everything that somebody could try who has not the key of an authority that is believed, or has it and lies. The
// instance is honest and complete, so that each forgery differs in one thing only from what is accepted.
const instance = createInstance()
const stranger = createInstance()
const signer = { identity: { exactly: workflow.identity }, issuer: { exactly: workflow.issuer } }

type Root = ReturnType<typeof trustedRootOf>
type Forgery = {
  options?: BundleOptions
  change?: (bundle: ForgedBundle, options: BundleOptions) => void
  /** Instead of a bundle of the instance. */
  value?: unknown
  root?: (root: Root) => void
  expectations?: Partial<Expectations>
  digests?: Record<string, string>
  now?: Date
}

async function findings({ options = {}, change, value, root, expectations, digests, now }: Forgery): Promise<string[]> {
  const bundle = signedBundle(instance, options)
  change?.(bundle, options)
  const trusted = trustedRootOf(instance)
  root?.(trusted)
  const text = value === undefined ? JSON.stringify(bundle) : typeof value === 'string' ? value : JSON.stringify(value)
  const { statements, verdict } = await verifyArtifact({
    artifact: { name: 'file', digests: digests ?? digestsOf(file) },
    attestations: readAttestations({ bytes: Buffer.from(text), file: 'bundle' }).attestations,
    expectations: { signers: [signer], ...expectations },
    trustRoots: trustRootsFrom(Buffer.from(JSON.stringify(trusted)), 'root'),
    ...(now && { now }),
  })
  const codes = statements.flatMap(({ checks }) => checks.flatMap((one) => (one.result === 'failed' ? [one.code] : [])))
  return codes.length === 0 ? [verdict] : codes
}

type Idea = readonly [what: string, expected: string, forgery: () => Forgery]

function tried(ideas: readonly Idea[]): void {
  test.each(ideas)('%s: %s', async (_, expected, forgery) => {
    expect(await findings(forgery())).toContain(expected)
  })
}

const minutes = (count: number) => new Date(signedAt.getTime() + count * 60_000)
const named = (...names: Buffer[]): Forgery => ({ options: { names } })
const said = (changed: Record<string, unknown>): Forgery => ({
  options: { payload: JSON.stringify(statementAbout(file, changed)) },
})
const subjects = (...digests: Record<string, unknown>[]): Forgery =>
  said({ subject: digests.map((digest) => ({ name: 'file', digest })) })
const expecting = (expectations: Partial<Expectations>, forgery: Forgery = {}): Forgery => ({
  ...forgery,
  expectations,
})
const entryOf = ({ verificationMaterial }: ForgedBundle): Entry => {
  const [entry] = verificationMaterial.tlogEntries
  if (!entry) throw new Error('it has no entry')
  return entry
}
const proofOf = (bundle: ForgedBundle) => {
  const { inclusionProof } = entryOf(bundle)
  if (!inclusionProof) throw new Error('it has no proof')
  return inclusionProof
}
const entry = (change: (entry: Entry, bundle: ForgedBundle) => void, options: BundleOptions = {}): Forgery => ({
  options,
  change: (bundle) => change(entryOf(bundle), bundle),
})
const stamps = (change: (signature: Buffer) => Buffer[]): Forgery => ({
  change(bundle) {
    const signature = Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
    const rfc3161Timestamps = change(signature).map((der) => ({ signedTimestamp: der.toString('base64') }))
    bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps }
  },
})
const { clock } = instance
const { uri, email, dns, other } = alternativeNames

describe('what is honest is verified', () => {
  tried([
    ['in a log of Rekor v2, with a timestamp', 'verified', () => ({})],
    ['in a log of Rekor v1', 'verified', () => ({ options: { log: 'v1' } })],
    ['in Rekor v1 and timestamped', 'verified', () => ({ options: { log: 'v1', timestampedAt: signedAt } })],
    ['with an RSA key of 2048 bits', 'verified', () => ({ options: { keys: rsaKeys(2048) } })],
    [
      'under the old issuer extension only',
      'verified',
      () => ({
        options: { claims: workflowClaims().filter(({ id }) => !id.endsWith('.8')) },
      }),
    ],
    [
      'with an extension that nobody needs to know',
      'verified',
      () => ({
        options: { claims: [...workflowClaims(), { id: '1.2.3.4', value: utf8('hello') }] },
      }),
    ],
    ['an index as a number', 'verified', () => entry((one) => Object.assign(one, { logIndex: 1 }))],
    ['a clock that is a minute behind', 'verified', () => ({ now: minutes(-1) })],
    [
      'cosigned by a witness that nobody knows',
      'verified',
      () =>
        entry((_, bundle) => {
          const proof = proofOf(bundle)
          const line = `— witness.test ${Buffer.alloc(68, 1).toString('base64')}\n`
          proof.checkpoint.envelope += line
        }),
    ],
    [
      'a machine as the name in the checkpoint of Rekor v1',
      'verified',
      () =>
        entry(
          (_, bundle) => {
            const proof = proofOf(bundle)
            const { v1 } = instance.logs
            proof.checkpoint.envelope = checkpoint(v1, Buffer.from(proof.rootHash, 'base64'), 2, 'pod-7 - 42').replace(
              '— pod-7 - 42',
              '— pod-7',
            )
          },
          { log: 'v1' },
        ),
    ],
  ])
})

describe('somebody else is not the signer', () => {
  const { identity } = workflow
  // What becomes an "a" for whoever reads seven bits only.
  const highBit = (text: string) => tlv(0x86, Buffer.from(text.replace('acme', '\u00e1cme'), 'latin1'))
  tried([
    ['a Cyrillic letter', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', '\u0430cme')))],
    ['a letter whose highest bit is set', 'CERTIFICATE_UNREADABLE', () => named(highBit(identity))],
    ['a letter of no width', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\u200b`))],
    ['other case', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', 'ACME')))],
    ['the identity and more', 'IDENTITY_MISMATCH', () => named(uri(`${identity}.evil.example`))],
    ['more before the identity', 'IDENTITY_MISMATCH', () => named(uri(`https://evil.example/?${identity}`))],
    ['a part of the identity', 'IDENTITY_MISMATCH', () => named(uri(identity.slice(0, -1)))],
    ['a NUL and more', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\0.evil.example`))],
    ['a line end', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\n`))],
    ['an escaped letter', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', '%61cme')))],
    ['another branch of the workflow', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('main', 'evil')))],
    ['a host name', 'IDENTITY_AMBIGUOUS', () => named(dns(identity))],
    ['an e-mail address that is a URL', 'IDENTITY_AMBIGUOUS', () => named(email(identity))],
    ['a user name that is a URL', 'IDENTITY_AMBIGUOUS', () => named(other('1.3.6.1.4.1.57264.1.7', identity))],
    ['a name of an unknown kind', 'IDENTITY_AMBIGUOUS', () => named(other('1.2.3.4', identity))],
    [
      'an e-mail address as a URL',
      'IDENTITY_AMBIGUOUS',
      () =>
        expecting({ signers: [{ ...signer, identity: { exactly: 'a@acme.example' } }] }, named(uri('a@acme.example'))),
    ],
    ['no name', 'IDENTITY_AMBIGUOUS', () => named()],
    [
      'the name only where people read it',
      'IDENTITY_AMBIGUOUS',
      () => ({
        options: { names: [], certificate: { subject: name('test', identity) } },
      }),
    ],
    ['two URLs', 'IDENTITY_AMBIGUOUS', () => named(uri(identity), uri('https://evil.example'))],
    ['a URL and an e-mail address', 'IDENTITY_AMBIGUOUS', () => named(uri(identity), email('evil@evil.example'))],
    [
      'names in two places',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [...workflowClaims(), subjectAlternativeName(uri('https://evil.example'))] },
      }),
    ],
    ['another issuer', 'ISSUER_MISMATCH', () => ({ options: { claims: [claim(8, 'https://evil.example')] } })],
    [
      'an issuer whose name goes on',
      'ISSUER_MISMATCH',
      () => ({
        options: { claims: [claim(8, `${workflow.issuer}.evil.example`)] },
      }),
    ],
    [
      'an issuer with a slash behind',
      'ISSUER_MISMATCH',
      () => ({ options: { claims: [claim(8, `${workflow.issuer}/`)] } }),
    ],
    ['no issuer', 'ISSUER_MISMATCH', () => ({ options: { claims: [] } })],
    [
      'issuers that disagree',
      'IDENTITY_AMBIGUOUS',
      () => ({
        options: { claims: [claim(8, workflow.issuer), claim(1, 'https://evil.example')] },
      }),
    ],
    [
      'the issuer twice',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [claim(8, workflow.issuer), claim(8, 'https://evil.example')] },
      }),
    ],
    [
      'an issuer that is not written as text',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [{ id: claim(8, '').id, value: Buffer.from([0x0c, 0x02, 0xff, 0xfe]) }] },
      }),
    ],
    [
      'a pattern for the start',
      'IDENTITY_MISMATCH',
      () => expecting({ signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme/' } }] }),
    ],
    [
      'a pattern with alternatives',
      'IDENTITY_MISMATCH',
      () => expecting({ signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme|x' } }] }),
    ],
    [
      'a pattern and a second line',
      'IDENTITY_MISMATCH',
      () =>
        expecting(
          { signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme/.*' } }] },
          named(uri('https://evil.example\nhttps://github.com/acme/widget')),
        ),
    ],
    [
      'a key where a certificate is expected',
      'SIGNER_UNKNOWN',
      () => ({
        change({ verificationMaterial }) {
          delete verificationMaterial.certificate
          verificationMaterial.publicKey = { hint: workflow.identity }
        },
      }),
    ],
    ['a certificate where a key is expected', 'IDENTITY_MISMATCH', () => expecting({ signers: [{ key: 'given' }] })],
  ])
})

describe('a certificate', () => {
  const issued = (change: BundleOptions['certificate']): Forgery => ({ options: { certificate: change ?? {} } })
  tried([
    ['that had expired', 'CERTIFICATE_UNTRUSTED', () => issued({ notAfter: minutes(-0.5) })],
    ['that was not valid yet', 'CERTIFICATE_UNTRUSTED', () => issued({ notBefore: minutes(1) })],
    ['of another authority', 'CERTIFICATE_UNTRUSTED', () => issued({ issuer: stranger.authority })],
    [
      'of another authority of the same name',
      'CERTIFICATE_UNTRUSTED',
      () => issued({ issuer: { keys: ecKeys(), subject: instance.authority.subject } }),
    ],
    [
      'of an authority that was retired',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ certificateAuthorities }) {
          for (const one of certificateAuthorities) Object.assign(one.validFor, { end: '2025-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'of an authority that came later',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ certificateAuthorities }) {
          for (const one of certificateAuthorities) one.validFor.start = '2026-02-01T00:00:00Z'
        },
      }),
    ],
    [
      'that brings its own root',
      'CERTIFICATE_UNTRUSTED',
      () => chained((leaf) => [leaf, stranger.authority.certificate], stranger.authority),
    ],
    [
      'issued with a certificate for signing code',
      'CERTIFICATE_UNTRUSTED',
      () => {
        const keys = ecKeys()
        const subject = name('test', 'not an authority')
        const middle = certificate({
          keys,
          issuer: instance.authority,
          subject,
          notBefore: minutes(-1),
          notAfter: minutes(9),
          extensions: codeSigning,
          promisedBy: [instance.certificateLog],
        })
        return chained((leaf) => [leaf, middle], { keys, subject })
      },
    ],
    ['for web servers', 'CERTIFICATE_NOT_FOR_SIGNING', () => ({ options: { usage: serverAuthentication } })],
    ['for nothing in particular', 'CERTIFICATE_NOT_FOR_SIGNING', () => ({ options: { usage: [] } })],
    [
      'of an authority itself',
      'CERTIFICATE_NOT_FOR_SIGNING',
      () => ({
        options: {
          usage: [...codeSigning.slice(1), { id: '2.5.29.19', critical: true, value: sequence(Buffer.of(1, 1, 255)) }],
        },
      }),
    ],
    ['that no log has promised to show', 'CERTIFICATE_UNTRUSTED', () => issued({ promisedBy: [] })],
    [
      'that an unknown log has promised to show',
      'CERTIFICATE_UNTRUSTED',
      () => issued({ promisedBy: [stranger.certificateLog] }),
    ],
    ['with the promise for another one', 'CERTIFICATE_UNTRUSTED', () => issued({ promised: Buffer.from('another') })],
    [
      'whose log was retired',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        root({ ctlogs }) {
          for (const { publicKey } of ctlogs) Object.assign(publicKey.validFor, { end: '2021-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'with a critical extension that nobody knows',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [...workflowClaims(), { id: '1.2.3.4', critical: true, value: octets() }] },
      }),
    ],
    ['with more behind it', 'CERTIFICATE_UNREADABLE', () => rawBytes((der) => Buffer.concat([der, Buffer.of(0)]))],
    ['that is cut off', 'CERTIFICATE_UNREADABLE', () => rawBytes((der) => der.subarray(0, -10))],
    ['that is another document', 'CERTIFICATE_UNREADABLE', () => rawBytes(() => Buffer.from('{"certificate":true}'))],
    ['that is empty', 'FORMAT_FIELDS', () => rawBytes(() => Buffer.alloc(0))],
    [
      'for a key of another',
      'SIGNATURE_INVALID',
      () =>
        rawBytes(() => Buffer.from(signedBundle(instance).verificationMaterial.certificate?.rawBytes ?? '', 'base64')),
    ],
    ['for RSA with 1024 bits', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: rsaKeys(1024) } })],
    ['for P-224', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: ecKeys('secp224r1') } })],
    ['for the curve of bitcoin', 'SIGNATURE_KEY_WEAK', () => ({ options: { keys: ecKeys('secp256k1') } })],
    ['whose signature uses SHA-1', 'SIGNATURE_INVALID', () => ({ options: { digest: 'sha1' } })],
  ])

  function chained(
    chain: (leaf: Buffer) => Buffer[],
    issuer: { keys: ReturnType<typeof ecKeys>; subject: Buffer },
  ): Forgery {
    return {
      options: { certificate: { issuer } },
      change(bundle) {
        const { verificationMaterial } = bundle
        const leaf = Buffer.from(verificationMaterial.certificate?.rawBytes ?? '', 'base64')
        delete verificationMaterial.certificate
        const certificates = chain(leaf).map((der) => ({ rawBytes: der.toString('base64') }))
        verificationMaterial.x509CertificateChain = { certificates }
        bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'
      },
    }
  }

  function rawBytes(change: (der: Buffer) => Buffer): Forgery {
    return {
      change({ verificationMaterial }) {
        const der = Buffer.from(verificationMaterial.certificate?.rawBytes ?? '', 'base64')
        verificationMaterial.certificate = { rawBytes: change(der).toString('base64') }
      },
    }
  }
})

describe('a time', () => {
  tried([
    ['after the certificate', 'CERTIFICATE_UNTRUSTED', () => ({ options: { timestampedAt: minutes(10) } })],
    ['before the certificate', 'CERTIFICATE_UNTRUSTED', () => ({ options: { timestampedAt: minutes(-2) } })],
    [
      'in the log after the certificate',
      'CERTIFICATE_UNTRUSTED',
      () => ({ options: { log: 'v1', loggedAt: minutes(10) } }),
    ],
    [
      'one of two outside the certificate',
      'CERTIFICATE_UNTRUSTED',
      () => ({
        options: { log: 'v1', timestampedAt: minutes(10) },
      }),
    ],
    ['of an unknown authority', 'TIME_INVALID', () => stamps((data) => [timestamp(stranger.clock, data, signedAt)])],
    [
      'of an unknown authority of the same name',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt, { signWith: ecKeys() })]),
    ],
    ['of another signature', 'TIME_INVALID', () => stamps(() => [timestamp(clock, Buffer.from('other'), signedAt)])],
    ['that was refused', 'TIME_INVALID', () => stamps((data) => [timestamp(clock, data, signedAt, { status: 2 })])],
    [
      'with another content than was signed',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt, { info: sequence() })]),
    ],
    [
      'twice',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt), timestamp(clock, data, signedAt)]),
    ],
    [
      'that holds beside one that does not',
      'TIME_INVALID',
      () => stamps((data) => [timestamp(clock, data, signedAt), timestamp(stranger.clock, data, signedAt)]),
    ],
    ['that is cut off', 'TIME_INVALID', () => stamps((data) => [timestamp(clock, data, signedAt).subarray(0, 60)])],
    [
      'of an authority that was retired',
      'TIME_INVALID',
      () => ({
        root({ timestampAuthorities }) {
          for (const one of timestampAuthorities) Object.assign(one.validFor, { end: '2025-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'of an authority whose certificate had expired',
      'TIME_INVALID',
      () => {
        const expired = timeAuthority({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })
        return {
          ...stamps((data) => [timestamp(expired, data, signedAt)]),
          root({ timestampAuthorities: [one] }) {
            const chain = [expired.certificate, expired.root.certificate]
            one?.certChain.certificates.splice(0, 2, ...chain.map((der) => ({ rawBytes: der.toString('base64') })))
          },
        }
      },
    ],
    ['of nobody', 'TIME_MISSING', () => ({ options: { timestampedAt: 'never' } })],
    ['that the log did not promise', 'TIME_MISSING', () => entry((one) => delete one.inclusionPromise, { log: 'v1' })],
    [
      'in the log that was set back',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => Object.assign(one, { integratedTime: String(signedAt.getTime() / 1000 - 30) }), { log: 'v1' }),
    ],
    [
      'that a log without times is said to have promised',
      'LOG_ENTRY_INVALID',
      () =>
        entry(
          (one) => {
            one.integratedTime = String(signedAt.getTime() / 1000)
            one.inclusionPromise = { signedEntryTimestamp: Buffer.alloc(64).toString('base64') }
          },
          { timestampedAt: 'never' },
        ),
    ],
    ['in the future', 'TIME_IN_FUTURE', () => ({ now: minutes(-60) })],
  ])
})

describe('a log entry', () => {
  const elsewhere = (log: 'v1' | 'v2' = 'v2') => entryOf(signedBundle(instance, { log, payload: '{}' }))
  tried([
    [
      'of another artifact',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, { verificationMaterial }) => {
          verificationMaterial.tlogEntries = [elsewhere()]
        }),
    ],
    [
      'of another artifact, in Rekor v1',
      'LOG_ENTRY_INVALID',
      () =>
        entry(
          (_, { verificationMaterial }) => {
            verificationMaterial.tlogEntries = [elsewhere('v1')]
          },
          { log: 'v1' },
        ),
    ],
    [
      'of another signature of the same thing',
      'LOG_ENTRY_INVALID',
      () => {
        const keys = ecKeys()
        const first = entryOf(signedBundle(instance, { keys }))
        return entry(
          (_, { verificationMaterial }) => {
            verificationMaterial.tlogEntries = [first]
          },
          { keys },
        )
      },
    ],
    [
      'that names another key',
      'LOG_ENTRY_OF_ANOTHER_KEY',
      () => ({
        options: {
          logBody: (body) =>
            replaced(body, { x509Certificate: undefined, publicKey: { rawBytes: spki(ecKeys()).toString('base64') } }),
        },
      }),
    ],
    [
      'that names no key',
      'LOG_ENTRY_OF_ANOTHER_KEY',
      () => ({
        options: { logBody: (body) => replaced(body, { x509Certificate: undefined }) },
      }),
    ],
    [
      'that is not the one in the proof',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => {
          one.canonicalizedBody = elsewhere().canonicalizedBody
        }),
    ],
    [
      'with another promise',
      'LOG_ENTRY_INVALID',
      () =>
        entry(
          (one) => {
            Object.assign(one, { inclusionPromise: elsewhere('v1').inclusionPromise })
          },
          { log: 'v1' },
        ),
    ],
    [
      'with another hash in its proof',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, bundle) => {
          proofOf(bundle).hashes = [Buffer.alloc(32).toString('base64')]
        }),
    ],
    [
      'with one hash more in its proof',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, bundle) => {
          proofOf(bundle).hashes.push(Buffer.alloc(32).toString('base64'))
        }),
    ],
    [
      'without the hashes of its proof',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, bundle) => {
          proofOf(bundle).hashes = []
        }),
    ],
    [
      'at another place of the tree',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one, bundle) => {
          proofOf(bundle).logIndex = '0'
          one.logIndex = '0'
        }),
    ],
    [
      'behind the end of the tree',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one, bundle) => {
          proofOf(bundle).logIndex = '2'
          one.logIndex = '2'
        }),
    ],
    [
      'before its beginning',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one, bundle) => {
          proofOf(bundle).logIndex = '-1'
          one.logIndex = '-1'
        }),
    ],
    [
      'at a place that is no number',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one, bundle) => {
          proofOf(bundle).logIndex = 'one'
          one.logIndex = 'one'
        }),
    ],
    [
      'of a tree without entries',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, bundle) => {
          proofOf(bundle).treeSize = '0'
        }),
    ],
    [
      'in a tree of another size',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint(instance.logs.v2, root, 3)),
    ],
    [
      'in another tree of the log',
      'LOG_ENTRY_INVALID',
      () => checkpointed(() => checkpoint(instance.logs.v2, Buffer.alloc(32), 2)),
    ],
    [
      'whose checkpoint another key signed',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint({ ...instance.logs.v2, keys: stranger.logs.v2.keys }, root, 2)),
    ],
    [
      'whose checkpoint another log signed',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint(instance.logs.v1, root, 2)),
    ],
    [
      'whose checkpoint names another log',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint(instance.logs.v2, root, 2, 'evil.test')),
    ],
    [
      'whose checkpoint nobody signed',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint(instance.logs.v2, root, 2).replace(/— .*\n/, '')),
    ],
    ['whose checkpoint is empty', 'LOG_ENTRY_INVALID', () => checkpointed(() => '')],
    [
      'whose checkpoint has a size that is no number',
      'LOG_ENTRY_INVALID',
      () => checkpointed((root) => checkpoint(instance.logs.v2, root, Number.NaN)),
    ],
    [
      'under the id of another log',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => {
          one.logId.keyId = instance.logs.v1.id.toString('base64')
        }),
    ],
    [
      'of a log that nobody knows',
      'LOG_ENTRY_INVALID',
      () => ({
        change(bundle) {
          bundle.verificationMaterial.tlogEntries = signedBundle({
            ...instance,
            logs: stranger.logs,
          }).verificationMaterial.tlogEntries
        },
      }),
    ],
    ['of an unknown log of the same name', 'LOG_ENTRY_INVALID', () => forgedLog({ v1: logV1(), v2: logV2() })],
    [
      'of an unknown log, beside a good one',
      'LOG_ENTRY_INVALID',
      () =>
        entry((_, { verificationMaterial }) => {
          const { tlogEntries } = signedBundle({ ...instance, logs: stranger.logs }).verificationMaterial
          verificationMaterial.tlogEntries.push(...tlogEntries)
        }),
    ],
    [
      'twice',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one, { verificationMaterial }) => {
          verificationMaterial.tlogEntries.push(one)
        }),
    ],
    ['that is missing', 'LOG_ENTRY_MISSING', () => ({ options: { log: 'none' } })],
    [
      'of another kind than it says',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => {
          one.kindVersion.kind = 'dsse'
        }),
    ],
    [
      'of another version than it says',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => {
          one.kindVersion.version = '0.0.1'
        }),
    ],
    [
      'of a kind that was withdrawn',
      'LOG_ENTRY_INVALID',
      () => ({
        options: { logBody: (body) => ({ ...body, kind: 'dsse' }) },
      }),
    ],
    [
      'of a kind that is not for signatures',
      'LOG_ENTRY_INVALID',
      () => ({
        options: { logBody: (body) => ({ ...body, kind: 'rpm' }) },
      }),
    ],
    [
      'that is not JSON',
      'LOG_ENTRY_INVALID',
      () =>
        entry((one) => {
          one.canonicalizedBody = Buffer.from('hello').toString('base64')
        }),
    ],
    [
      'of a log that was retired',
      'LOG_NOT_TRUSTED_THEN',
      () => ({
        root({ tlogs }) {
          for (const { publicKey } of tlogs) Object.assign(publicKey.validFor, { end: '2025-01-01T00:00:00Z' })
        },
      }),
    ],
    [
      'of a log that came later',
      'LOG_NOT_TRUSTED_THEN',
      () => ({
        root({ tlogs }) {
          for (const { publicKey } of tlogs) publicKey.validFor.start = '2026-02-01T00:00:00Z'
        },
      }),
    ],
    [
      'without proof in a bundle that needs one',
      'FORMAT_FIELDS',
      () => entry((one) => delete one.inclusionProof, { log: 'v1' }),
    ],
    [
      'without promise or proof',
      'FORMAT_FIELDS',
      () => ({
        ...entry(
          (one, bundle) => {
            delete one.inclusionProof
            delete one.inclusionPromise
            bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
          },
          { log: 'v1' },
        ),
      }),
    ],
  ])

  function checkpointed(change: (root: Buffer) => string): Forgery {
    return entry((_, bundle) => {
      const proof = proofOf(bundle)
      proof.checkpoint.envelope = change(Buffer.from(proof.rootHash, 'base64'))
    })
  }

  function forgedLog(logs: ReturnType<typeof createInstance>['logs']): Forgery {
    return { value: signedBundle({ ...instance, logs }) }
  }

  type Body = Parameters<NonNullable<BundleOptions['logBody']>>[0]
  function replaced(body: Body, verifier: Record<string, unknown>): Body {
    const copy = structuredClone(body) as unknown as {
      spec: { hashedRekordV002: { signature: { verifier: Record<string, unknown> } } }
    }
    const { signature } = copy.spec.hashedRekordV002
    signature.verifier = { ...signature.verifier, ...verifier }
    return JSON.parse(JSON.stringify(copy))
  }
})

describe('a bundle', () => {
  const payloadOf = (text: string | Buffer): Forgery => ({ options: { payload: text } })
  const typed = (payloadType: string): Forgery => ({ options: { payloadType } })
  const statement = JSON.stringify(statementAbout(file))
  tried([
    [
      'with a certificate and a key',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          Object.assign(bundle.verificationMaterial, { publicKey: { hint: 'x' } })
        }),
    ],
    [
      'with a certificate and a chain',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const { verificationMaterial } = bundle
          const { certificate: own = { rawBytes: '' } } = verificationMaterial
          verificationMaterial.x509CertificateChain = { certificates: [own] }
        }),
    ],
    [
      'with a statement and a signature of the file',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const messageDigest = {
            algorithm: 'SHA2_256',
            digest: Buffer.from(digestsOf(file).sha256, 'hex').toString('base64'),
          }
          Object.assign(bundle, { messageSignature: { messageDigest, signature: 'AAAA' } })
        }),
    ],
    [
      'of version 0.3 with a chain',
      'FORMAT_FIELDS',
      () =>
        changed((bundle) => {
          const { verificationMaterial } = bundle
          const { certificate: own = { rawBytes: '' } } = verificationMaterial
          verificationMaterial.x509CertificateChain = { certificates: [own] }
          delete verificationMaterial.certificate
        }),
    ],
    [
      'of version 0.2 with a single certificate',
      'verified',
      () =>
        changed((bundle) => {
          bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.2'
        }),
    ],
    [
      'with two signatures',
      'FORMAT_SIGNATURE_COUNT',
      () =>
        changed(({ dsseEnvelope: { signatures } }) => {
          signatures.push(...signatures)
        }),
    ],
    [
      'with an empty signature',
      'FORMAT_FIELDS',
      () =>
        changed(({ dsseEnvelope: { signatures } }) => {
          Object.assign(signatures[0] ?? {}, { sig: '' })
        }),
    ],
    [
      'with spaces in its payload',
      'FORMAT_BASE64',
      () =>
        changed(({ dsseEnvelope }) => {
          dsseEnvelope.payload = `${dsseEnvelope.payload.slice(0, 8)} ${dsseEnvelope.payload.slice(8)}`
        }),
    ],
    [
      'with a payload that is cut off',
      'SIGNATURE_INVALID',
      () =>
        changed(({ dsseEnvelope }) => {
          dsseEnvelope.payload = dsseEnvelope.payload.slice(0, -8)
        }),
    ],
    [
      'with a payload as a list of numbers',
      'FORMAT_BASE64',
      () =>
        changed(({ dsseEnvelope }) => {
          Object.assign(dsseEnvelope, { payload: [123, 125] })
        }),
    ],
    [
      'with a list as payload type',
      'FORMAT_FIELDS',
      () =>
        changed(({ dsseEnvelope }) => {
          Object.assign(dsseEnvelope, { payloadType: ['application/vnd.in-toto+json'] })
        }),
    ],
    ['with a payload type in capitals', 'PAYLOAD_TYPE', () => typed('APPLICATION/VND.IN-TOTO+JSON')],
    ['with parameters of its payload type', 'PAYLOAD_TYPE', () => typed('application/vnd.in-toto+json; charset=utf-8')],
    ['with a line end behind its payload type', 'PAYLOAD_TYPE', () => typed('application/vnd.in-toto+json\n')],
    ['of another kind', 'PAYLOAD_TYPE', () => typed('application/vnd.cyclonedx+json')],
    ['without payload type', 'PAYLOAD_TYPE', () => typed('')],
    ['of a list', 'STATEMENT_TYPE', () => payloadOf(`[${statement}]`)],
    ['of two statements', 'PAYLOAD_INVALID', () => payloadOf(`${statement}\n${statement}`)],
    ['of a statement with a mark of byte order', 'PAYLOAD_INVALID', () => payloadOf(`\ufeff${statement}`)],
    ['of a statement in UTF-16', 'PAYLOAD_INVALID', () => payloadOf(Buffer.from(`\ufeff${statement}`, 'utf16le'))],
    ['of a statement with a comment', 'PAYLOAD_INVALID', () => payloadOf(`/* */${statement}`)],
    [
      'of a statement with two predicate types',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('{', '{"predicateType":"https://example.com/other",')),
    ],
    [
      'of a statement with two predicate types, one escaped',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('{', '{"predicat\\u0065Type":"https://example.com/other",')),
    ],
    [
      'that nests in its predicate without end',
      'PAYLOAD_INVALID',
      () => payloadOf(statement.replace('"predicate":', `"more":${'['.repeat(200)}${']'.repeat(200)},"predicate":`)),
    ],
  ])

  function changed(change: (bundle: ForgedBundle) => void): Forgery {
    return { change }
  }
})

describe('a statement', () => {
  const { sha256, sha512 } = digestsOf(file)
  const another = digestsOf('another file')
  const provenance = 'https://slsa.dev/provenance/v1'
  tried([
    ['of version 0.1', 'verified', () => said({ _type: 'https://in-toto.io/Statement/v0.1' })],
    ['of version 2', 'STATEMENT_TYPE', () => said({ _type: 'https://in-toto.io/Statement/v2' })],
    ['of version 1 with a slash', 'STATEMENT_TYPE', () => said({ _type: 'https://in-toto.io/Statement/v1/' })],
    ['of version 1 in capitals', 'STATEMENT_TYPE', () => said({ _type: 'HTTPS://IN-TOTO.IO/STATEMENT/V1' })],
    ['without version', 'STATEMENT_TYPE', () => said({ _type: undefined })],
    ['about nothing', 'PAYLOAD_INVALID', () => said({ subject: [] })],
    ['about what is no list', 'PAYLOAD_INVALID', () => said({ subject: { digest: { sha256 } } })],
    ['about a name', 'PAYLOAD_INVALID', () => said({ subject: [{ name: 'file' }] })],
    ['about a digest that is a list', 'PAYLOAD_INVALID', () => subjects({ sha256: [sha256] })],
    [
      'about a digest by way of a prototype',
      'PAYLOAD_INVALID',
      () => ({
        options: {
          payload: JSON.stringify(statementAbout(file)).replace(
            /"digest":\{[^}]*\}/,
            `"digest":{"__proto__":{"sha256":"${sha256}"}}`,
          ),
        },
      }),
    ],
    [
      'about a digest beside a prototype',
      'PAYLOAD_INVALID',
      () => ({
        options: {
          payload: JSON.stringify(statementAbout('x')).replace(
            /"digest":\{/,
            `"digest":{"__proto__":{"sha256":"${sha256}"},`,
          ),
        },
      }),
    ],
    ['about another file', 'SUBJECT_MISMATCH', () => subjects(another)],
    ['about the file by SHA-256 only', 'verified', () => subjects({ sha256 })],
    ['about the file by SHA-512 only', 'verified', () => subjects({ sha512 })],
    ['about the file by an algorithm that nobody knows too', 'verified', () => subjects({ sha256, kangaroo: '00' })],
    ['about the file by a commit too', 'verified', () => subjects({ sha256, gitCommit: 'a'.repeat(40) })],
    [
      'about the file by SHA-256 and another by SHA-512',
      'SUBJECT_INCONSISTENT',
      () => subjects({ sha256, sha512: another.sha512 }),
    ],
    [
      'about the file twice, once inconsistently',
      'SUBJECT_INCONSISTENT',
      () => subjects({ sha256 }, { sha256: another.sha256, sha512 }),
    ],
    ['about the digest in capitals', 'SUBJECT_MISMATCH', () => subjects({ sha256: sha256.toUpperCase() })],
    ['about the algorithm in capitals', 'SUBJECT_NOT_COMPARABLE', () => subjects({ SHA256: sha256 })],
    ['about the algorithm with a dash', 'SUBJECT_NOT_COMPARABLE', () => subjects({ 'sha-256': sha256 })],
    ['about the digest with its algorithm before', 'SUBJECT_MISMATCH', () => subjects({ sha256: `sha256:${sha256}` })],
    ['about the start of the digest', 'SUBJECT_MISMATCH', () => subjects({ sha256: sha256.slice(0, 32) })],
    ['about an empty digest', 'SUBJECT_MISMATCH', () => subjects({ sha256: '' })],
    [
      'about the digest in base64',
      'SUBJECT_MISMATCH',
      () => subjects({ sha256: Buffer.from(sha256, 'hex').toString('base64') }),
    ],
    ['about SHA-256 under the name of SHA-512', 'SUBJECT_MISMATCH', () => subjects({ sha512: sha256 })],
    [
      'about the file by SHA-1 only',
      'SUBJECT_TOO_WEAK',
      () => ({
        ...subjects({ sha1: '0'.repeat(40) }),
        digests: { ...digestsOf(file), sha1: '0'.repeat(40) },
      }),
    ],
    [
      'of another type',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance}.1` })),
    ],
    [
      'of a type with a slash',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance}/` })),
    ],
    [
      'of a type with a space',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: `${provenance} ` })),
    ],
    [
      'of a type in capitals',
      'PREDICATE_TYPE',
      () => expecting({ predicateType: provenance }, said({ predicateType: provenance.toUpperCase() })),
    ],
    ['of a type that is a list', 'PAYLOAD_INVALID', () => said({ predicateType: [provenance] })],
    [
      'called something else in the list it came in',
      'LABEL_MISMATCH',
      () => ({
        value: {
          attestations: [
            {
              predicateType: provenance,
              bundle: signedBundle(instance, said({ predicateType: 'https://example.com/p' }).options),
            },
          ],
        },
      }),
    ],
  ])
})

describe('a source', () => {
  const repository = workflow.repository
  const ciType = 'https://actions.github.io/buildtypes/workflow/v1'
  const from = (uri: string, more: { buildType?: string; commit?: string; dependencies?: object[] } = {}): Forgery =>
    said({
      predicate: {
        buildDefinition: {
          buildType: more.buildType ?? 'https://example.com/build/v1',
          externalParameters: { source: { uri, ...(more.commit && { digest: { gitCommit: more.commit } }) } },
          resolvedDependencies: more.dependencies ?? [],
        },
        runDetails: { builder: { id: 'https://example.com/builder' } },
      },
    })
  const wanted = (forgery: Forgery, more: Partial<Expectations> = {}): Forgery =>
    expecting({ sourceRepository: repository, ...more }, forgery)
  tried([
    ['that is the one', 'verified', () => wanted(from(repository))],
    ['as git writes it', 'verified', () => wanted(from('git+ssh://git@github.com/acme/widget.git@refs/heads/main'))],
    ['whose name goes on', 'SOURCE_MISMATCH', () => wanted(from(`${repository}-evil`))],
    ['of another owner', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/evil/widget'))],
    ['of another host', 'SOURCE_MISMATCH', () => wanted(from('https://github.com.evil.example/acme/widget'))],
    ['with the host as user', 'SOURCE_MISMATCH', () => wanted(from('https://github.com@evil.example/acme/widget'))],
    [
      'with a backslash before the host',
      'SOURCE_MISMATCH',
      () => wanted(from('https://evil.example\\@github.com/acme/widget')),
    ],
    ['with a line end', 'SOURCE_MISMATCH', () => wanted(from('https://evil.example\n@github.com/acme/widget'))],
    ['behind a number sign', 'SOURCE_MISMATCH', () => wanted(from(`https://evil.example#${repository}`))],
    ['as a query', 'SOURCE_MISMATCH', () => wanted(from(`https://evil.example/?${repository}`))],
    ['with a way up', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/acme/widget/../../evil/repo'))],
    ['with a look-alike letter', 'SOURCE_MISMATCH', () => wanted(from('https://github.com/\u0430cme/widget'))],
    ['with a query behind', 'SOURCE_MISMATCH', () => wanted(from(`${repository}?ref=evil`))],
    ['below the repository', 'SOURCE_MISMATCH', () => wanted(from(`${repository}/evil`))],
    [
      'that only a dependency names',
      'SOURCE_MISMATCH',
      () =>
        wanted(
          from('https://github.com/evil/widget', {
            dependencies: [{ uri: `git+${repository}`, digest: { gitCommit: workflow.commit } }],
          }),
        ),
    ],
    [
      'that the job names and the certificate does not',
      'SOURCE_MISMATCH',
      () => ({
        ...wanted(from(repository, { buildType: ciType })),
        options: {
          ...from(repository, { buildType: ciType }).options,
          claims: workflowClaims().map((one) =>
            one.id.endsWith('.12') ? claim(12, 'https://github.com/evil/widget') : one,
          ),
        },
      }),
    ],
    [
      'of another commit than the certificate says',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { buildType: ciType, commit: 'b'.repeat(40) }), { sourceCommit: 'b'.repeat(40) }),
    ],
    [
      'of another commit',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { commit: 'b'.repeat(40) }), { sourceCommit: 'a'.repeat(40) }),
    ],
    [
      'of a commit that begins so',
      'SOURCE_MISMATCH',
      () => wanted(from(repository, { commit: 'a'.repeat(40) }), { sourceCommit: 'a'.repeat(39) }),
    ],
    ['without commit', 'SOURCE_NOT_STATED', () => wanted(from(repository), { sourceCommit: 'a'.repeat(40) })],
    [
      'of a branch that has the name of a tag',
      'SOURCE_MISMATCH',
      () => wanted(from(`${repository}@refs/heads/v1`), { sourceRef: 'refs/tags/v1' }),
    ],
    [
      'of a tag that goes on',
      'SOURCE_MISMATCH',
      () => wanted(from(`${repository}@refs/tags/v1.0`), { sourceRef: 'refs/tags/v1' }),
    ],
    ['without ref', 'SOURCE_NOT_STATED', () => wanted(from(repository), { sourceRef: 'refs/tags/v1' })],
    ['that is no address', 'SOURCE_MISMATCH', () => wanted(from('widget'))],
    [
      'in no predicate',
      'SOURCE_NOT_STATED',
      () =>
        expecting(
          { sourceRepository: repository },
          {
            options: { ...said({ predicate: [] }).options, claims: workflowClaims().slice(0, 3) },
          },
        ),
    ],
  ])
})

describe('a builder and its parameters', () => {
  const builder = (
    id: unknown,
    buildType: unknown = 'https://example.com/build/v1',
    externalParameters: unknown = {},
  ): Forgery =>
    said({ predicate: { buildDefinition: { buildType, externalParameters }, runDetails: { builder: { id } } } })
  const wanted = { builder: { exactly: 'https://example.com/builder' } }
  const parametersText = (text: string): Forgery => ({
    options: {
      payload: JSON.stringify(statementAbout(file)).replace(
        /"externalParameters":\{[^}]*\}/,
        `"externalParameters":${text}`,
      ),
    },
    expectations: { parameters: {} },
  })
  tried([
    ['that is another', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://evil.example/builder'))],
    ['whose name goes on', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://example.com/builder@evil'))],
    ['whose name is a part', 'BUILDER_MISMATCH', () => expecting(wanted, builder('https://example.com/build'))],
    ['that is a list', 'BUILDER_NOT_STATED', () => expecting(wanted, builder(['https://example.com/builder']))],
    ['that nobody names', 'BUILDER_NOT_STATED', () => expecting(wanted, said({ predicate: null }))],
    [
      'of another build type',
      'BUILD_TYPE_MISMATCH',
      () => expecting({ buildType: 'https://example.com/build/v1' }, builder('x', 'https://example.com/build/v10')),
    ],
    ['with a parameter called __proto__', 'PARAMETER_UNKNOWN', () => parametersText('{"__proto__":{"a":1}}')],
    ['with a parameter called constructor', 'PARAMETER_UNKNOWN', () => parametersText('{"constructor":1}')],
    [
      'with a number for a text',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{"level":1}'),
        expectations: { parameters: { level: '1' } },
      }),
    ],
    [
      'with a list for an object',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{"level":[1]}'),
        expectations: { parameters: { level: { 0: 1 } } },
      }),
    ],
    [
      'without a parameter that is expected',
      'PARAMETER_MISMATCH',
      () => ({
        ...parametersText('{}'),
        expectations: { parameters: { level: 1 } },
      }),
    ],
  ])
})

test('a pattern that takes for ever on somebody’s name is given up', async () => {
  const identity = { pattern: '(\\w+)+!' }
  await expect(
    findings(expecting({ signers: [{ ...signer, identity }] }, named(email(`${'a'.repeat(60)}@acme.example`)))),
  ).rejects.toMatchObject({ code: 'USAGE' })
})

test('a root that knows another instance verifies nothing of this one', async () => {
  const root = (trusted: Root) => Object.assign(trusted, trustedRootOf(stranger))
  expect(await findings({ root })).toEqual(['CERTIFICATE_UNTRUSTED', 'TIME_INVALID', 'LOG_ENTRY_INVALID'])
  expect(authority('another').certificate.length).toBeGreaterThan(100)
})
