import { describe } from 'vitest'
import { ecKeys, spki } from '../../../fixtures/attestations/forge/certificates.ts'
import {
  entry,
  entryOf,
  type Forgery,
  instance,
  proofOf,
  stranger,
  tried,
} from '../../../fixtures/attestations/forge/forgeries.ts'
import { type BundleOptions, type createInstance, signedBundle } from '../../../fixtures/attestations/forge/instance.ts'
import { checkpoint, logV1, logV2 } from '../../../fixtures/attestations/forge/logs.ts'

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
