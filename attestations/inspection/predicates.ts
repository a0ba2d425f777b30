import { rebuildIn } from '../policy/claims.ts'
import { isRecord } from '../verification/model.ts'
import type { StatementView } from '../verification/statement.ts'

export type Description = {
  /** One sentence. */
  says: string
  /** What readers might take it for. */
  leavesOpen?: string
  facts: { name: string; value: string }[]
}

type Describe = (view: StatementView) => Description

/** What a statement says, in words. The first pattern that fits its predicate type counts. */
export function described(view: StatementView): Description {
  const known = predicates.find(([pattern]) => pattern.test(view.predicateType))
  return known
    ? known[1](view)
    : { says: `It says something about ${subject(view)} that only others can read.`, facts: [] }
}

const predicates: [RegExp, Describe][] = [
  [/^https:\/\/slsa\.dev\/provenance\//, provenance],
  [/^https:\/\/reproof\.dev\/rebuild-result\//, rebuildResult],
  [/^https:\/\/slsa\.dev\/verification_summary\//, verificationSummary],
  [/^https:\/\/cyclonedx\.org\/bom/, (view) => billOfMaterials(view, 'CycloneDX', view.predicate.specVersion)],
  [/^https:\/\/spdx\.dev\/Document/, (view) => billOfMaterials(view, 'SPDX', view.predicate.spdxVersion)],
  [/^https:\/\/github\.com\/npm\/attestation\/tree\/main\/specs\/publish\//, publish],
  [/^https:\/\/in-toto\.io\/attestation\/release\//, release],
  [/^https:\/\/docs\.pypi\.org\/attestations\/publish\//, publishPyPi],
  [/^https:\/\/in-toto\.io\/Link\//, link],
  [/^https:\/\/in-toto\.io\/attestation\/test-result\//, testResult],
]

function provenance(view: StatementView): Description {
  const { builder, sources, parameters, predicate, buildType } = view
  const [source] = sources
  const from = source
    ? ` from ${short(source.uri)}${source.commit ? ` at commit ${short(source.commit, 12)}` : ''}`
    : ''
  const details = isRecord(predicate.runDetails) ? predicate.runDetails : {}
  const metadata = isRecord(details.metadata)
    ? details.metadata
    : isRecord(predicate.metadata)
      ? predicate.metadata
      : {}
  const isRebuild = buildType?.startsWith('https://reproof.dev/buildtypes/rebuild/') ?? false
  const compared = rebuildIn(view)?.verdict
  const same = compared === 'equivalent' ? 'and got the same after changes to both' : results['bit-identical']
  return {
    says: `${short(builder ?? 'Somebody')} ${isRebuild || compared ? 'rebuilt' : 'built'} ${subject(view)}${from}${compared ? ` ${same}` : ''}.`,
    leavesOpen: compared
      ? 'What was changed before the two were compared is not in this statement.'
      : isRebuild
        ? 'It speaks of the rebuilt file; only where its name is the published one are the two the same.'
        : 'That it was built there does not say that anybody else gets the same file, nor that the source does no harm.',
    facts: [
      ...fact('builder', builder),
      ...fact('build type', buildType),
      ...sources.flatMap(({ uri, commit }) => fact('source', commit ? `${uri} (${commit})` : uri)),
      ...Object.entries(parameters ?? {}).flatMap(([name, value]) => fact(`parameter ${name}`, value)),
      ...fact('started', metadata.startedOn ?? metadata.buildStartedOn),
      ...fact('finished', metadata.finishedOn ?? metadata.buildFinishedOn),
      ...fact('invocation', metadata.invocationId ?? metadata.buildInvocationId),
    ],
  }
}

const results: Record<string, string> = {
  'bit-identical': 'and got the same file, byte for byte',
  'stream-identical': 'and got the same content under another compression',
  'content-identical': 'and got the same entries with the same bytes',
  equivalent: 'and got the same but for differences that are named and cannot carry behaviour',
  different: 'and got something else',
  'not-rebuilt': 'and did not succeed',
  'not-located': 'and found no source that belongs to it',
}

function rebuildResult(view: StatementView): Description {
  const { predicate, builder } = view
  const verdict = String(predicate.verdict)
  const result = Object.hasOwn(results, verdict) ? results[verdict] : `with the result ${short(verdict)}`
  const comparison = isRecord(predicate.comparison) ? predicate.comparison : {}
  const entries = isRecord(comparison.entries) ? comparison.entries : {}
  const differences = isRecord(comparison.differences) ? comparison.differences : {}
  return {
    says: `${short(builder ?? 'Somebody')} tried to rebuild ${subject(view)} ${result}.`,
    leavesOpen:
      verdict === 'bit-identical'
        ? 'It says that the file comes from this source, not that the source does no harm.'
        : 'Only bit-identical says that the published file comes from the source.',
    facts: [
      ...fact('verdict', verdict),
      ...fact('assisted', predicate.assisted === true ? 'yes' : undefined),
      ...fact('rebuilt on', predicate.rebuiltOn),
      ...view.sources.flatMap(({ uri, commit }) => fact('source', commit ? `${uri} (${commit})` : uri)),
      ...fact(
        'identical entries',
        entries.identical === undefined ? undefined : `${entries.identical} of ${entries.published}`,
      ),
      ...['suspicious', 'unexplained', 'benign'].flatMap((name) =>
        fact(`${name} differences`, differences[name] || undefined),
      ),
    ],
  }
}

/** https://slsa.dev/spec/v1.2/verification_summary */
function verificationSummary(view: StatementView): Description {
  const { predicate } = view
  const verifier = isRecord(predicate.verifier) ? predicate.verifier.id : undefined
  const policy = isRecord(predicate.policy) ? predicate.policy.uri : undefined
  const levels = Array.isArray(predicate.verifiedLevels) ? predicate.verifiedLevels.join(', ') : undefined
  return {
    says: `${short(text(verifier) ?? 'Somebody')} judged ${subject(view)} by a policy: ${short(String(predicate.verificationResult))}.`,
    leavesOpen: 'It is a verdict, not the evidence for it; that is in the attestations that it lists.',
    facts: [
      ...fact('result', predicate.verificationResult),
      ...fact('levels', levels),
      ...fact('policy', policy),
      ...fact('resource', predicate.resourceUri),
      ...fact('verified on', predicate.timeVerified),
    ],
  }
}

function billOfMaterials(view: StatementView, format: string, version: unknown): Description {
  const { components, packages, dependencies } = view.predicate
  const count = Array.isArray(components) ? components.length : Array.isArray(packages) ? packages.length : 0
  return {
    says: `It lists ${count} components of ${subject(view)}.`,
    leavesOpen: 'A list says what should be inside, not that nothing else is.',
    facts: [
      ...fact('format', `${format} ${String(version ?? '')}`.trim()),
      ...fact('components', count),
      ...fact('relations', Array.isArray(dependencies) ? dependencies.length : undefined),
    ],
  }
}

function publish(view: StatementView): Description {
  const { name, version, registry } = view.predicate
  return {
    says: `The registry ${short(text(registry) ?? '')} accepted ${short(`${text(name) ?? ''}@${text(version) ?? ''}`)} and serves this file under that name.`,
    leavesOpen: 'It does not say where the file came from.',
    facts: [...fact('package', name), ...fact('version', version), ...fact('registry', registry)],
  }
}

function publishPyPi(view: StatementView): Description {
  return {
    says: `A trusted publisher uploaded ${subject(view)}.`,
    leavesOpen: 'It says who uploaded the file, not how it was built.',
    facts: [],
  }
}

function release(view: StatementView): Description {
  const { purl, packageId, repository, tag } = view.predicate
  return {
    says: `${subject(view)} is part of a release.`,
    leavesOpen: 'It says what was released, not how it was built.',
    facts: [...fact('package', purl ?? packageId), ...fact('repository', repository), ...fact('tag', tag)],
  }
}

function link(view: StatementView): Description {
  const { name, command, materials } = view.predicate
  return {
    says: `The step ${short(text(name) ?? 'without a name')} made ${subject(view)}.`,
    facts: [
      ...fact('command', Array.isArray(command) ? command.join(' ') : command),
      ...fact('materials', Array.isArray(materials) ? materials.length : undefined),
    ],
  }
}

function testResult(view: StatementView): Description {
  return {
    says: `${subject(view)} was tested: ${short(String(view.predicate.result))}.`,
    facts: [...fact('result', view.predicate.result), ...fact('url', view.predicate.url)],
  }
}

function subject({ subjects: [first, ...others] }: StatementView): string {
  const named = first?.name ?? Object.entries(first?.digest ?? {})[0]?.join(':') ?? 'nothing'
  return `${short(named)}${others.length > 0 ? ` and ${others.length} more` : ''}`
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Texts of strangers stand in sentences, and may be as long as a document. */
function short(value: string, most = 160): string {
  return value.length > most ? `${value.slice(0, most)}…` : value
}

function fact(name: string, value: unknown): Description['facts'] {
  if (value === undefined || value === null || value === '') return []
  const shown = typeof value === 'string' ? value : JSON.stringify(value)
  return [{ name: short(name), value: short(shown, 2000) }]
}
