import { posix } from 'node:path'
import { z } from 'zod'
import type { Comparison } from '../model/comparison.ts'
import type { ProblemCode } from '../model/problem.ts'
import type { Recipe } from '../model/recipe.ts'
import type { Choices } from './infer/choices.ts'
import { hasEditedLockfile } from './infer/edited-install.ts'
import { installsAPart } from './infer/focused-install.ts'
import { installsNeeded } from './infer/needed-install.ts'

/** Something that inference may decide otherwise, and why that is worth an attempt, one sentence. */
export type Repair = { choices: Choices; reason: string }

/** Why an attempt came to no comparison. */
export type Failure = { code: ProblemCode; message: string; details: Record<string, unknown> }

type Tried = { recipe: Recipe; choices: Choices; comparison?: Comparison | undefined; failure?: Failure | undefined }

/** What is worth trying after an attempt, the cheapest and likeliest first. */
export function repairsOf({ recipe, choices, comparison, failure }: Tried): Repair[] {
  if (failure) return afterFailure(failure, recipe, choices)
  return comparison === undefined ? [] : afterComparison(comparison, recipe, choices)
}

function afterFailure({ code, details }: Failure, recipe: Recipe, choices: Choices): Repair[] {
  if (code === 'STEP_MEMORY_EXCEEDED') {
    const reason = 'The build needs more memory than is usual, as the machine that published it may have had.'
    return choices.roomy ? [] : [{ choices: { roomy: true }, reason }]
  }
  const run = installOf(recipe)
  if (details.phase === 'install') {
    const repairs = [
      ...withoutUnknown(details, run, choices),
      ...onlyAPart(recipe, choices),
      ...afterInstall(run, choices),
      ...theWhole(run, choices),
    ]
    // What comes from elsewhere than a registry does so at any time, and what the registry does not know it never does.
    const isElsewhere =
      namesSchema.parse(details.unknownPackages).length > 0 ||
      (Array.isArray(details.refused) && details.refused.length > 0)
    return isElsewhere ? repairs.toSorted((one, other) => Number(isOfTime(one)) - Number(isOfTime(other))) : repairs
  }
  const pack = recipe.steps.at(-1)
  const elsewhere = pack?.cwd !== recipe.source.directory
  if (details.phase !== 'build' && elsewhere && !choices.ownFolder) {
    const reason = 'Nothing was left in the folder that should have been published; the package has its own.'
    return [{ choices: { ownFolder: true }, reason }]
  }
  const repairs = otherWays(choices, 'What was built with did not get to its end; this is another way to build.')
  // With what is installed another way is a matter of seconds.
  repairs.splice(1, 0, ...theWhole(run, choices))
  const unlocked = unlocking.test(run)
  if (unlocked && !choices.nodeNow) {
    const reason = 'Without a lockfile what builds may be younger than its Node.'
    repairs.splice(0, 0, { choices: { nodeNow: true }, reason })
  }
  if (unlocked && run.startsWith('npm ') && !choices.lowest) {
    const reason = 'Without a lockfile what builds may be younger than the source; it asks for these versions at least.'
    repairs.splice(1, 0, { choices: { lowest: true }, reason })
  }
  if (unlocked && !choices.registryNow) {
    const reason = 'What the registry had at its time, as it says, does not work together; what it has now may.'
    repairs.splice(2, 0, { choices: { registryNow: true }, reason })
  }
  if (!choices.compiler) {
    const reason = 'Something in the source calls a compiler or Python, and the build may have come to it.'
    repairs.unshift({ choices: { compiler: true }, reason })
  }
  if (!choices.withoutJob) {
    const reason = 'What the publishing job runs did not get to its end; the package has scripts of its own.'
    repairs.splice(2, 0, { choices: { withoutJob: true, build: 0 }, reason })
  }
  const readableTo = lineSchema.safeParse(details.unreadableTo).data
  const scripted = scriptedSchema.safeParse(details.scripted).data ?? []
  if (scripted.length > 0 && choices.scripted === undefined) {
    const reason = 'What builds may need what installation scripts of dependencies bring.'
    repairs.unshift({ choices: { scripted }, reason })
  }
  if (choices.needed === undefined && installsNeeded(run)) {
    const reason = 'Only what the build names was installed; it may need more of what the project is developed with.'
    repairs.unshift({ choices: { needed: false }, reason })
  }
  if (code === 'STEP_FAILED' && !choices.pastFailures) {
    const reason = 'Not all that was to be run has to end well; what is published may have been there all the same.'
    repairs.unshift({ choices: { pastFailures: true }, reason })
  }
  if (unlocked && run.startsWith('npm ') && !choices.lowest && !choices.needed) {
    // What only tests and checks brings types and tools of its own time, and takes most of an installation.
    const reason =
      'Without a lockfile what is installed may be younger than the source; its build needs little of it, in these versions at least.'
    repairs.unshift({ choices: { lowest: true, needed: true }, reason })
  }
  if (unlocked && readableTo !== undefined && choices.readableTo === undefined) {
    const reason = `Without a lockfile types were installed that TypeScript ${readableTo} cannot read, as they say themselves; these are the last that it can.`
    repairs.unshift({ choices: { readableTo }, reason })
  }
  const nodeBelow = z.int().positive().safeParse(details.nodeBelow).data
  if (nodeBelow !== undefined && choices.nodeBelow === undefined && !choices.nodeNow) {
    const reason = `Something is installed that builds, and does not start on Node ${nodeBelow} and later.`
    repairs.unshift({ choices: { nodeBelow }, reason })
  }
  return repairs
}

