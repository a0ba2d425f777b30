import type { Comparison, Difference } from '../../verifiers/model/comparison.ts'
import type { Attempt, ProblemReport, Report } from '../../verifiers/model/report.ts'
import { type Verdict, verdicts } from '../../verifiers/model/verdict.ts'
import { foundations, recipeFoundations } from './foundations.ts'

/** What a comparison, or a run that ended with one, has to say: every format shows the same. */
export type Account = {
  /** What it is about: a package and its version, or the names of two files. */
  subject: string
  /** Absent when nothing could be decided. */
  verdict: Verdict | undefined
  /** Whether the verdict is as good as what was asked for. */
  met: boolean
  /** What was asked for, where that says more than the verdict. */
  asked: string | undefined
  /** What the verdict says, for somebody who has never seen one. */
  sentence: string
  /** What to do about it. */
  advice: string
  assistance: readonly string[]
  compared: Omit<Comparison, 'differences'> | undefined
  /** What matters first. */
  differences: readonly Difference[]
  /** What the verdict rests on: names and values. Empty where two files are compared as they are. */
  foundations: readonly (readonly [string, string])[]
  /** All rebuilds of a run, where there was more than one. */
  attempts: readonly Attempt[]
  problem: ProblemReport | undefined
  /** Whether building the source gives what is committed of its build output, where that was asked. */
  deep?: Account
}

export function accountOfComparison(
  comparison: Comparison,
  { required, met }: { required: Verdict; met: boolean },
): Account {
  const { differences, ...compared } = comparison
  return {
    subject: `${comparison.published.fileName} and ${comparison.rebuilt.fileName}`,
    verdict: comparison.verdict,
    met,
    asked: askedFor(comparison.verdict, required, met),
    sentence: sentences[comparison.verdict],
    advice: adviceOn(comparison.verdict, differences),
    assistance: [],
    compared,
    differences: byWeight(differences),
    foundations: [],
    attempts: [],
    problem: undefined,
  }
}

export function accountOfReport(report: Report): Account {
  const { subject, verdict, required, assistance, comparison, differences, attempts = [], problem } = report
  const met = meets(verdict, required)
  const deep = accountOfDeep(report)
  return {
    subject,
    verdict,
    met,
    asked: askedFor(verdict, required, met),
    sentence: sentenceOf(report),
    advice: problem === undefined ? adviceOn(verdict, differences) : '',
    assistance,
    compared: comparison,
    differences: byWeight(differences),
    foundations: foundations(report),
    attempts,
    problem,
    ...(deep && { deep }),
  }
}

function accountOfDeep(report: Report): Account | undefined {
  const { deep, subject, required } = report
  if (deep === undefined) return undefined
  const { verdict, comparison, differences, attempts = [], problem, outputs } = deep
  const met = meets(verdict, required)
  return {
    subject: `${subject}, what is committed`,
    verdict,
    met,
    asked: askedFor(verdict, required, met),
    sentence: deepSentenceOf(verdict),
    advice: problem === undefined ? adviceOn(verdict, differences) : '',
    assistance: deep.recipe?.assisted ?? [],
    compared: comparison,
    differences: byWeight(differences),
    foundations: [
      ['committed', `${outputs.removed} files in ${outputs.folders.join(', ')}, removed before the build`],
      ...recipeFoundations(deep.recipe),
    ],
    attempts,
    problem,
  }
}

function deepSentenceOf(verdict: Verdict | undefined): string {
  if (verdict === 'different') return 'Building the source does not give what is committed.'
  if (verdict === undefined || verdict === 'not-rebuilt' || verdict === 'not-located')
    return 'The source could not be built, so that nothing can be said about what is committed of its build.'
  if (verdict === 'equivalent') return 'Building the source gives what is committed, but for the changes listed below.'
  return 'Building the source gives what is committed, byte for byte.'
}

function meets(verdict: Verdict | undefined, required: Verdict): boolean {
  return verdict !== undefined && verdicts.indexOf(verdict) <= verdicts.indexOf(required)
}

