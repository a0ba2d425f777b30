import semver from 'semver'
import type { Artifact } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { RecipeEvidence, Step } from '../../model/recipe.ts'
import type { Source } from '../../model/source.ts'
import type { SourceTree } from '../../source/source-tree.ts'
import { packFileName } from '../names.ts'
import { type BuildPlan, managersIn, planBuild, publishingBy } from './build-plan.ts'
import type { Choices } from './choices.ts'
import { type CiFindings, findPublishingJobs, isCiFile } from './ci.ts'
import type { EnvironmentRequest } from './environment.ts'
import { fingerprintsOf, nodeOfJobs, npmOfJobs } from './evidence.ts'
import { isVersionFile, nodeHints, npmHints } from './hints.ts'
import { findInstallRoot, type Project } from './install-root.ts'
import { installStep } from './install-step.ts'
import { findUnavailable } from './lock-repair.ts'
import { type Installation, isLockfile, needsMd4, readInstallation } from './lockfile.ts'
import { type ChosenManager, chooseManagers } from './manager-choices.ts'
import { isManager, type ManagerName } from './managers.ts'
import { inside, parseBuildManifest, readBuildManifest, withParents } from './manifest.ts'
import { type Need, needOf } from './need.ts'
import { identifyPacker, type Packer } from './packer.ts'
import { findPublishFolder, type PublishFolder } from './publish-folder.ts'
import { publishTime, registryMoment } from './publish-time.ts'
import type { Published } from './published.ts'
import { openReader, type SourceReader } from './reader.ts'
import { cleanPublish, lernaSteps, usesCleanPublish } from './release-tools.ts'
import { commandsOf } from './shell.ts'
import type { SourceMatch } from './source-match.ts'
import { type StepPlan, stepsOf, versionStep } from './steps.ts'
import { type Choice, chooseTools, type ToolCatalogue } from './toolchain.ts'
import { umaskOf } from './umask.ts'
import { variablesFor } from './variables.ts'
import { siblingsOf } from './workspace.ts'

export type DecideOptions = {
  artifact: Artifact
  source: Source
  tree: SourceTree
  published: Published
  match: SourceMatch
  catalogue: ToolCatalogue
  now: Date
  choices?: Choices
}

export type Decided = {
  request: EnvironmentRequest
  setVersion: string | undefined
  variables: Record<string, string>
  umask: string
  /** ISO 8601. */
  registryTime: string
  steps: Step[]
  output: string
  evidence: RecipeEvidence[]
}

/** Everything of the recipe but the digests of its environment. */
export async function decideRecipe(options: DecideOptions): Promise<Decided> {
  const { artifact, source, published, match, choices = {} } = options
  const reader = await openReader(options.tree, likelyIn(source.directory))
  const { own, text } = await readOwn(reader, source)
  const above = (await readBuildManifest(reader, '')) ?? own.manifest
  const ci = await findPublishingJobs(reader, { ...own.manifest.scripts, ...above.scripts })
  const packer = identifyPacker(published)
  const { version } = artifact
  const rewritten = isManager(packer.name) || packer.name === 'lerna'
  const need = needOf({ match, published, manifest: own.manifest, sourceManifest: text, version, rewritten })
  const builtAt = source.kind === 'git' ? source.committedAt : source.modifiedAt
  const times = { registry: artifact.claims.publishedAt, commit: builtAt }
  const { node, npm, evidence: toolEvidence } = await tools(options, { reader, own, above, ci, times })
  const npmMajor = semver.major(npm.version)
  const [job] = ci.jobs
  const naming = { reader, own, above, job, published, sourceManifest: text }
  const cleaned = need.build && usesCleanPublish(own, published) ? cleanPublish(own) : undefined
  const named = need.build && !choices.ownFolder ? await findPublishFolder(naming) : undefined
  const folder = cleaned ? undefined : named
  const project = {
    reader,
    own,
    above,
    ci,
    need,
    npmMajor,
    packer,
    folder,
    cleaned,
    publishedAt: publishTime(times).at,
  }
  const { building, managers, members } = await planOf(project, options)
  const setVersion = own.manifest.version === artifact.version ? undefined : artifact.version
  const plan = stepPlan(options, project, { building, setVersion, managers, members })
  const { steps, planned, output } = stepsOf(plan)
  const { umask, says: umaskSays } = umaskOf(published)
  const moment = registryMoment({
    ...times,
    mirrored: artifact.claims.mirrored ?? false,
    now: options.now,
    late: choices.registryNow,
  })
  const md4 = (building?.md4 ?? false) && semver.major(node.version) >= 17
  const vars = variablesFor({ builtAt, job: need.build ? job : undefined, md4, managers })
  const variant = building && needsCompiler(reader, own) ? 'build' : 'base'
  return {
    request: {
      node: node.version,
      npm: npm.version,
      variant,
      ...(managers.length > 0 && { managers: managers.map(({ name, version }) => ({ name, version })) }),
    },
    setVersion,
    variables: vars.variables,
    umask,
    registryTime: new Date(moment.at).toISOString(),
    steps,
    output,
    evidence: [
      { line: '/steps', from: 'published tarball', says: need.says },
      ...planned.flatMap((step, index) =>
        step ? [{ line: `/steps/${index}`, from: step.from, says: step.says }] : [],
      ),
      { line: `/steps/${steps.length - 1}`, from: 'published tarball', says: packerSays(packer) },
      ...(folder ? [{ line: `/steps/${steps.length - 1}/cwd`, from: folder.from, says: folderSays(folder) }] : []),
      ...(building?.plan.leftOut ?? []).map((it) => ({ line: '/steps', ...it })),
      ...toolEvidence,
      ...managers.flatMap(({ evidence }, index) =>
        evidence.map((it) => ({ line: `/environment/toolchains/${index + 2}/version`, ...it })),
      ),
      { line: '/environment/image/variant', from: 'source', says: variantSays(variant, need) },
      { line: '/umask', from: 'published tarball', says: umaskSays },
      { line: '/network/registryTime', from: moment.from, says: moment.says },
      ...vars.evidence,
    ],
  }
}

