import type { Attestation } from '../verification/read.ts'
import type { TrustRoot } from '../verification/trust-root.ts'
import type { overall, StatementResult } from '../verification/verify.ts'
import { dependenciesOf } from './dependencies.ts'
import type { InspectedStatement, Inspection } from './model.ts'
import { lookAtOf } from './rules.ts'
import { type Opened, openAttestation, openStatement } from './statement.ts'
import { type Trust, verifyAboutOwnSubject } from './verified.ts'

export type InspectOptions = {
  attestations: Attestation[]
  ignored?: number
  /** Whom to believe; without it nothing is verified, and the result says so. */
  trust?: Trust
}

/**
 * What attestations say, who signed them, every dependency, and what to look at. No network. The same input gives the same
 * value.
 *
 * @throws {Problem} SIGNER_NOT_NAMED when trust names nobody; USAGE for a pattern that is none.
 */
export async function inspectAttestations({ attestations, ignored = 0, trust }: InspectOptions): Promise<Inspection> {
  const opened = attestations.map(openAttestation)
  const labels = attestations.map((one) => ('label' in one ? one.label : undefined))
  const results = trust ? await verifyAboutOwnSubject(attestations, trust) : []
  opened.forEach(({ statement }, index) => {
    const result = results[index]
    if (result) Object.assign(statement, verifiedParts(statement, result))
  })
  return assembled(opened, labels, {
    verdict: trust ? everyOne(results) : 'not-verified',
    trustRoots: trust ? trust.trustRoots.map(toldRoot) : [],
    ignored,
  })
}

/** The same of statements that were made on this machine and that nobody signed. */
export function inspectStatements(statements: ReadonlyMap<string, Uint8Array>): Inspection {
  const opened = [...statements].map(([name, payload]) => openStatement(name, payload))
  return assembled(opened, [], { verdict: 'unsigned', trustRoots: [], ignored: 0 })
}

function assembled(
  opened: Opened[],
  labels: (string | undefined)[],
  rest: Pick<Inspection, 'verdict' | 'trustRoots' | 'ignored'>,
): Inspection {
  const dependencies = dependenciesOf(opened.map(({ view }) => view))
  const facts = opened.map(({ statement, view }, index) => {
    const label = labels[index]
    return { statement, view, ...(label !== undefined && { label }) }
  })
  const subjects = new Map<string, Inspection['subjects'][number]>()
  for (const { statement } of opened) {
    for (const subject of statement.subjects) subjects.set(JSON.stringify([subject.name, subject.digest]), subject)
  }
  return {
    schema: 'https://reproof.dev/inspection/v1',
    ...rest,
    subjects: [...subjects.values()],
    lookAt: lookAtOf(facts, dependencies),
    statements: opened.map(({ statement }) => statement),
    dependencies,
  }
}

/** A reader takes the page for one thing: one statement that does not hold spoils it. */
function everyOne(results: Parameters<typeof overall>[0]): Inspection['verdict'] {
  const verdicts = results.map(({ verdict }) => verdict)
  if (verdicts.includes('rejected')) return 'rejected'
  return verdicts.length === 0 || verdicts.includes('unverifiable') ? 'unverifiable' : 'verified'
}

const toldRoot = ({ name, sha256, publishedOn }: TrustRoot) => ({
  name,
  sha256,
  ...(publishedOn !== undefined && { publishedOn }),
})

/** With whose key a signature holds is known only now; until then there is a hint. */
function verifiedParts({ signer }: InspectedStatement, result: StatementResult): Partial<InspectedStatement> {
  const key = result.signer && 'sha256' in result.signer ? result.signer.sha256 : undefined
  return {
    ...(signer?.kind === 'key' && key !== undefined && { signer: { ...signer, sha256: key } }),
    verification: { verdict: result.verdict, checks: result.checks },
  }
}
