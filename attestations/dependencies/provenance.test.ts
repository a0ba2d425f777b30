import { expect, test } from 'vitest'
import { alternativeNames, claim } from '../../fixtures/attestations/forge/certificates.ts'
import {
  type BundleOptions,
  createInstance,
  signedBundle,
  trustedRootOf,
  workflow,
  workflowClaims,
} from '../../fixtures/attestations/forge/instance.ts'
import { digestsOf } from '../../fixtures/runs/finished-run.ts'
import { trustRootsFrom } from '../verification/trust-root.ts'
import { judgeProvenance } from './provenance.ts'

const instance = createInstance()
const trustRoots = trustRootsFrom(Buffer.from(JSON.stringify(trustedRootOf(instance))), 'test')
const { sha512 } = digestsOf('the package')
const provenanceType = 'https://slsa.dev/provenance/v1'

/** As npm's registry takes it from a workflow of GitHub. */
function provenance(changes: { repository?: string; commit?: string; sha512?: string } = {}): string {
  const { repository = workflow.repository, commit = workflow.commit } = changes
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'pkg:npm/a@1.0.0', digest: { sha512: changes.sha512 ?? sha512 } }],
    predicateType: provenanceType,
    predicate: {
      buildDefinition: {
        buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
        externalParameters: { workflow: { ref: workflow.ref, repository, path: '.github/workflows/release.yml' } },
        resolvedDependencies: [{ uri: `git+${repository}@${workflow.ref}`, digest: { gitCommit: commit } }],
      },
      runDetails: { builder: { id: 'https://github.com/actions/runner/github-hosted' } },
    },
  })
}

/** What the registry answers, with npm's own statement beside it. */
const answer = (options: BundleOptions) => {
  const bundle = signedBundle(instance, { payload: provenance(), ...options })
  const publish = { predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1', bundle: {} }
  return JSON.stringify({ attestations: [publish, { predicateType: provenanceType, bundle }] })
}

const judge = (text: string | undefined) =>
  judgeProvenance({ uri: 'pkg:npm/a@1.0.0', digests: { sha512 } }, text, {
    trustRoots,
    now: new Date('2026-06-01T00:00:00Z'),
    signal: new AbortController().signal,
  })

test('provenance of these bytes, from the repository and commit that the certificate names, is verified', async () => {
  expect(await judge(answer({}))).toEqual({
    provenance: 'verified',
    source: `${workflow.repository}@${workflow.ref}`,
  })
})

const others = (number: number, text: string) => [...workflowClaims().slice(0, 3), claim(number, text)]

test.each([
  ['is about another file', { payload: provenance({ sha512: digestsOf('other').sha512 }) }],
  [
    'names another repository than the certificate',
    { payload: provenance({ repository: 'https://github.com/acme/other' }) },
  ],
  ['names another commit than the certificate', { payload: provenance({ commit: 'b'.repeat(40) }) }],
  ['has a certificate that names no repository', { claims: others(14, workflow.ref) }],
  ['is signed by a person', { names: [alternativeNames.email('someone@acme.example')] }],
  ['comes from another issuer', { claims: [claim(1, 'https://evil.example'), claim(8, 'https://evil.example')] }],
  ['was signed when the certificate had ended', { timestampedAt: new Date('2026-01-02T04:04:05Z') }],
  ['is in no log', { log: 'none' as const }],
  ['is no statement', { payload: '{}' }],
])('provenance that %s is present and does not hold', async (_, options: BundleOptions) => {
  const { provenance: state, fault } = await judge(answer(options))
  expect(state).toBe('present')
  expect(fault).toMatch(/\.$/)
})

test('under another trusted root nothing is verified', async () => {
  const stranger = createInstance()
  const bundle = signedBundle(stranger, { payload: provenance() })
  const text = JSON.stringify({ attestations: [{ predicateType: provenanceType, bundle }] })
  expect((await judge(text)).provenance).toBe('present')
})

test('a label that calls something else provenance does not make it that', async () => {
  const payload = JSON.stringify({ ...JSON.parse(provenance()), predicateType: 'https://example/other' })
  expect((await judge(answer({ payload }))).provenance).toBe('present')
})

test('one that holds is enough, whatever stands beside it', async () => {
  const [, good] = JSON.parse(answer({})).attestations
  const [, bad] = JSON.parse(answer({ payload: provenance({ commit: 'b'.repeat(40) }) })).attestations
  expect((await judge(JSON.stringify({ attestations: [bad, good] }))).provenance).toBe('verified')
})

test('an answer of nobody is an absence', async () => {
  expect(await judge(undefined)).toEqual({ provenance: 'absent' })
})
