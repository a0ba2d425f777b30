import { createHash } from 'node:crypto'
import type { Difference } from '../../verifiers/model/comparison.ts'
import { version } from '../version.ts'
import type { Account } from './account.ts'
import { causeText } from './causes.ts'
import { readEvidence } from './evidence.ts'
import { suggestionText } from './suggestions.ts'
import { visible } from './visible.ts'

/** GitHub shows the first 5,000 results of a run and refuses more than 25,000. */
const mostResults = 5000

const levels = { suspicious: 'error', unexplained: 'warning', benign: 'note' } as const

/**
 * A report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/): a rule for each cause, a result for each
 * difference, the published archive as the file that was analysed. The level is that of the severity: `error` for
 * suspicious, `warning` for unexplained, `note` for benign.
 */
export function sarifLog(account: Account): { $schema: string; version: string; runs: object[] } {
  const { differences, compared, problem, verdict, subject } = account
  const shown = differences.slice(0, mostResults)
  const ids = [...new Set(shown.map(({ cause }) => cause))]
  const archive = compared === undefined ? undefined : encodeURIComponent(wellFormed(compared.published.fileName))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'reproof',
            semanticVersion: version,
            informationUri: 'https://reproof.dev/',
            rules: ids.map(ruleOf),
          },
        },
        automationDetails: { id: 'reproof/' },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: verdict !== undefined,
            toolExecutionNotifications: [
              ...(problem ? [notification('error', `${problem.code}: ${problem.message}`)] : []),
              ...(differences.length > shown.length
                ? [notification('note', `${differences.length - shown.length} more differences are not in this file.`)]
                : []),
            ],
          },
        ],
        ...(compared && {
          artifacts: [
            {
              location: { uri: archive },
              length: compared.published.size,
              roles: ['analysisTarget'],
              hashes: { 'sha-256': compared.published.digests.sha256, 'sha-512': compared.published.digests.sha512 },
            },
          ],
        }),
        results: resultsOf(shown, ids, archive),
        properties: { subject: visible(subject), ...(verdict && { verdict }), met: account.met },
      },
    ],
  }
}

function ruleOf(id: string): object {
  const { title, help } = causeText(id)
  return {
    id,
    shortDescription: { text: message(title) },
    fullDescription: { text: message(help) },
    help: { text: message(help), markdown: help },
    defaultConfiguration: { level: 'warning' },
    properties: { tags: ['reproducible-builds', 'supply-chain'] },
  }
}

function resultsOf(differences: readonly Difference[], ids: readonly string[], archive: string | undefined): object[] {
  const indexes = new Map(ids.map((id, index) => [id, index]))
  const seen = new Map<string, number>()
  return differences.map((one) => {
    const { path, kind, cause, severity, summary } = one
    const identity = JSON.stringify([path, kind, cause])
    const occurrence = (seen.get(identity) ?? 0) + 1
    seen.set(identity, occurrence)
    const name = path === '' ? 'the archive' : visible(path)
    return {
      ruleId: cause,
      ruleIndex: indexes.get(cause) ?? -1,
      level: levels[severity],
      message: { text: message([`${name}: ${summary}`, suggestionText(one) ?? ''].join(' ').trim()) },
      locations: [locationOf(one, archive)],
      partialFingerprints: {
        // 3.27.17: stable while the thing stays the same, also when what it says in detail changes.
        'difference/v1': createHash('sha256').update(`${identity} ${occurrence}`).digest('hex').slice(0, 32),
      },
      properties: { severity, kind },
    }
  })
}

/** The entry inside the archive. A path that a relative URI cannot stand for, or that leads out, stands beside it only. */
function locationOf(one: Difference, archive: string | undefined): object {
  const { path } = one
  const uri = path === '' ? undefined : relativeUri(path)
  const [place] = readEvidence(one).texts
  const isPlace = place !== undefined && place.line >= 1 && place.column >= 1
  const region = uri !== undefined && isPlace ? { startLine: place.line, startColumn: place.column } : undefined
  return {
    ...((uri ?? archive) !== undefined && {
      physicalLocation: {
        artifactLocation: { uri: uri ?? archive, ...(uri === undefined && { index: 0 }) },
        ...(region && { region }),
      },
    }),
    ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: visible(path), kind: 'member' }] }),
  }
}

function relativeUri(path: string): string | undefined {
  if (!path.isWellFormed() || path.length > 2000) return undefined
  const segments = path.replace(/\/$/, '').split('/')
  const leadsOut = segments.some((segment) => segment === '' || segment === '.' || segment === '..')
  return leadsOut ? undefined : segments.map(encodeURIComponent).join('/')
}

function wellFormed(name: string): string {
  return name.toWellFormed()
}

function notification(level: 'error' | 'note', text: string): object {
  return { level, message: { text: message(text) } }
}

/** In a message brackets are links (3.11.6) and numbers in braces are placeholders (3.11.5): outside text has neither. */
export function message(text: string): string {
  return visible(text)
    .replace(/\\u\{([0-9a-f]+)\}/g, 'U+$1')
    .replace(/[\\[\]]/g, '\\$&')
    .replace(/\{(\d+)\}/g, '{{$1}}')
}