/** What a verdict says, in words for everybody. */
const sentences: Record<Verdict, string> = {
  'bit-identical': 'The rebuilt file is the published file, byte for byte.',
  'stream-identical':
    'Everything inside is the same, byte for byte. Only the compression around it differs: the publisher’s computer had another gzip.',
  'content-identical':
    'Every file inside is the same, byte for byte. Only what the archive notes about them (order, times, owners) differs.',
  equivalent: 'Every file inside is the same, but for the changes listed below, each with its reason.',
  different: 'The rebuild is not the same as what was published.',
  'not-rebuilt': 'The package could not be rebuilt, so nothing can be said about it.',
  'not-located': 'No source could be shown to belong to the package, so nothing can be said about it.',
}

function sentenceOf({ verdict, recipe }: Report): string {
  if (verdict === undefined) return 'Nothing could be decided.'
  if (verdict !== 'bit-identical' || !recipe?.compressor) return sentences[verdict]
  return 'The rebuilt file is the published file, byte for byte, when it is compressed as on the publisher’s computer.'
}

function askedFor(verdict: Verdict | undefined, required: Verdict, met: boolean): string | undefined {
  const isNews = verdict !== undefined && !met && (verdict === 'equivalent' || required !== 'content-identical')
  return isNews ? `Asked for was ${required} or better.` : undefined
}

function adviceOn(verdict: Verdict | undefined, differences: readonly Difference[]): string {
  const count = (severity: Difference['severity']) => countOf(differences.filter((one) => one.severity === severity))
  const [suspicious, unexplained] = [count('suspicious'), count('unexplained')]
  if (suspicious > 0) {
    const them = suspicious === 1 ? 'One difference' : `${suspicious} differences`
    return `${them} could change what the package does, or hide something. Look at ${suspicious === 1 ? 'it' : 'them'} before you use what was published.`
  }
  if (unexplained > 0) {
    const them = unexplained === 1 ? 'one difference has' : `${unexplained} differences have`
    return `Nothing found looks like something hidden, but ${them} no cause that is known to be harmless.`
  }
  if (verdict === 'different') return 'Nothing found looks like something hidden.'
  return differences.length > 0 ? 'What differs has a known cause and cannot change what the package does.' : ''
}

const severities = ['suspicious', 'unexplained', 'benign'] as const
const severityRank = new Map(severities.map((severity, index) => [severity, index]))

/** Within a severity: the archive itself, what is installed or run, files out of nowhere, then what changed. */
const causeRank = new Map(
  ['install-script', 'manifest-decisive', 'missing', 'untracked', 'machine-code', 'code'].map((cause, index) => [
    cause,
    index + 1,
  ]),
)

function byWeight(differences: readonly Difference[]): Difference[] {
  const weight = ({ severity, kind, cause }: Difference) =>
    (severityRank.get(severity) ?? 0) * 100 + (kind === 'structure' ? 0 : (causeRank.get(cause) ?? 50))
  return differences.toSorted((a, b) => weight(a) - weight(b))
}

export function bySeverity(differences: readonly Difference[]): [Difference['severity'], Difference[]][] {
  const groups = Object.groupBy(differences, ({ severity }) => severity)
  return severities.flatMap((severity) => {
    const group = groups[severity]
    return group === undefined ? [] : [[severity, group] as [Difference['severity'], Difference[]]]
  })
}

/** In the order in which their first ones come. */
export function byCause(differences: readonly Difference[]): [string, Difference[]][] {
  return [...Map.groupBy(differences, ({ cause }) => cause)]
}

/** How many differences these are: where there were too many of one kind, the last stands for those that are not listed. */
export function countOf(differences: readonly Difference[]): number {
  return differences.reduce((sum, { path, evidence: { count, ...others } }) => {
    const isRest = path === '' && typeof count === 'number' && Object.keys(others).length === 0
    return sum + (isRest ? count : 1)
  }, 0)
}
