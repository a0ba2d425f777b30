import { createHash } from 'node:crypto'
import { message } from '../cli/render/sarif.ts'
import { version } from '../cli/version.ts'
import type { Judged, Reason } from './judge.ts'

const rules: Record<Reason['id'], string> = {
  differs: 'A published file is not what its source builds.',
  'provenance-invalid': 'The provenance of a package does not hold.',
  'signature-invalid': 'The registry’s signature of a package does not hold.',
  'not-signed': 'Nothing shows that the registry signed a package.',
  'other-bytes': 'A lockfile pins another file than the registry has.',
  'policy-refused': 'A policy refuses a package.',
  'not-rebuilt': 'A published file could not be compared with its source.',
  'no-evidence': 'Evidence that a policy asks for is missing.',
  'no-registry': 'A package comes from no registry.',
  'no-digest': 'A lockfile pins no digest of a package.',
  'no-name': 'A lockfile has an entry that names no package.',
  'not-read': 'A lockfile has an entry that could not be looked at.',
  'not-asked': 'A registry could not be asked.',
}

/** Of dependencies as SARIF 2.1.0: a result for each reason, at the line of the lockfile that names the package. */
export function dependencySarif(judged: readonly Judged[]): object {
  const ids = Object.keys(rules)
  const results = judged.flatMap(({ title, state, reasons, place }) =>
    reasons.map(({ id, found, todo }) => ({
      ruleId: id,
      ruleIndex: ids.indexOf(id),
      level: state === 'stopped' ? 'error' : 'warning',
      message: { text: message(`${found} ${todo}`) },
      locations: [{ physicalLocation: locationOf(place) }],
      partialFingerprints: {
        'dependency/v1': createHash('sha256').update(`${id} ${title}`).digest('hex').slice(0, 32),
      },
    })),
  )
  const driver = {
    name: 'reproof',
    semanticVersion: version,
    informationUri: 'https://reproof.dev/',
    rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      { tool: { driver }, automationDetails: { id: 'reproof/dependencies/' }, columnKind: 'utf16CodeUnits', results },
    ],
  }
}

/** What was named by an input stands in no file; code scanning shows no result without one. */
function locationOf(place: Judged['place']): object {
  const { file, line } = place ?? { file: 'package.json', line: 1 }
  const uri = file.split('/').map(encodeURIComponent).join('/')
  return { artifactLocation: { uri }, region: { startLine: line } }
}
