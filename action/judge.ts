import type { RegistrySignatureCheck } from '../attestations/verification/registry-signature.ts'
import type { ShownVerification } from '../cli/render/verification.ts'
import type { Difference } from '../verifiers/model/comparison.ts'
import type { Report } from '../verifiers/model/report.ts'
import type { Carrying } from './carried.ts'
import type { Wanted } from './changes.ts'

/** Why something was stopped, or could not be decided. */
export type Reason = {
  id:
    | 'differs'
    | 'provenance-invalid'
    | 'signature-invalid'
    | 'not-signed'
    | 'other-bytes'
    | 'policy-refused'
    | 'not-rebuilt'
    | 'no-evidence'
    | 'no-registry'
    | 'not-asked'
    | 'no-digest'
    | 'no-name'
    | 'not-read'
  /** What was found, and what to do: two sentences. */
  found: string
  todo: string
}

export type Judged = Wanted & {
  state: 'good' | 'undecided' | 'stopped'
  reasons: Reason[]
  registrySignature?: RegistrySignatureCheck
  report?: Report
  verification?: ShownVerification
  /** The package inside whose file it comes, and with which it is verified. */
  carriedBy?: string
}

/** What was found out about one thing. */
export type Evidence = {
  /** Why its own provenance does not hold. */
  provenanceFault?: string
  /** Of what comes from a registry. */
  registrySignature?: RegistrySignatureCheck
  report?: Report
  verification?: ShownVerification
  /** Of what is said to come inside another package's file. */
  carrying?: Carrying
  /** Whether it was to be rebuilt. */
  rebuild: boolean
  /** Why the registry could not be asked. */
  unasked?: string
}

const stops = new Set<Reason['id']>([
  'differs',
  'provenance-invalid',
  'signature-invalid',
  'other-bytes',
  'policy-refused',
  'no-name',
])

/** What a rebuild that is the same, or a policy that holds, says nothing of. */
const stays = new Set<Reason['id']>(['not-asked', 'not-signed', 'no-digest', 'not-read'])

/** What is stopped is known to be wrong; what is undecided may be right, and nobody could show it. */
export function judge(wanted: Wanted, evidence: Evidence): Judged {
  const { report, verification, registrySignature, carrying } = evidence
  if (carrying && 'by' in carrying) return { ...wanted, state: 'good', reasons: [], carriedBy: carrying.by }
  const all = [...signatureReasons(wanted, evidence), ...rebuildReasons(wanted, evidence)]
  const reasons = all.filter(({ id }, index) => all.findIndex((one) => one.id === id) === index)
  const isStopped = reasons.some(({ id }) => stops.has(id))
  // A policy that holds is evidence that others gave; what could not be rebuilt here is then no reason to doubt.
  const isShown = verification?.verdict === 'verified' || report?.met === true
  const left = isStopped || !isShown ? reasons : reasons.filter(({ id }) => stays.has(id))
  return {
    ...wanted,
    state: isStopped ? 'stopped' : isShown && left.length === 0 ? 'good' : 'undecided',
    reasons: left,
    ...(registrySignature && { registrySignature }),
    ...(report && { report }),
    ...(verification && { verification }),
  }
}

function registryReasons({ title }: Wanted, { registrySignature: check }: Evidence): Reason[] {
  // A registry that signs nothing says nothing of this package either.
  if (!check || check.result === 'passed' || check.code === 'KEYS_ABSENT') return []
  if (check.code === 'NOT_ASKED') {
    return [{ id: 'not-asked', found: `${title}: ${sentence(check.detail)}`, todo: 'Run the job again later.' }]
  }
  if (check.code === 'SUBJECT_MISMATCH') {
    const found = `${title} was stopped: the lockfile pins another file than the registry signed under that name.`
    return [{ id: 'other-bytes', found, todo: 'Do not merge this: somebody changed the lockfile, or the registry.' }]
  }
  if (check.result === 'failed') {
    const found = `${title} was stopped because ${sentence(check.detail.replace(/^The/, 'the'))}`
    return [
      {
        id: 'signature-invalid',
        found,
        todo: 'Do not merge this: somebody changed what the registry says, or a key is misused.',
      },
    ]
  }
  return [
    {
      id: 'not-signed',
      found: sentence(check.detail),
      todo: 'npm audit signatures says the same; ask whoever runs the registry.',
    },
  ]
}

function signatureReasons(wanted: Wanted, evidence: Evidence): Reason[] {
  const { title } = wanted
  const { provenanceFault, verification, unasked } = evidence
  const reasons = registryReasons(wanted, evidence)
  if (provenanceFault !== undefined) {
    const found = `${title} was stopped: its provenance does not hold, because ${sentence(provenanceFault)}`
    reasons.push({ id: 'provenance-invalid', found, todo: 'Do not merge this before its publisher has explained it.' })
  }
  if (unasked !== undefined) {
    const found = `What the registry says of ${title} could not be asked for: ${sentence(unasked)}`
    reasons.push({ id: 'not-asked', found, todo: 'Run the job again later.' })
  }
  if (!verification || verification.verdict === 'verified') return reasons
  // Of that it was said already.
  if (verification.registrySignature?.result === 'failed') return reasons
  const unmet = verification.requirements?.find(({ met }) => !met)?.detail
  const failed = verification.statements.flatMap(({ checks }) => checks.filter(({ result }) => result === 'failed'))[0]
  const why = unmet ?? failed?.detail ?? 'no attestation was found for it.'
  if (verification.verdict === 'rejected') {
    const found = `${title} was stopped: the policy refuses it, because ${sentence(why)}`
    reasons.push({
      id: 'policy-refused',
      found,
      todo: 'Use a version that the policy accepts, or let its owner change the policy.',
    })
  } else {
    const found = `${title} lacks what the policy asks for: ${sentence(why)}`
    reasons.push({ id: 'no-evidence', found, todo: 'Ask for the attestations, or add an exception to the policy.' })
  }
  return reasons
}

