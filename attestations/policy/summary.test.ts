import { join } from 'node:path'
import { expect, test } from 'vitest'
import { statementBytes } from '../statements/statement.ts'
import { rebuildResultType } from '../statements/types.ts'
import { readStatement, type StatementView } from '../verification/statement.ts'
import type { StatementResult, Verification } from '../verification/verify.ts'
import { checkOwnVerdict } from './own-verdict.ts'
import { policyFrom } from './read.ts'
import type { RosterEntry } from './roster.ts'
import { localVerifierId, type SummaryOptions, summaryOf } from './summary.ts'
import type { WantedSummary } from './wanted-summary.ts'

const digests = { sha256: 'a'.repeat(64), sha512: 'b'.repeat(128) }

function view(predicateType: string, predicate: unknown, name = 'pkg:npm/a@1.0.0'): StatementView {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name, digest: digests }],
    predicateType,
    predicate,
  }
  const read = readStatement(Buffer.from(JSON.stringify(statement)))
  if ('fault' in read) throw new Error(read.fault.detail)
  return read.view
}

const provenance = view('https://slsa.dev/provenance/v1', { buildDefinition: { buildType: 'x' } })
const rebuilt = view(rebuildResultType, { verdict: 'bit-identical', assisted: false })

const result = (identity: string, statement: StatementView): StatementResult => ({
  verdict: 'verified',
  origin: { file: 'f', index: 0 },
  statement,
  signer: { identity, issuer: 'i' },
  payloadSha256: Buffer.from(identity.padEnd(32)).toString('hex'),
  times: [],
  checks: [],
})

const entry = (identity: string, more: Partial<RosterEntry> = {}): RosterEntry => ({
  trusted: { identity: { exactly: identity }, issuer: { exactly: 'i' } },
  keys: [],
  ...more,
})

const text = 'schema: https://reproof.dev/policy/v1\nsigners: [{ identity: a, issuer: i }]\n'

function summary(
  statements: StatementResult[],
  roster: RosterEntry[],
  more: Partial<SummaryOptions & Verification> = {},
) {
  const { verdict = 'verified', ...rest } = more
  return summaryOf({
    verification: { verdict, artifact: { name: 'a-1.0.0.tgz', digests }, statements },
    policy: { policy: policyFrom(text, 'p'), sha256: 'c'.repeat(64), roster },
    verifier: { id: localVerifierId, version: { reproof: '0.1.0' } },
    now: new Date('2026-11-23T00:00:00Z'),
    ...rest,
  })
}

const levels = (...given: Parameters<typeof summary>) => summary(...given).predicate.verifiedLevels

test('SLSA_BUILD_REPRODUCED needs provenance of two platforms of different operators', () => {
  const both = [result('a', provenance), result('b', provenance)]
  const claimed = (a: string | undefined, b: string | undefined) =>
    levels(both, [entry('a', a ? { operator: a } : {}), entry('b', b ? { operator: b } : {})])
  expect(claimed('github.com', 'acme.example')).toContain('SLSA_BUILD_REPRODUCED')
  expect(claimed('github.com', 'github.com')).not.toContain('SLSA_BUILD_REPRODUCED')
  expect(claimed('github.com', undefined)).not.toContain('SLSA_BUILD_REPRODUCED')
  expect(claimed(undefined, undefined)).not.toContain('SLSA_BUILD_REPRODUCED')
  const results = [result('a', provenance), result('b', rebuilt)]
  const roster = [entry('a', { operator: 'a' }), entry('b', { operator: 'b' })]
  expect(levels(results, roster)).not.toContain('SLSA_BUILD_REPRODUCED')
})

test('a level is claimed of provenance only, and only where the policy trusts its builder for it', () => {
  expect(levels([result('a', provenance)], [entry('a', { level: 2 })])).toEqual(['SLSA_BUILD_LEVEL_2'])
  expect(levels([result('a', provenance)], [entry('a')])).toEqual(['SLSA_BUILD_LEVEL_UNEVALUATED'])
  expect(levels([result('a', rebuilt)], [entry('a', { level: 3 })])).toEqual([
    'REPROOF_REBUILD_BIT_IDENTICAL',
    'SLSA_BUILD_LEVEL_UNEVALUATED',
  ])
})

