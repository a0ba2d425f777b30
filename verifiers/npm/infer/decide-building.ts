import semver from 'semver'
import { packFileName } from '../names.ts'
import { type BuildPlan, managersIn, planBuild, publishingBy, textsOf } from './build-plan.ts'
import { type PlannedStep, withoutPath } from './build-steps.ts'
import type { Choices } from './choices.ts'
import type { CiFindings } from './ci.ts'
import { clockFrom } from './clock.ts'
import { type Copy, copySteps, withoutLicence } from './copies.ts'
import type { DecideOptions } from './decide.ts'
import type { Earlier } from './earlier-version.ts'
import { hostArchitecture } from './environment.ts'
import { isFileWork } from './file-work.ts'
import { canFocus, type Focus } from './focused-install.ts'
import { findInstallRoot, type Project } from './install-root.ts'
import { installStep } from './install-step.ts'
import { writingPrograms } from './job-programs.ts'
import { findUnavailable, type Unavailable } from './lock-repair.ts'
import { type Installation, needsMd4, readInstallation } from './lockfile.ts'
import { type ChosenManager, chooseManagers } from './manager-choices.ts'
import { isManager, type ManagerName } from './managers.ts'
import { inside } from './manifest.ts'
import type { Need } from './need.ts'
import { neededByBuild } from './needed-install.ts'
import { mayInstall } from './nested-install.ts'
import { programsOfNpx, withNpxPrograms } from './npx-programs.ts'
import type { Packer } from './packer.ts'
import { pastFailures } from './past-failures.ts'
import type { PublishFolder } from './publish-folder.ts'
import type { SourceReader } from './reader.ts'
import { type Cleaned, lernaSteps, rolloutSteps } from './release-tools.ts'
import { scriptsStep } from './script-install.ts'
import { type ReleasePlugin, releaseSteps } from './semantic-release.ts'
import { commandsOf } from './shell.ts'
import { type StepPlan, versionStep } from './steps.ts'
import { siblingsOf } from './workspace.ts'

type Deciding = Pick<DecideOptions, 'artifact' | 'source' | 'catalogue' | 'choices'>

export type ProjectInputs = {
  reader: SourceReader
  own: Project
  above: Project['manifest']
  ci: CiFindings
  need: Need
  npmMajor: number
  packer: Packer
  folder: PublishFolder | undefined
  cleaned: Cleaned | undefined
  copies: readonly Copy[]
  /** In milliseconds. */
  publishedAt: number
}

type Building = {
  plan: BuildPlan
  install: NonNullable<StepPlan['install']>
  scripts: StepPlan['scripts']
  /** See `needsMd4`. */
  md4: boolean
}

const makefileLimit = 256 * 1024

async function gulpfileIn(reader: SourceReader, directory: string): Promise<string> {
  const path = ['js', 'mjs', 'cjs', 'ts'].map((end) => inside(directory, `gulpfile.${end}`)).find(reader.has)
  return path === undefined ? '' : ((await reader.text(path)) ?? '').slice(0, makefileLimit)
}

