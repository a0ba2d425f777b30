import { expect, test } from 'vitest'
import { inspectStatements } from '../../../attestations/inspection/inspect.ts'
import { statementAbout } from '../../../fixtures/attestations/key-signed.ts'
import { inspectionPage } from './inspection-page.ts'

test('what a registry said of a package is shown under its name, an address as it is', () => {
  const asked = (uri: string) => ({ uri, digest: { sha256: 'a'.repeat(64) }, annotations: { role: 'metadata' } })
  const resolvedDependencies = ['pkg:npm/%40acme/widget', 'pkg:npm/left', 'https://example.com/x'].map(asked)
  const statement = statementAbout('file', { predicate: { buildDefinition: { resolvedDependencies } } })
  const inspection = inspectStatements(new Map([['statement', Buffer.from(JSON.stringify(statement))]]))
  const names = [...inspectionPage(inspection, undefined)].join('').matchAll(/<th scope="row">([^<]*)/g)
  expect([...names].map(([, name]) => name)).toEqual(['@acme/widget', 'https://example.com/x', 'left'])
})