test('of a file that the policy refuses nothing is claimed', () => {
  const { predicate } = summary([result('a', provenance)], [entry('a', { level: 3 })], { verdict: 'rejected' })
  expect(predicate).toMatchObject({ verificationResult: 'FAILED', verifiedLevels: ['FAILED'], slsaVersion: '1.2' })
})

test('the example in the documentation is what is signed', async () => {
  const roster = [entry('a', { operator: 'github.com', level: 2 }), entry('b', { operator: 'rebuilders.example' })]
  const statements = [result('a', provenance), result('a', rebuilt), result('b', provenance), result('b', rebuilt)]
  const example = join(import.meta.dirname, '../../docs/schemas/examples/verification-summary.json')
  await expect(`${JSON.stringify(summary(statements, roster), null, 2)}\n`).toMatchFileSnapshot(example)
})

test('it names the file, the policy, and all statements that were used', () => {
  const { subject, predicate } = summary([result('a', provenance), result('b', rebuilt)], [entry('a'), entry('b')])
  expect(subject).toEqual([{ name: 'pkg:npm/a@1.0.0', uri: 'pkg:npm/a@1.0.0', digest: digests }])
  expect(predicate.resourceUri).toBe('pkg:npm/a@1.0.0')
  expect(predicate.policy).toEqual({
    uri: `ni:///sha-256;${Buffer.from('c'.repeat(64), 'hex').toString('base64url')}`,
    digest: { sha256: 'c'.repeat(64) },
  })
  expect(predicate.inputAttestations).toHaveLength(2)
})

test('statements that call the file differently give it no name', () => {
  const other = view('https://slsa.dev/provenance/v1', {}, 'pkg:npm/b@1.0.0')
  const { subject } = summary([result('a', provenance), result('b', other)], [])
  expect(subject[0].name).toBe('a-1.0.0.tgz')
})

test('a file that is known by one digest only has no summary', () => {
  const verification: Verification = {
    verdict: 'verified',
    artifact: { name: 'a', digests: { sha256: 'a' } },
    statements: [],
  }
  expect(() => summary([], [], { verification })).toThrow(expect.objectContaining({ code: 'USAGE' }))
})

test.each([
  ['that is asked nothing', {}, {}, 'passed'],
  ['of the wanted verifier', {}, { verifier: localVerifierId }, 'passed'],
  ['of another verifier', {}, { verifier: 'https://other.example' }, 'failed'],
  ['of the wanted resource', {}, { resourceUri: 'pkg:npm/a@1.0.0' }, 'passed'],
  ['of another resource', {}, { resourceUri: 'pkg:npm/b@1.0.0' }, 'failed'],
  ['with the wanted level', {}, { levels: ['SLSA_BUILD_LEVEL_2'] }, 'passed'],
  ['with a higher one', {}, { levels: ['SLSA_BUILD_LEVEL_1'] }, 'passed'],
  ['of another track', {}, { levels: ['SLSA_SOURCE_LEVEL_1'] }, 'failed'],
  ['without the wanted level', {}, { levels: ['SLSA_BUILD_LEVEL_3'] }, 'failed'],
  ['of a file that failed', { verdict: 'rejected' }, {}, 'failed'],
] as const)('a summary %s: %s', (_, made, wanted, expected) => {
  const read = readStatement(statementBytes(summary([result('a', provenance)], [entry('a', { level: 2 })], made)))
  if ('fault' in read) throw new Error(read.fault.detail)
  expect(checkOwnVerdict(read.view, wanted as WantedSummary).result).toBe(expected)
})

test.each([
  [{}, 'skipped'],
  [{ verifier: 'x' }, 'failed'],
  [{ resourceUri: 'x' }, 'failed'],
  [{ levels: ['SLSA_BUILD_LEVEL_1'] }, 'failed'],
] satisfies [WantedSummary, string][])(
  'what is no summary does not answer what only one could: %o',
  (wanted, expected) => {
    expect(checkOwnVerdict(provenance, wanted).result).toBe(expected)
  },
)