/** Settings of package managers. */
const isManagerFile = /^(?:pnpm-workspace\.yaml|\.yarnrc(?:\.yml)?)$/

/** What is read of nearly every source, so that it can be brought in one go. */
function likelyIn(directory: string): (path: string) => boolean {
  const folders = new Set(withParents(directory))
  const isMember = (path: string) =>
    directory !== '' &&
    path.split('/').length < 5 &&
    !/(?:^|\/)(?:node_modules|tests?|fixtures?|__\w+__|examples?)\//.test(path)
  return (path) => {
    if (isCiFile(path) || path === 'Makefile') return true
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    if (name === 'package.json' && isMember(path)) return true
    return (
      folders.has(path.slice(0, Math.max(slash, 0))) &&
      (name === 'package.json' || isLockfile(name) || isVersionFile(name) || isManagerFile.test(name))
    )
  }
}

async function readOwn(reader: SourceReader, { directory }: Source): Promise<{ own: Project; text: string }> {
  const path = inside(directory, 'package.json')
  const text = await reader.text(path)
  const manifest = text === undefined ? undefined : parseBuildManifest(text)
  if (text !== undefined && manifest !== undefined) return { own: { directory, manifest }, text }
  throw new Problem(
    'RECIPE_NOT_INFERRED',
    `${path} of the source cannot be read, so that npm could not have packed it.`,
    {
      hint: 'Name the source that was published with --source.',
    },
  )
}

type Inputs = {
  reader: SourceReader
  own: Project
  above: Project['manifest']
  ci: CiFindings
  times: { registry: string | undefined; commit: string }
}

async function tools(
  { artifact, source, published, catalogue }: DecideOptions,
  { reader, own, above, ci, times }: Inputs,
) {
  const { directory } = source
  const sourcePaths = [...reader.entries.keys()].flatMap((path) =>
    directory === '' ? path : path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : [],
  )
  const { packer, fingerprints } = fingerprintsOf({ artifact, published, manifest: own.manifest, sourcePaths })
  const time = publishTime(times)
  const manifests = [
    { path: inside(directory, 'package.json'), manifest: own.manifest },
    ...(directory === '' ? [] : [{ path: 'package.json', manifest: above }]),
  ]
  const { node, npm } = await chooseTools(
    {
      claimed: { node: artifact.claims.nodeVersion, npm: artifact.claims.npmVersion },
      node: [...(await nodeOfJobs(ci, reader)), ...(await nodeHints(reader, directory))],
      npm: [...npmOfJobs(ci), ...(ci.jobs.length > 0 ? [] : npmHints(manifests))],
      engines: own.manifest.engines.node ?? above.engines.node,
      fingerprints,
      publishedAt: time.at,
    },
    catalogue,
  )
  if (node.version === '' || npm.version === '') throw noTools(time.says)
  const nodeLine = '/environment/toolchains/0/version'
  const npmLine = '/environment/toolchains/1/version'
  const jobs = ci.jobs.map((job) => ({ line: nodeLine, from: job.from, says: `This job publishes: ${job.how}.` }))
  const unread = ci.unreadable.map(({ path, why }) => ({ line: nodeLine, from: path, says: `It is not read: ${why}.` }))
  const evidence: RecipeEvidence[] = [
    evidenceOf(nodeLine, node),
    evidenceOf(npmLine, npm),
    { line: npmLine, from: 'published tarball', says: packer.says },
    ...fingerprints.slice(1).map(({ says }) => ({ line: npmLine, from: 'published tarball', says })),
    { line: nodeLine, from: time.from, says: time.says },
    ...jobs.slice(0, 8),
    ...unread.slice(0, 8),
  ]
  return { node, npm, evidence }
}

