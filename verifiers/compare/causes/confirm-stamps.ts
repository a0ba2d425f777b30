import type { Difference, Suggestion } from '../../model/comparison.ts'
import { findStampVariables, type StampKind } from './stamp-variable.ts'
import type { Stamp } from './stamps.ts'
import { timesIn } from './times.ts'
import { builtAt, type TraceContext, type Tracer } from './tracer.ts'
import { versionsOnlyIn } from './version-stamp.ts'

/**
 * Confirms that a stamp is what it seems: a version is the package's own, a commit is the source's, a time lies between
 * the commit and the publication, a folder is the one that was built in. Confirmed, it cannot carry behaviour that the
 * source does not give it. Where the build takes it from a line of the recipe, that line is suggested.
 */
export const confirmStamps: Tracer = {
  id: 'confirm-stamps',
  async trace(difference, context) {
    const { evidence, kind, cause } = difference
    const stamps = Array.isArray(evidence.stamps) ? (evidence.stamps as Stamp[]) : []
    // A difference has stamps as its cause only where all of what differs has the form of one.
    if (kind !== 'changed' || !stamps.some(({ causes }) => causes.includes(cause))) return undefined
    const confirmed = evidence.allStamps === true && stamps.every((stamp) => isConfirmed(stamp, context))
    // Where the code decides by it, even the right version or time does something; what differs besides has no cause.
    const besides = evidence.besides !== undefined
    const severity = besides || stamps.some(({ operand }) => operand) ? ('unexplained' as const) : ('benign' as const)
    const suggestion = await suggest(stamps, context)
    if (!confirmed && suggestion === undefined) return await builtBefore(difference, stamps, context)
    return {
      ...difference,
      ...(confirmed && {
        severity,
        summary: `What differs${besides ? ' in values' : ''} are stamps (${[...new Set(stamps.flatMap(({ causes }) => causes))].join(', ')}), and the source, the recipe or the registry confirms each of them.`,
      }),
      evidence: { ...evidence, ...(confirmed && { confirmed: stamps.map(({ published }) => published).slice(0, 8) }) },
      ...(suggestion && { suggestion }),
    }
  },
}

/**
 * Values that are the version of the commit before, where the rebuilt ones are the release's own: what wrote them ran before
 * the release had its number. That is no more than likely, so that it is never harmless for it.
 */
async function builtBefore(
  difference: Difference,
  stamps: readonly Stamp[],
  { artifact, versionBefore }: TraceContext,
): Promise<Difference | undefined> {
  const { evidence, severity } = difference
  const areVersions = stamps.every(({ causes }) => causes.length === 1 && causes[0] === 'version-stamp')
  if (severity !== 'suspicious' || evidence.allStamps !== true || evidence.besides !== undefined || !areVersions) {
    return undefined
  }
  const isOnly = (versions: string[], version: string) => versions.every((one) => one === version)
  const earlier = await versionBefore?.()
  const isBefore = ({ published, rebuilt }: Stamp) =>
    earlier !== undefined &&
    isOnly(versionsOnlyIn(published, rebuilt), earlier) &&
    isOnly(versionsOnlyIn(rebuilt, published), artifact.version)
  if (!stamps.every(isBefore)) return undefined
  const summary = `The published file has the version of the commit before, ${earlier}, where the rebuild has ${artifact.version}: what wrote it ran before the release had its number.`
  return { ...difference, severity: 'unexplained', summary, evidence: { ...evidence, versionBefore: earlier } }
}

/** Each cause of a stamp has to be shown by itself. */
function isConfirmed({ causes, published, rebuilt }: Stamp, context: TraceContext): boolean {
  return causes.every((cause) => {
    switch (cause) {
      case 'version-stamp':
        return versionsOnlyIn(published, rebuilt).every((version) => isOwnVersion(version, context))
      case 'commit-stamp':
        return commitsOnlyIn(published, rebuilt).every((commit) => isOwnCommit(commit, context))
      case 'build-time':
      case 'generated-date':
        return isTimeOfRelease(published, context) && isTimeOfRebuild(rebuilt, context)
      case 'build-path':
        // What lies where everybody may write is somebody else's, too.
        return rebuilt.includes(context.recipe.workFolder) && !/[\\/](?:te?mp|shm|public)[\\/]/i.test(published)
      default:
        return false
    }
  })
}

function isOwnVersion(text: string, { artifact, source }: TraceContext): boolean {
  if (text === artifact.version) return true
  return source.kind === 'git' && source.ref !== undefined && source.ref.replace(/^.*?v?(?=\d)/, '') === text
}

const commitText = /(?<![0-9A-Za-z])[0-9a-f]{7,40}(?![0-9A-Za-z])/g

function commitsOnlyIn(published: string, rebuilt: string): string[] {
  const others = new Set(rebuilt.match(commitText) ?? [])
  const own = (published.match(commitText) ?? []).filter((one) => !others.has(one))
  return own.length === 0 ? [''] : own
}

function isOwnCommit(text: string, { source }: TraceContext): boolean {
  return text.length >= 7 && source.kind === 'git' && source.commit.startsWith(text)
}

const day = 24 * 60 * 60 * 1000

