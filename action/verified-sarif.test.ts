import { expect, test } from 'vitest'
import { sarifFaults } from '../fixtures/schemas/sarif.ts'
import { judge } from './judge.ts'
import { dependencySarif } from './verified-sarif.ts'

const signed = { id: 'registry-signature' as const, evidence: { signatures: [] } }
const place = { file: 'packages/a b/package-lock.json', line: 7 }
const wanted = { title: 'evil@1.0.0', spec: 'npm:evil@1.0.0', place }

test('each reason is a result at the line of the lockfile, and the log is what SARIF asks for', () => {
  const judged = [
    judge(wanted, {
      rebuild: false,
      registrySignature: {
        ...signed,
        result: 'failed',
        code: 'SIGNATURE_INVALID',
        detail: 'The signature is [not](x) {0}.',
      },
    }),
    judge({ title: 'node_modules/<x>', unnamed: 'impossible' }, { rebuild: true }),
    judge({ title: 'inside@1.0.0', spec: 'npm:inside@1.0.0' }, { rebuild: true, carrying: { by: 'outside@1.0.0' } }),
  ]
  expect(judged.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'good'])
  const log = dependencySarif(judged)
  expect(sarifFaults(log)).toEqual([])
  expect(log).toMatchObject({
    runs: [
      {
        results: [
          {
            ruleId: 'signature-invalid',
            level: 'error',
            message: { text: expect.stringContaining('the signature is \\[not\\](x) {{0}}') },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'packages/a%20b/package-lock.json' },
                  region: { startLine: 7 },
                },
              },
            ],
          },
          { ruleId: 'no-name', level: 'error' },
        ],
      },
    ],
  })
})

test.each([
  ['passed', undefined, []],
  ['undecided', 'KEYS_ABSENT', []],
  ['undecided', 'SIGNATURE_ABSENT', ['not-signed']],
  ['undecided', 'KEY_UNKNOWN', ['not-signed']],
  ['undecided', 'NOT_ASKED', ['not-asked']],
  ['failed', 'KEY_EXPIRED', ['signature-invalid']],
  ['failed', 'SUBJECT_MISMATCH', ['other-bytes']],
])('a registry’s signature that is %s (%s)', (result, code, expected) => {
  const registrySignature = { ...signed, result, code, detail: 'The signature.' } as Parameters<
    typeof judge
  >[1]['registrySignature'] &
    object
  const { state, reasons } = judge(wanted, { rebuild: false, registrySignature })
  expect(reasons.map(({ id }) => id)).toEqual(expected)
  expect(state).toBe(result === 'failed' ? 'stopped' : 'undecided')
})