/** As running a recipe tells of a build that failed. */
const lineSchema = z.string().regex(/^\d{1,2}\.\d{1,2}$/)
const scriptedSchema = z.array(z.object({ name: z.string(), through: z.array(z.string()) }))

function isOfTime({ choices }: Repair): boolean {
  return choices.registryNow === true
}

function installOf({ steps }: Recipe): string {
  return steps.find(({ phase }) => phase === 'install')?.run ?? ''
}

/** Installations that no lockfile decides; what npx would fetch is in none. */
const unlocking = /(?<!--no-save )--no-(?:package-)?lock(?:file)?\b|rm -f yarn\.lock/

/** What a project is developed with and nobody can have any more is seldom what builds. */
function withoutUnknown({ unknownPackages }: Failure['details'], run: string, choices: Choices): Repair[] {
  const without = namesSchema.parse(unknownPackages)
  if (without.length === 0 || choices.without !== undefined || !/(?:^|\s)npm install\b/.test(run)) return []
  return [{ choices: { without }, reason: `The registry has never had ${listed(without)}; the rest is installed.` }]
}

const namesSchema = z.array(z.string().max(256)).max(100).catch([])

/** To the same lockfile, so that it is nearer to what the publisher had than one that is changed. */
function onlyAPart({ source, steps }: Recipe, choices: Choices): Repair[] {
  const install = steps.find(({ phase }) => phase === 'install')
  if (install === undefined || install.cwd === source.directory || choices.focused) return []
  if (installsAPart(install.run)) return []
  const reason = 'Not all that the members of the workspace ask for can be installed; the package needs a part of it.'
  return [{ choices: { focused: true }, reason }]
}

/** What was left out because nothing said that the package needs it. */
function theWhole(run: string, choices: Choices): Repair[] {
  if (choices.focused !== undefined || !installsAPart(run)) return []
  const reason = 'Only a part of the workspace was installed; the package may be built with what other members ask for.'
  return [{ choices: { focused: false }, reason }]
}

function afterInstall(run: string, choices: Choices): Repair[] {
  const repairs: Repair[] = []
  const ignoring = unlocking.test(run)
  const repaired = choices.lockfile === 'repaired' || hasEditedLockfile(run)
  if (!ignoring && choices.lockfile === undefined && !repaired) {
    const reason = 'The lockfile cannot be installed as it is; what cannot be had is left out of it.'
    repairs.push({ choices: { lockfile: 'repaired' }, reason })
  }
  if (!ignoring && repaired && !choices.registryNow) {
    const reason = 'What takes the place of what is gone from the lockfile may have come to the registry only later.'
    repairs.push({ choices: { registryNow: true }, reason })
  }
  if (!ignoring && choices.lockfile !== 'ignored') {
    const reason = 'The lockfile cannot be installed; dependencies are those of its time.'
    repairs.push({ choices: { lockfile: 'ignored' }, reason })
  }
  if (ignoring && /(?:^|\s)npm install\b/.test(run) && !choices.needed) {
    const reason = 'Not all that the project is developed with can be installed; only what its build names is.'
    repairs.push({ choices: { needed: true }, reason })
  }
  if (ignoring && !choices.registryNow) {
    const reason =
      'What the registry had at its time, as it says, cannot be installed; it may have taken that in later.'
    if (/(?:^|\s)npm install\b/.test(run) && !choices.lowest) {
      const now = { registryNow: true, lowest: true, needed: true }
      repairs.push({ choices: now, reason: `${reason} What the build names is asked for in its lowest versions.` })
    }
    repairs.push({ choices: { registryNow: true }, reason })
  }
  if (/\bnpm install\b/.test(run) && !choices.looselyPeered) {
    const reason = 'The dependencies cannot be installed together as strictly as npm 7 and later take their peers.'
    repairs.push({ choices: { looselyPeered: true }, reason })
  }
  return repairs
}

/** More ways than this are not tried one after the other. */
const mostWays = 5