function evidenceOf(line: string, { from, says }: Choice): RecipeEvidence {
  return { line, from, says }
}

function noTools(when: string): Problem {
  return new Problem('RECIPE_NOT_INFERRED', 'No Node can be had that this could have been published with.', {
    hint: 'See that your npm configuration names a registry that has the packages of Node itself, or give a --recipe.',
    details: { time: when },
  })
}

type ProjectInputs = {
  reader: SourceReader
  own: Project
  above: Project['manifest']
  ci: CiFindings
  need: Need
  npmMajor: number
  packer: Packer
  folder: PublishFolder | undefined
  cleaned: ReturnType<typeof cleanPublish> | undefined
  /** In milliseconds. */
  publishedAt: number
}

type Building = {
  plan: BuildPlan
  install: NonNullable<StepPlan['install']>
  /** See `needsMd4`. */
  md4: boolean
}

/** How what is missing is made, where anything in the source makes it; and which package managers that takes. */
async function planOf(
  inputs: ProjectInputs,
  { catalogue, choices = {} }: DecideOptions,
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
  const plan = planBuild({ own, root, siblings, job, runner, publishing, elsewhere: folder !== undefined, way })
  const builds = plan.byJob.length + plan.lifecycle.length > 0
  if (!builds && packing.length === 0 && inputs.cleaned === undefined) {
    return { building: undefined, managers: [], members: siblings.all }
  }
  const called = [
    ...(isManager(runner) ? [runner] : []),
    ...packing,
    ...managersIn(plan, [own, root, ...siblings.all], root),
  ]
  const managers = await choose([...new Set(called)], installation)
  const version = managers.find(({ name }) => name === runner)?.version
  const { lockfile } = installation
  const unavailable =
    choices.lockfile === 'repaired' && lockfile ? await findUnavailable(reader, root, lockfile, catalogue) : undefined
  const install = installStep({ installation, root, commands, npmMajor, version, choices, unavailable })
  return { building: { plan, install, md4: needsMd4(installation) }, managers, members: siblings.all }
}

function stepPlan(
  { artifact, source, choices = {} }: DecideOptions,
  { reader, own, npmMajor, packer, folder, cleaned }: ProjectInputs,
  { building, setVersion, managers, members }: Pick<Decided, 'setVersion'> & Awaited<ReturnType<typeof planOf>>,
): StepPlan {
  const { directory } = folder ?? own
  const why = source.manifest.exception ?? 'The source has another version than was published'
  return {
    install: building?.install,
    build: building?.plan,
    setVersion: setVersion === undefined ? [] : [versionStep({ version: setVersion, directory, npmMajor, why })],
    elsewhere: folder !== undefined,
    releasing: [
      ...(cleaned ? [cleaned.step] : []),
      ...(packer.name === 'lerna' && source.kind === 'git'
        ? lernaSteps({ reader, own, members, commit: source.commit })
        : []),
    ],
    keep: folder === undefined ? (choices.keep ?? []) : [],
    pack: {
      directory: cleaned?.directory ?? directory,
      fileName: packFileName(artifact.name, artifact.version),
      npmMajor,
      hasPrepare: Object.hasOwn(own.manifest.scripts, 'prepare'),
      packer: managers.find(({ name }) => name === packer.name),
    },
    has: (path) => [...reader.entries.keys()].some((entry) => entry === path || entry.startsWith(`${path}/`)),
  }
}

function folderSays({ directory }: PublishFolder): string {
  return `What is published is ${directory}, with the package.json that the build leaves there.`
}

function packerSays({ name }: Packer): string {
  return `${isManager(name) ? name : 'npm'} packs the folder of the package.`
}

const compiling = /\b(?:node-gyp|node-pre-gyp|prebuildify|prebuild|cmake(?:-js)?|gcc|g\+\+|clang|emcc|python3?|cargo)\b/

function needsCompiler(reader: SourceReader, { directory, manifest }: Project): boolean {
  return (
    reader.has(inside(directory, 'binding.gyp')) || Object.values(manifest.scripts).some((text) => compiling.test(text))
  )
}

function variantSays(variant: string, need: Need): string {
  if (variant === 'build') return 'There is native code, or a script that calls a compiler or Python.'
  return need.build ? 'No script calls a compiler or Python.' : 'Nothing is built.'
}