/** Clocks of builders and registries differ, and dates without a time are of some time zone. */
function isTimeOfRelease(text: string, { artifact, source }: TraceContext): boolean {
  const publishedAt = Date.parse(artifact.claims.publishedAt ?? '')
  const times = timesIn(text)
  if (Number.isNaN(publishedAt) || times.length === 0) return false
  // A tag may be older than its release, but a build is not older than its source.
  return times.every(({ at }) => at >= builtAt(source) - day && at <= publishedAt + day)
}

/** A limit that the source has is no time of a build: ours is between the commit and the end of the rebuild. */
function isTimeOfRebuild(text: string, { source, rebuild }: TraceContext): boolean {
  const end = Date.parse(rebuild.finishedAt)
  return timesIn(text).every(({ at }) => at >= builtAt(source) - day && (Number.isNaN(end) || at <= end + day))
}

async function suggest(stamps: readonly Stamp[], context: TraceContext): Promise<Suggestion | undefined> {
  for (const stamp of stamps) {
    const suggestion =
      suggestClock(stamp, context) ?? suggestFolder(stamp, context) ?? (await suggestVariable(stamp, context))
    if (suggestion) return suggestion
  }
  return undefined
}

/** Only where the rebuilt file shows that the build takes its time from SOURCE_DATE_EPOCH. */
function suggestClock(
  { published, rebuilt }: Stamp,
  { recipe, artifact, source }: TraceContext,
): Suggestion | undefined {
  const epoch = Number(recipe.variables.SOURCE_DATE_EPOCH) * 1000
  const [theirs, ours] = [timesIn(published), timesIn(rebuilt)]
  const at = ours.findIndex((time) => time.at === epoch || (time.precision === 'day' && sameDay(time.at, epoch)))
  const wanted = theirs[at]
  if (wanted === undefined || ours.length !== theirs.length || wanted.at === epoch) return undefined
  if (!isTimeOfRelease(published, { artifact, source } as TraceContext)) return undefined
  return {
    lines: [{ line: '/variables/SOURCE_DATE_EPOCH', value: String(Math.floor(wanted.at / 1000)) }],
    reason: `The build writes SOURCE_DATE_EPOCH into its output, and the published file has ${new Date(wanted.at).toISOString()} there.`,
  }
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).toISOString().slice(0, 10) === new Date(b).toISOString().slice(0, 10)
}

const folderText = /^\/[A-Za-z0-9][\w.@+-]{0,63}(?:\/[\w.@+-]{1,64}){0,11}$/
const taken = /^\/(?:bin|sbin|usr|lib\w*|etc|proc|sys|dev|run|opt\/(?:node|npm))(?:\/|$)/

/** The folder in place of ours, where both literals go on with the same path behind it. */
function suggestFolder({ published, rebuilt }: Stamp, { recipe }: TraceContext): Suggestion | undefined {
  const at = rebuilt.indexOf(recipe.workFolder)
  if (at < 0 || published.slice(0, at) !== rebuilt.slice(0, at)) return undefined
  const tail = rebuilt.slice(at + recipe.workFolder.length)
  if (!/^[\\/]/.test(tail) || !published.endsWith(tail)) return undefined
  const folder = published.slice(at, published.length - tail.length)
  if (!folderText.test(folder) || taken.test(folder) || folder.split('/').includes('..')) return undefined
  return {
    lines: [{ line: '/workFolder', value: folder }],
    reason: `The published file has the folder ${folder} where the rebuild has its own, ${recipe.workFolder}.`,
  }
}

const valueText = /^["'`]?([\w.+:-]{1,128})["'`]?$/

async function suggestVariable(stamp: Stamp, context: TraceContext): Promise<Suggestion | undefined> {
  const kind = kindOf(stamp)
  const value = valueText.exec(stamp.published)?.[1] ?? versionIn(stamp)
  // What nothing but the published file says is no reason to build with it.
  if (kind === undefined || value === undefined || !isConfirmed(stamp, context)) return undefined
  const { recipe, tree, source } = context
  const variables = await findStampVariables(tree, source.directory)
  const open = variables.filter(({ name }) => !Object.hasOwn(recipe.variables, name))
  const chosen = open.find((variable) => variable.kind === kind)
  if (chosen === undefined) return undefined
  return {
    lines: [{ line: `/variables/${chosen.name}`, value }],
    reason: `${chosen.from.slice(0, 3).join(', ')} names ${chosen.name}, from which the build can have taken ${value}; the recipe does not set it.`,
  }
}

/** The one version in which alone a longer text is another one: a comment at the head of a program. */
function versionIn({ causes, published, rebuilt }: Stamp): string | undefined {
  if (!causes.includes('version-stamp')) return undefined
  const [theirs, ...others] = new Set(versionsOnlyIn(published, rebuilt))
  const [ours, ...more] = new Set(versionsOnlyIn(rebuilt, published))
  if (!theirs || !ours || others.length + more.length > 0) return undefined
  return rebuilt.replaceAll(ours, theirs) === published ? theirs : undefined
}

function kindOf({ causes }: Stamp): StampKind | undefined {
  if (causes.length !== 1) return undefined
  const kinds: Record<string, StampKind> = {
    'version-stamp': 'version',
    'commit-stamp': 'commit',
    'build-time': 'time',
  }
  return kinds[causes[0] ?? '']
}
