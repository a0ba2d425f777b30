import { createHash } from 'node:crypto'
import { join, normalize } from 'node:path'
import { version } from '../version.ts'
import type { ToldCheck, ToldFinding } from './check-markdown.ts'
import { message } from './sarif.ts'

const rules = new Map([
  ['variation', 'The output depends on something that differs from computer to computer.'],
  ['nondeterminism', 'The output differs even where nothing is varied.'],
])

/**
 * A check as SARIF 2.1.0: a result for each finding, at the line that does it.
 *
 * @param folder of the package, relative to the root of the source
 */
export function checkSarif({ findings, subject, met }: ToldCheck, folder: string): object {
  const ids = [...rules.keys()]
  const results = findings.map((finding) => {
    const { file, line } = placeOf(finding, folder)
    const identity = createHash('sha256').update(`${subject} ${finding.title} ${file}`)
    return {
      ruleId: finding.kind,
      ruleIndex: ids.indexOf(finding.kind),
      level: met ? 'warning' : 'error',
      message: { text: message(`${finding.title} ${finding.advice}`) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
            region: { startLine: line },
          },
        },
      ],
      partialFingerprints: { 'finding/v1': identity.digest('hex').slice(0, 32) },
    }
  })
  const driver = {
    name: 'reproof',
    semanticVersion: version,
    informationUri: 'https://reproof.dev/',
    rules: [...rules].map(([id, title]) => ({ id, shortDescription: { text: title } })),
  }
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, automationDetails: { id: 'reproof/check/' }, columnKind: 'utf16CodeUnits', results }],
  }
}

/** The line that does it, or the manifest of the package where nobody knows. */
export function placeOf({ places }: ToldFinding, folder: string): { file: string; line: number } {
  const [first] = places
  const file = first && normalize(first.file)
  if (first && file && !file.startsWith('..') && !file.startsWith('/')) return { file, line: first.line }
  return { file: join(folder, 'package.json'), line: 1 }
}