/** How what is missing is made, where anything in the source makes it; and which package managers that takes. */
export async function planOf(
  inputs: ProjectInputs,
  { catalogue, choices = {} }: Deciding,
): Promise<{ building: Building | undefined; managers: ChosenManager[]; members: Project[] }> {
  const { reader, own, ci, need, npmMajor, packer, folder } = inputs
  const [job] = ci.jobs
  const packing = isManager(packer.name) ? [packer.name] : []
  const choose = (names: ManagerName[], installation?: Installation) =>
    chooseManagers({ ...inputs, names, installation, catalogue })
  if (!need.build) return { building: undefined, managers: await choose(packing), members: [] }
  const root = await findInstallRoot(reader, own.directory, own.manifest)
  const commands = (job?.before ?? []).flatMap(({ run }) => commandsOf(run))
  const installation = await readInstallation(reader, root.directory, root.manifest, commands)
  const runner = installation.manager
  const [packed] = await choose(packing, installation)
  const publishing = publishingBy(packer.name, npmMajor, packed ? semver.major(packed.version) : 1)
  const siblings = await siblingsOf(reader, root, own)
  const way = choices.build ?? 0
  const makefile = ((await reader.text(inside(root.directory, 'Makefile'))) ?? '').slice(0, makefileLimit)
  const elsewhere = folder !== undefined
  const plan = planBuild({
    own,
    root,
    siblings,
    job: choices.withoutJob ? undefined : job,
    runner,
    publishing,
    elsewhere,
    makefile,
    gulpfile: await gulpfileIn(reader, own.directory),
    writers: await writingPrograms(reader, job),
    formatting: choices.formatted ?? false,
    documents: choices.documents ?? false,
    checking: choices.checked ?? false,
    focused: choices.focused ?? false,
    way,
  })
  const builds = plan.byJob.length + plan.lifecycle.length > 0
  if (!builds && packing.length === 0 && (inputs.cleaned === undefined || inputs.cleaned.alone)) {
    return { building: undefined, managers: [], members: siblings.direct }
  }
  const projects = [own, root, ...siblings.all]
  const called = [...(isManager(runner) ? [runner] : []), ...packing, ...managersIn(plan, projects, root)]
  const managers = await choose([...new Set(called)], installation)
  const version = managers.find(({ name }) => name === runner)?.version
  plan.leftOut.push(...siblings.circular.map((names) => circularSays(names, root)))
  const cleaning = inputs.cleaned ? [inputs.cleaned.step] : []
  const steps = [...plan.afterInstall, ...plan.byJob, ...plan.lifecycle, ...cleaning]
  const named = async () => await neededByBuild(reader, { own, root }, steps, { compiles: !need.onlyLists })
  const needed = withoutUnknown((choices.needed ?? need.onlyLists) ? await named() : undefined, root, choices)
  const scripted = choices.scripted ? leadingTo(choices.scripted, needed ?? (await named()), root) : []
  const isApart =
    plan.apart &&
    siblings.others > 0 &&
    canFocus(installation, { npmMajor, version, ignored: choices.lockfile === 'ignored' })
  const focused = choices.focused ?? isApart
  const focus = focused ? focusOn(own, root, choices.focused ? siblings.needed : siblings.all) : undefined
  const asking = { installation, root, catalogue, reader, version, focused: focus !== undefined, choices }
  const unavailable = await unavailableOf(asking)
  const settled = { installation, root, commands, npmMajor, version, choices, needed, focus, unavailable }
  const byNpx = runner === 'npm' ? programsOfNpx(textsOf(plan, projects, root)) : []
  const install = withNpxPrograms(installStep(settled), byNpx)
  const scripts = scripted.length > 0 ? scriptsStep(scripted, root.directory) : undefined
  const past = (planned: PlannedStep[], dispensable: (step: PlannedStep) => boolean = () => false) =>
    choices.pastFailures ? planned.map((step) => pastFailures(step, projects, { always: dispensable(step) })) : planned
  const online = (planned: PlannedStep[]) => planned.map((step) => mayInstall(step, projects))
  const { afterInstall, byJob, lifecycle } = plan
  const done = {
    ...plan,
    afterInstall: past(online(afterInstall), () => true),
    // What a job moves may be of other machines, and of several steps one may be for another package.
    byJob: past(online(byJob), ({ run }) => byJob.length > 1 || isFileWork(withoutPath(run))),
    lifecycle: past(online(lifecycle)),
  }
  return { building: { plan: done, install, scripts, md4: needsMd4(installation) }, managers, members: siblings.direct }
}

/**
 * Where the lockfile is repaired, what of it cannot be had. Yarn from 2 on is asked for before anything is installed: it
 * fetches and converts all of a lockfile before it says that one package was not there.
 */
