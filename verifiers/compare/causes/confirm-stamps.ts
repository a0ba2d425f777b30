import type { Difference, Suggestion } from '../../model/comparison.ts'
import { findStampVariables, type StampKind } from './stamp-variable.ts'
import type { Stamp } from './stamps.ts'
import { type NamedTime, timesIn } from './times.ts'
import { builtAt, type TraceContext, type Tracer } from './tracer.ts'
import { lacksVersion, namesRelease, versionsOnlyIn } from './version-stamp.ts'

/**
 * Confirms that a stamp is what it seems: a version is the package's own, a commit is the source's, a time lies between
 * the commit and the publication, a folder is the one that was built in; and what the rebuild has in its place shows that the
 * build writes it: no version or an own one, the source's commit, the time or the folder of the rebuild. Anything else there is
 * a constant of the source, for which nobody publishes a stamp. Where the build takes it from a line of the recipe, that line
 * is suggested.
 */
export const confirmStamps: Tracer = {
  id: 'confirm-stamps',
  async trace(difference, context) {
    const { evidence, kind, cause } = difference
    const stamps = Array.isArray(evidence.stamps) ? (evidence.stamps as Stamp[]) : []
    // A difference has stamps as its cause only where all of what differs has the form of one.
    if (kind !== 'changed' || !stamps.some(({ causes }) => causes.includes(cause))) return undefined
    const known = new Set<string>()
    const areConfirmed = () =>
      evidence.allStamps === true && stamps.every((stamp) => isConfirmed(stamp, known, context))
    const isOwn = areConfirmed()
    // To know the commit before, the repository has to be asked.
    const mayBeEarlier = !isOwn && difference.severity !== 'benign' && stamps.every((one) => isOfRelease(one, context))
    if (mayBeEarlier) await addEarlier(known, context)
    const confirmed = isOwn || areConfirmed()
    const besides = evidence.besides !== undefined
    // Where the code decides by it, even the right version or time does something; what differs besides has no cause; and a
    // version that the source itself has can be that of something else.
    const isOnlySaid = isOwn && !besides && !stamps.some(({ operand, unnamed }) => operand || unnamed)
    const severity = isOnlySaid || difference.severity === 'benign' ? ('benign' as const) : ('unexplained' as const)
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
  const isBefore = ({ published, rebuilt, operand }: Stamp) =>
    earlier !== undefined &&
    operand !== true &&
    !namesRelease(published) &&
    isOnly(versionsOnlyIn(published, rebuilt), earlier) &&
    isOnly(versionsOnlyIn(rebuilt, published), artifact.version)
  if (!stamps.every(isBefore)) return undefined
  const summary = `The published file has the version of the commit before, ${earlier}, where the rebuild has ${artifact.version}: what wrote it ran before the release had its number.`
  return { ...difference, severity: 'unexplained', summary, evidence: { ...evidence, versionBefore: earlier } }
}

/** Those that the source had before the release, and that its package.json has: what writes versions may run later. */
async function addEarlier(known: Set<string>, { source, versionBefore }: TraceContext): Promise<void> {
  for (const version of [source.manifest.version, await versionBefore?.()]) if (version) known.add(version)
}

/** Each cause of a stamp has to be shown by itself. */
function isConfirmed(stamp: Stamp, known: ReadonlySet<string>, context: TraceContext): boolean {
  return isOfRelease(stamp, context) && isOfRebuild(stamp, known, context)
}

/** Whether the published value is what a build of the release writes. */
function isOfRelease({ causes, published, rebuilt }: Stamp, context: TraceContext): boolean {
  return causes.every((cause) => {
    switch (cause) {
      case 'version-stamp':
        return versionsOnlyIn(published, rebuilt).every((version) => isOwnVersion(version, context))
      case 'commit-stamp':
        return commitsOnlyIn(published, rebuilt).every((commit) => isOwnCommit(commit, context))
      case 'build-time':
      case 'generated-date':
        return isTimeOfRelease(published, context)
      case 'build-path':
        // What lies where everybody may write is somebody else's, too.
        return !/[\\/](?:te?mp|shm|public)[\\/]/i.test(published)
      default:
        return false
    }
  })
}

/** Whether the rebuilt value is what our build writes, and no constant of the source. */
function isOfRebuild(
  { causes, published, rebuilt, compared }: Stamp,
  known: ReadonlySet<string>,
  context: TraceContext,
): boolean {
  return causes.every((cause) => {
    switch (cause) {
      case 'version-stamp':
        // What something is compared with is the version of that, whatever it is.
        if (compared || namesRelease(published)) return false
        return lacksVersion(rebuilt, published) || areKnown(rebuilt, published, known, context)
      case 'commit-stamp':
        return !namesRelease(published) && commitsOnlyIn(rebuilt, published).every((one) => isOwnCommit(one, context))
      case 'build-time':
      case 'generated-date':
        return areAll(timesIn(rebuilt), (time) => isTimeOfRebuild(time, context))
      default:
        return rebuilt.includes(context.recipe.workFolder)
    }
  })
}

/** And there is one: a time in another form than any build writes is none. */
function areAll<T>(list: readonly T[], isSo: (one: T) => boolean): boolean {
  return list.length > 0 && list.every(isSo)
}

/** The own one or an earlier one, with what `git describe` puts behind it. */
function areKnown(rebuilt: string, published: string, known: ReadonlySet<string>, context: TraceContext): boolean {
  return versionsOnlyIn(rebuilt, published).every((version) =>
    [version, version.replace(/[-+].*/, '')].some((one) => isOwnVersion(one, context) || known.has(one)),
  )
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

/** Of the rebuild's own run, or the one that builds are told to take: any other is a limit that the source has. */
function isTimeOfRebuild({ at, precision }: NamedTime, { source, recipe, rebuild }: TraceContext): boolean {
  const [start, end] = [Date.parse(rebuild.startedAt), Date.parse(rebuild.finishedAt)]
  if (at >= start - day && at <= end + day) return true
  const told = [builtAt(source), Number(recipe.variables.SOURCE_DATE_EPOCH) * 1000]
  return told.some((moment) => isSameTime(at, moment, precision))
}

const minute = 60 * 1000

/** But for the zone that it is written in, which differs from UTC by quarters of an hour, at most fourteen. */
function isSameTime(at: number, moment: number, precision: NamedTime['precision']): boolean {
  if (precision === 'day') return at > moment - 1.6 * day && at < moment + 0.6 * day
  const minutes = Math.floor(at / minute) - Math.floor(moment / minute)
  return minutes % 15 === 0 && Math.abs(minutes) <= 14 * 60
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
  if (kind === undefined || value === undefined || !isOfRelease(stamp, context)) return undefined
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
