import { expect, test } from 'vitest'
import { comparisonWith, differenceOf, hostileComparison } from '../../fixtures/reports/comparisons.ts'
import { sarifFaults } from '../../fixtures/schemas/sarif.ts'
import type { Comparison } from '../../verifiers/model/comparison.ts'
import { type Account, accountOfComparison } from './account.ts'
import { sarifLog } from './sarif.ts'

type Log = {
  runs: [
    {
      tool: { driver: { rules: { id: string; help: { text: string } }[] } }
      results: {
        ruleId: string
        level: string
        message: { text: string }
        locations: {
          physicalLocation?: { artifactLocation: { uri: string }; region?: object }
          logicalLocations?: { fullyQualifiedName: string }[]
        }[]
        partialFingerprints: Record<string, string>
      }[]
      invocations: { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] }[]
    },
  ]
}

function logOf(comparison: Comparison, parts: Partial<Account> = {}): Log['runs'][0] {
  const account = { ...accountOfComparison(comparison, { required: 'content-identical', met: false }), ...parts }
  const log = JSON.parse(JSON.stringify(sarifLog(account)))
  expect(sarifFaults(log)).toEqual([])
  return (log as Log).runs[0]
}

test('severity is the level, and each cause a rule with help', () => {
  const { results, tool } = logOf(
    comparisonWith([
      differenceOf({ severity: 'benign', cause: 'times', path: '' }),
      differenceOf({ severity: 'unexplained', cause: 'nobody-knows-this-one' }),
      differenceOf({ severity: 'suspicious', cause: 'install-script', path: 'package/package.json' }),
    ]),
  )
  expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
    ['install-script', 'error'],
    ['nobody-knows-this-one', 'warning'],
    ['times', 'note'],
  ])
  for (const { help } of tool.driver.rules) expect(help.text).not.toBe('')
})

test('a difference is at its entry, and at its line where one is known', () => {
  const changes = [{ line: 3, column: 7, published: 'a', rebuilt: 'b', before: '', after: '' }]
  const { results } = logOf(comparisonWith([differenceOf({ path: 'package/ä #1/%.js', evidence: { changes } })]))
  expect(results[0]?.locations[0]?.physicalLocation).toEqual({
    artifactLocation: { uri: 'package/%C3%A4%20%231/%25.js' },
    region: { startLine: 3, startColumn: 7 },
  })
})

test.each(['../../etc/passwd', '/etc/passwd', 'a//b', './a', '..', '\udcff', 'x'.repeat(3000)])(
  'a path that is no relative address is named beside the archive: %s',
  (path) => {
    const { results } = logOf(comparisonWith([differenceOf({ path })]))
    const [location] = results[0]?.locations ?? []
    expect(location?.physicalLocation?.artifactLocation.uri).toBe('published.tgz')
    expect(location?.logicalLocations).toHaveLength(1)
  },
)

test('it is valid, and makes no link or placeholder, whatever the names are', () => {
  const { results } = logOf(hostileComparison())
  for (const { message } of results) {
    expect(message.text).not.toMatch(/(?<!\\)[[\]]|(?<!\{)\{\d+\}|[\p{Cf}\p{Cs}\u0000-\u001f]/u)
  }
})

test('fingerprints are stable, and those of two differences never the same', () => {
  const twice = comparisonWith([differenceOf(), differenceOf(), differenceOf({ path: 'package/other.js' })])
  const prints = (comparison: Comparison) =>
    logOf(comparison).results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints))
  expect(new Set(prints(twice)).size).toBe(3)
  expect(prints(twice)).toEqual(prints(twice))
  expect(prints(comparisonWith([differenceOf({ summary: 'In other words.' })]))[0]).toBe(prints(twice)[0])
})

test('more than GitHub takes are counted, and a run without a verdict says why', () => {
  const differences = Array.from({ length: 5003 }, (_, index) => differenceOf({ path: `a/${index}` }))
  const account = accountOfComparison(comparisonWith(differences), { required: 'content-identical', met: false })
  // Not validated again: that takes longer than all other tests.
  const [many] = (sarifLog(account) as unknown as Log).runs
  expect(many.results).toHaveLength(5000)
  expect(many.invocations[0]?.toolExecutionNotifications[0]?.message.text).toMatch(/^3 more/)
  const problem = { code: 'FAULT', stage: 'rebuild', message: 'It broke.', details: {} } as const
  const failed = logOf(comparisonWith([]), { verdict: undefined, compared: undefined, problem })
  expect(failed.invocations[0]).toMatchObject({ executionSuccessful: false })
  expect(failed.invocations[0]?.toolExecutionNotifications[0]?.message.text).toBe('FAULT: It broke.')
})