async function unavailableOf({
  installation: { lockfile, manager },
  root,
  catalogue,
  reader,
  version = '',
  focused,
  choices,
}: Pick<Deciding, 'catalogue'> & {
  installation: Installation
  root: Project
  reader: SourceReader
  version: string | undefined
  /** Whether what the lockfile lacks may not be asked for. */
  focused: boolean
  choices: Choices
}): Promise<Unavailable | undefined> {
  if (lockfile === undefined) return undefined
  if (choices.lockfile === 'repaired') return await findUnavailable(reader, root, lockfile, catalogue)
  const isSlow = manager === 'yarn' && semver.valid(version) !== null && semver.major(version) >= 2
  if (!isSlow || focused || choices.lockfile !== undefined) return undefined
  const found = await findUnavailable(reader, root, lockfile, catalogue)
  return found && found.packages.length > 0 ? found : undefined
}

function withoutUnknown(
  needed: string[] | undefined,
  { manifest: { devDependencies = {} } }: Project,
  { without }: Choices,
): string[] | undefined {
  if (without === undefined) return needed
  return (needed ?? Object.keys(devDependencies)).filter((name) => !without.includes(name))
}

function focusOn(own: Project, root: Project, siblings: Project[]): Focus | undefined {
  const { name } = own.manifest
  if (name === undefined || own.directory === root.directory) return undefined
  const above = root.directory === '' ? 0 : root.directory.length + 1
  return {
    own: name,
    root: root.manifest.name,
    siblings: siblings.flatMap(({ manifest }) => manifest.name ?? []),
    folders: [own, ...siblings].map(({ directory }) => directory.slice(above)),
  }
}

/** Dependencies that the published code runs with are bundled by builds, and lead to others as what builds does. */
function leadingTo(
  scripted: NonNullable<NonNullable<Deciding['choices']>['scripted']>,
  named: readonly string[],
  { manifest: { dependencies = {} } }: Project,
): string[] {
  const from = new Set([...named, ...Object.keys(dependencies)])
  return scripted.flatMap(({ name, through }) => (through.some((one) => from.has(one)) ? [name] : []))
}

function circularSays(names: string[], { directory }: Project) {
  const says = `${names.join(' → ').slice(0, 800)}: these members of the workspace depend on each other, so that one of them is built before what it needs.`
  return { from: inside(directory, 'package.json'), says }
}

export function stepPlan(
  { artifact, source, choices = {} }: Deciding,
  { reader, own, npmMajor, packer, folder, cleaned, copies, publishedAt }: ProjectInputs,
  {
    building,
    setVersion,
    managers,
    members,
    plugins,
    earlier,
  }: { setVersion: string | undefined; earlier: Earlier | undefined } & Awaited<ReturnType<typeof planOf>> & {
      plugins: ReleasePlugin[]
    },
): StepPlan {
  const { directory } = folder ?? own
  const why = source.manifest.exception ?? 'The source has another version than was published'
  return {
    install: building?.install,
    scripts: building?.scripts,
    build: building?.plan,
    setVersion:
      setVersion === undefined
        ? []
        : [versionStep({ version: setVersion, directory, npmMajor, why }), ...releaseSteps(plugins, own, setVersion)],
    earlier,
    variables: choices.clock ? clockFrom(publishedAt, hostArchitecture()) : undefined,
    elsewhere: folder !== undefined,
    releasing: [
      ...copySteps(folder ? copies : withoutLicence(copies, packer.name, (path) => reader.has(path)), directory),
      ...(cleaned ? [cleaned.step] : []),
      ...(folder && building ? rolloutSteps(own, folder.directory) : []),
      ...(packer.name === 'lerna' && source.kind === 'git'
        ? lernaSteps({ reader, own, members, commit: source.commit })
        : []),
    ],
    keep: folder === undefined ? (choices.keep ?? []) : [],
    pack: {
      directory: cleaned?.directory ?? directory,
      from: cleaned?.packedFrom ?? directory,
      fileName: packFileName(artifact.name, artifact.version),
      withoutTarball: choices.withoutTarball === true,
      npmMajor,
      hasPrepare: Object.hasOwn(own.manifest.scripts, 'prepare'),
      alone: packer.name === 'lerna',
      packer: managers.find(({ name }) => name === packer.name),
    },
    has: (path) => [...reader.entries.keys()].some((entry) => entry === path || entry.startsWith(`${path}/`)),
  }
}

export function folderSays({ directory }: PublishFolder): string {
  return `What is published is ${directory}, with the package.json that the build leaves there.`
}