function rebuildReasons(wanted: Wanted, { report, rebuild, carrying }: Evidence): Reason[] {
  const { title, spec, dependency, unnamed } = wanted
  if (unnamed === 'unread') {
    const found = `The entry ${title} of the lockfile names no package, so that nothing is known of what it leads to.`
    return [
      { id: 'not-read', found, todo: 'See how it came there, or let the package manager write the lockfile anew.' },
    ]
  }
  if (unnamed) {
    const found = `The lockfile was stopped: its entry ${title} has a name that no package can have, and npm would install what it leads to.`
    return [{ id: 'no-name', found, todo: 'Do not merge this: such an entry is written by hand.' }]
  }
  if (spec === undefined) {
    const from = dependency?.origin === 'git' ? 'a git repository' : 'an address'
    const found = `${title} comes from ${from} and not from a registry, so that there is no published file to rebuild.`
    return [{ id: 'no-registry', found, todo: 'Depend on a published version, or review that source by hand.' }]
  }
  const mismatch = report && otherBytes(wanted, report)
  if (mismatch) return [mismatch]
  return [...noDigest(wanted, carrying), ...comparisonReasons(title, report, rebuild)]
}

function comparisonReasons(title: string, report: Report | undefined, rebuild: boolean): Reason[] {
  if (!report || report.met) return rebuild && !report ? [notRebuilt(title, 'it was not tried')] : []
  if (report.verdict === 'not-rebuilt' || report.verdict === 'not-located' || report.verdict === undefined) {
    return [notRebuilt(title, report.problem?.message ?? 'nobody knows why')]
  }
  return [differs(title, report)]
}

function notRebuilt(title: string, why: string): Reason {
  const found = `${title} could not be compared with its source: ${sentence(why)}`
  return {
    id: 'not-rebuilt',
    found,
    todo: 'That is no sign of an attack, but nothing shows where it comes from either.',
  }
}

/** The lockfile pins other bytes than the registry has under that name: one of them was changed. */
function otherBytes({ title, dependency }: Wanted, { artifact }: Report): Reason | undefined {
  const strong = ['sha512', 'sha384', 'sha256'] as const
  const locked = strong.find((one) => dependency?.digests[one] !== undefined)
  if (!artifact || locked === undefined) return undefined
  const digests: Record<string, string | undefined> = { ...artifact.digests }
  if (digests[locked] === undefined || digests[locked] === dependency?.digests[locked]) return undefined
  const found = `${title} was stopped: the lockfile pins another file (${locked} ${short(dependency?.digests[locked])}) than the registry has under that name (${short(digests[locked])}).`
  return { id: 'other-bytes', found, todo: 'Do not merge this: somebody changed the lockfile, or the registry.' }
}

/** What is installed later need not be what was verified now. */
function noDigest({ title, dependency }: Wanted, carrying: Carrying | undefined): Reason[] {
  if (!dependency || dependency.repackedChecksum !== undefined) return []
  const { sha512, sha384, sha256 } = dependency.digests
  if (sha512 ?? sha384 ?? sha256) return []
  const why = carrying && 'not' in carrying ? ` ${sentence(carrying.not)}` : ''
  const found = `The lockfile pins no digest of ${title} that can be relied on, so that nothing says which file will be installed.${why}`
  return [{ id: 'no-digest', found, todo: 'Let the package manager write the lockfile anew.' }]
}

const short = (digest = '') => `${digest.slice(0, 12)}…`

function differs(title: string, report: Report): Reason {
  const { source, differences, verdict } = report
  const from =
    source === undefined
      ? 'its source'
      : `${source.repository}${source.kind === 'git' ? ` at ${source.commit.slice(0, 12)}` : ''}`
  const [first] = differences.toSorted((a, b) => weight(a) - weight(b))
  const others = differences.length - 1
  const more = others < 1 ? '' : ` (and ${others} more ${others === 1 ? 'difference' : 'differences'})`
  const where = first
    ? `${first.path || 'the archive itself'}${more}: ${firstSentence(first.summary)}`
    : 'nobody listed what differs'
  const how = verdict === 'different' ? 'not what' : `only ${verdict} to what`
  const found = `${title} was stopped because its published file is ${how} ${from} builds, in ${sentence(where)}`
  return {
    id: 'differs',
    found,
    todo: `Do not merge this before its authors have explained it; reproof rebuild npm:${title} shows all of it.`,
  }
}

function weight({ severity, path }: Difference): number {
  return ['suspicious', 'unexplained', 'benign'].indexOf(severity) * 2 + (path === '' ? 1 : 0)
}

/** What differs; what is known of it beside is in the report. */
function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s+(?=\p{Lu})/u, 1)[0] ?? text
}

/** With one full stop, and no more than a sentence of a stranger may have. */
function sentence(text: string): string {
  const short = text.length > 400 ? `${text.slice(0, 400)}…` : text
  return `${short.trim().replace(/[.\s]+$/, '')}.`
}