function otherWays({ build = 0 }: Choices, reason: string): Repair[] {
  return Array.from({ length: mostWays - build }, (_, index) => ({ choices: { build: build + index + 1 }, reason }))
}

function afterComparison(comparison: Comparison, recipe: Recipe, choices: Choices): Repair[] {
  const { differences } = comparison
  const known = shownBy(differences, recipe, choices)
  const missing = differences.filter(({ kind, cause }) => kind === 'removed' && cause === 'missing')
  const paths = missing.map(({ path }) => path.replace(/^[^/]+\//, ''))
  const ways =
    missing.length > 0
      ? [
          ...ofChecks(
            choices,
            `Nothing has made ${listed(paths)}; what tests and checks build was left out with them.`,
          ),
          ...otherWays(choices, `Nothing has made ${listed(paths)}; this is another way to build.`),
        ]
      : []
  return [
    ...ofDisk(comparison, choices),
    ...ofPacking(differences, recipe, choices),
    // Something has failed, and that may be why.
    ...(choices.pastFailures ? theWhole(installOf(recipe), choices) : []),
    // Without the rest of what differs none of them could be the published file.
    ...ways.map((way) => together([way, ...known])),
    ...(known.length > 1 ? [together(known)] : []),
    ...known,
    ...ofSurroundings(differences, recipe, choices),
  ]
}

/** Tests run what is published, and some bring it about. */
function ofChecks(choices: Choices, reason: string): Repair[] {
  return choices.checked ? [] : [{ choices: { checked: true }, reason }]
}

function together(repairs: Repair[]): Repair {
  return {
    choices: Object.assign({}, ...repairs.map(({ choices }) => choices)),
    reason: repairs.map(({ reason }) => reason).join(' '),
  }
}

function ofDisk({ verdict, differences }: Comparison, choices: Choices): Repair[] {
  const isBarred = differences.some(bars)
  const onlyModes = isBarred && differences.every((one) => one.severity === 'benign' || bars(one))
  if (verdict !== 'content-identical' && !onlyModes) return []
  const has = (cause: string) => differences.some((one) => one.cause === cause)
  const repairs: Repair[] = []
  if (!choices.diskModes && (has('permissions') || isBarred)) {
    const reason = 'The contents are the same; some files had other modes on the publisher’s disk, as of another umask.'
    repairs.push({ choices: { diskModes: true }, reason })
  }
  if (!choices.diskTimes && has('times')) {
    const reason = 'The contents are the same; what packed them also wrote down when each was written.'
    repairs.push({ choices: { diskTimes: true }, reason })
  }
  if (!choices.diskOwner && has('owners')) {
    const reason = 'The contents are the same; what packed them also wrote down which account had written them.'
    repairs.push({ choices: { diskOwner: true }, reason })
  }
  return repairs.length > 1 ? [together(repairs)] : repairs
}

/** What pnpm leaves to chance. */
function ofPacking(differences: Comparison['differences'], { steps }: Recipe, choices: Choices): Repair[] {
  const isOrder = differences.some(({ path, cause }) => path === 'package/package.json' && cause === 'key-order')
  if (!isOrder || choices.manifestOrder || !/\bpnpm pack\b/.test(steps.at(-1)?.run ?? '')) return []
  const reason = 'The published package.json names its dependencies in another order, which pnpm leaves to chance.'
  return [{ choices: { manifestOrder: true }, reason }]
}

const modesSchema = z.object({ published: z.object({ mode: modeText() }), rebuilt: z.object({ mode: modeText() }) })

function modeText() {
  return z
    .string()
    .regex(/^[0-7]{3,5}$/)
    .transform((text) => Number.parseInt(text, 8))
}

/** Whether all that is apart is who may read, write and execute the file. */
function bars({ cause, kind, evidence }: Comparison['differences'][number]): boolean {
  const modes = cause === 'mode' && kind === 'changed' ? modesSchema.safeParse(evidence).data : undefined
  return modes !== undefined && modes.published.mode >> 9 === modes.rebuilt.mode >> 9
}

/** What the differences themselves show to have been otherwise, whatever else was. */
function shownBy(differences: Comparison['differences'], { output }: Recipe, choices: Choices): Repair[] {
  const packed = `package/${posix.basename(output)}`
  const repairs: Repair[] = []
  // Source maps say so of sources that the package may not have.
  const isOnDisk = ({ kind, cause, path }: Comparison['differences'][number]) =>
    kind === 'changed' && cause === 'line-endings' && !path.endsWith('.map')
  if (!choices.diskLineEnds && differences.some(isOnDisk)) {
    const reason = 'Files were published with the line ends of Windows, and are otherwise the same.'
    repairs.push({ choices: { diskLineEnds: true }, reason })
  }
  if (!choices.withoutTarball && differences.some(({ kind, path }) => kind === 'added' && path === packed)) {
    const reason = 'The build has packed the package itself, and what it packed was packed once more.'
    repairs.push({ choices: { withoutTarball: true }, reason })
  }
  const rewritten = differences.flatMap(({ kind, evidence }) =>
    kind === 'changed' && typeof evidence.asInSource === 'string' ? [evidence.asInSource] : [],
  )
  const keep = [...new Set([...(choices.keep ?? []), ...rewritten])].sort()
  if (rewritten.length > 0 && keep.length <= mostKept) {
    const reason = `The published ${listed(rewritten)} is the one of the source, and the build wrote another.`
    repairs.push({ choices: { keep }, reason })
  }
  const stamps = new Set(differences.flatMap(causesOf))
  if (!choices.clock && dated.some((cause) => stamps.has(cause))) {
    const reason = 'The build writes a date into what it makes; this is the clock of the time when it was published.'
    repairs.push({ choices: { clock: true }, reason })
  }
  if (!choices.earlierVersion && versioned.some((cause) => stamps.has(cause))) {
    const reason = 'The build writes a version into what it makes, and the release was committed after it.'
    repairs.push({ choices: { earlierVersion: true }, reason })
  }
  return repairs
}

/** What a build may have had around it otherwise. */
function ofSurroundings(differences: Comparison['differences'], recipe: Recipe, choices: Choices): Repair[] {
  const repairs: Repair[] = []
  const isBuilt = recipe.steps.some(({ phase }) => phase === 'build')
  if (isBuilt && !choices.documents && differences.some(isWrittenAnew)) {
    const reason = 'What publishing runs also writes documents anew, which are those of the source before that.'
    repairs.push({ choices: { formatted: true, documents: true }, reason })
  }
  if (isBuilt && !choices.formatted && differences.some(isMadeOtherwise)) {
    const reason = 'What publishing runs also formats files, and what it has built may be among them.'
    repairs.push({ choices: { formatted: true }, reason })
  }
  if (isBuilt && !choices.outsideCi && differences.some(({ severity }) => severity !== 'benign')) {
    const reason = 'The build asks whether it runs in CI; what was published may have been built elsewhere.'
    repairs.push({ choices: { outsideCi: true }, reason })
  }
  const run = installOf(recipe)
  if (isBuilt && differences.some(isMadeOtherwise)) repairs.unshift(...theWhole(run, choices))
  const unlocked = run.startsWith('npm ') && unlocking.test(run)
  if (isBuilt && unlocked && !choices.lowest && differences.some(isMadeOtherwise)) {
    const reason =
      'Without a lockfile what builds may be younger than what the publisher had; it asks for these at least.'
    repairs.push({ choices: { lowest: true }, reason })
  }
  if (isBuilt && unlocking.test(run) && choices.lowest && choices.registryNow && differences.some(isMadeOtherwise)) {
    const reason = 'What builds may be younger than the lowest versions that the project asks for.'
    repairs.push({ choices: { lowest: false, needed: false }, reason })
  }
  const otherwise = differences.some(({ cause }) => ofCompilers.has(cause))
  if (otherwise && run !== '' && !unlocking.test(run) && choices.lockfile === undefined) {
    const reason =
      'A compiler has made it otherwise than the one that the lockfile pins; the publisher may have had a newer one.'
    repairs.push({ choices: { lockfile: 'ignored' }, reason })
  }
  return repairs
}

/** Something else was made than what was published; what is the source's own was written anew, which is another matter. */
function isMadeOtherwise({ kind, path, cause, severity, evidence }: Comparison['differences'][number]): boolean {
  const isManifest = path.endsWith('package.json')
  const matters = severity !== 'benign' || cause === 'formatting'
  return kind === 'changed' && matters && !isManifest && evidence.asInSource === undefined
}

/** A document that the build leaves as the source has it, and that was published otherwise. */
function isWrittenAnew({ kind, path, cause }: Comparison['differences'][number]): boolean {
  return kind === 'changed' && cause === 'other-source' && /\.(?:md|markdown)$/i.test(path)
}

const dated = ['copyright-year', 'build-time', 'generated-date']
const versioned = ['version-stamp', 'own-version']

/** The cause of a difference, and of a piece of code all that are in it. */
function causesOf({ cause, evidence }: Comparison['differences'][number]): string[] {
  const { causes } = evidence
  return [cause, ...(Array.isArray(causes) ? causes.filter((one) => typeof one === 'string') : [])]
}

/** Causes that another version of what builds may have. */
const ofCompilers = new Set(['another-compiler', 'source-map-positions', 'dependency-version', 'formatting'])

const mostKept = 64

function listed(paths: string[]): string {
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ''
  return `${paths.slice(0, 3).join(', ').slice(0, 300)}${more}`
}
