import semver from 'semver'
import type { Release } from '../../model/artifact.ts'
import { Problem } from '../../model/problem.ts'
import type { Owner, RecipeEvidence, Step } from '../../model/recipe.ts'
import type { Source } from '../../model/source.ts'
import type { LocatedSource } from '../../source/located.ts'
import type { SourceTree } from '../../source/source-tree.ts'
import type { PlannedStep } from './build-steps.ts'
import type { Choices } from './choices.ts'
import { findPublishingJobs, isCiFile, type PublishingJob } from './ci.ts'
import { readsCi } from './ci-reading.ts'
import { clockEvidence } from './clock.ts'
import { folderSays, planOf, stepPlan } from './decide-building.ts'
import { decideTools } from './decide-tools.ts'
import { builtLineEnds, diskLineEnds } from './disk-line-ends.ts'
import { diskModes, programsOf } from './disk-modes.ts'
import { bySourceNames } from './disk-names.ts'
import { diskTimes } from './disk-times.ts'
import { earlierVersion } from './earlier-version.ts'
import type { EnvironmentRequest } from './environment.ts'
import { foreignActions } from './foreign-actions.ts'
import { isVersionFile } from './hints.ts'
import type { Project } from './install-root.ts'
import { isLockfile } from './lockfile.ts'
import { lowestTypeScript } from './lowest-install.ts'
import { isManager } from './managers.ts'
import { inside, parseBuildManifest, readBuildManifest, withParents } from './manifest.ts'
import { manifestFormat } from './manifest-format.ts'
import { manifestOrder } from './manifest-order.ts'
import type { Need } from './need.ts'
import type { Packer } from './packer.ts'
import { packingOf, packingToCome } from './packing.ts'
import { findPublishFolder } from './publish-folder.ts'
import { publishTime, registryMoment } from './publish-time.ts'
import type { Published } from './published.ts'
import { openReader, type SourceReader } from './reader.ts'
import {
  type Cleaned,
  cleanPublish,
  cleanPublishByJob,
  clearedScripts,
  isCleanedByJob,
  usesCleanPublish,
} from './release-tools.ts'
import { releasePlugins } from './semantic-release.ts'
import type { SourceMatch } from './source-match.ts'
import { stepsOf } from './steps.ts'
import type { ToolCatalogue } from './toolchain.ts'
import { variablesFor } from './variables.ts'

export type DecideOptions = {
  artifact: Release
  source: Source
  tree: SourceTree
  /** The published file, and how it compares with the source; absent where nothing was published yet. */
  known?: { published: Published; match: SourceMatch }
  catalogue: ToolCatalogue
  /** See `LocatedSource`. */
  versionBefore?: LocatedSource['versionBefore']
  now: Date
  choices?: Choices
}

export type Decided = {
  request: EnvironmentRequest
  setVersion: string | undefined
  variables: Record<string, string>
  umask: string
  owner?: Owner
  /** ISO 8601. */
  registryTime: string
  /** The line of TypeScript that types are to be readable by. */
  typescript?: string
  steps: Step[]
  output: string
  evidence: RecipeEvidence[]
}

/** Everything of the recipe but the digests of its environment. */
export async function decideRecipe(options: DecideOptions): Promise<Decided> {
  const { artifact, source, known, choices = {} } = options
  const reader = await openReader(options.tree, likelyIn(source.directory))
  const { own, text } = await readOwn(reader, source)
  const above = (await readBuildManifest(reader, '')) ?? own.manifest
  const ci = await findPublishingJobs(reader, { ...own.manifest.scripts, ...above.scripts })
  const packing = known ? packingOf(known, { artifact, reader, own, text }) : packingToCome({ reader, own, ci })
  const { packer, need } = packing
  const builtAt = source.kind === 'git' ? source.committedAt : source.modifiedAt
  const times = { registry: artifact.claims.publishedAt, commit: builtAt }
  const { node, npm, evidence: toolEvidence } = await decideTools(options, { reader, own, above, ci, times, packing })
  const npmMajor = semver.major(npm.version)
  const [job] = ci.jobs
  const plugins = need.build ? await releasePlugins(reader, own, text) : []
  const naming = { reader, own, above, job, published: known?.published, sourceManifest: text, plugins }
  const named = need.build && !choices.ownFolder ? await findPublishFolder(naming) : undefined
  const entered = packer.name === 'pnpm' && named?.isEntered ? named.directory : undefined
  const cleaned = need.build && known ? cleaningOf(own, job, known.published, entered) : undefined
  const inputs = {
    reader,
    own,
    above,
    ci,
    need,
    npmMajor,
    packer,
    folder: cleaned ? undefined : named,
    cleaned,
    copies: packing.copies,
    publishedAt: publishTime(times).at,
  }
  // What nothing builds and nothing that was published shows is not there.
  const isGuess = known === undefined && (await planOf(inputs, options)).building === undefined
  const project = isGuess ? { ...inputs, folder: undefined } : inputs
  const { folder } = project
  const { building, managers, members } = await planOf(project, options)
  const setVersion = own.manifest.version === artifact.version ? undefined : artifact.version
  const byJob = building?.plan.byJob ?? []
  const { versionBefore } = options
  const releasing = { own, plugins, npmMajor, version: artifact.version, versionBefore }
  const earlier = choices.earlierVersion && byJob.length > 0 ? await earlierVersion(releasing) : undefined
  const plan = stepPlan(options, project, { building, setVersion, earlier, managers, members, plugins })
  const { umask } = packing.umask
  const onDisk = known && bySourceNames(known.published, reader, plan.pack.directory)
  const executable = {
    isExecutable: (path: string) => reader.entries.get(inside(plan.pack.directory, path))?.kind === 'executable',
    programs: programsOf(text),
  }
  const modes = choices.diskModes && onDisk ? diskModes(onDisk, executable, umask, plan.pack.directory) : []
  const written = choices.diskTimes && onDisk ? diskTimes(onDisk, plan.pack.directory) : []
  const owner = choices.diskOwner ? known?.published.owner : undefined
  const isOwn = plan.pack.directory === own.directory && packer.name === 'npm'
  const published = known?.published.manifest
  const manifest = { source: text, published, version: artifact.version, directory: own.directory }
  const format = isOwn ? manifestFormat(manifest) : []
  const order = choices.manifestOrder ? manifestOrder(own, members, published) : []
  const cleared = known ? clearedScripts(own, above, known.published) : []
  const lineEnds = choices.diskLineEnds && known ? await lineEndSteps(options, known) : []
  const md4 = (building?.md4 ?? false) && semver.major(node.version) >= 17
  const outsideCi = choices.outsideCi && building ? await readsCi(reader, source.directory) : undefined
  const vars = variablesFor({ builtAt, job: need.build ? job : undefined, md4, managers, outsideCi })
  const nodeOptions = vars.variables.NODE_OPTIONS
  const ofWindows =
    choices.diskLineEnds && known && building
      ? builtLineEnds(known.published, {
          has: (path) => reader.has(path),
          directory: own.directory,
          options: nodeOptions,
        })
      : undefined
  const { steps, planned, output } = stepsOf({
    ...plan,
    ...(ofWindows && { variables: { ...plan.variables, ...ofWindows.variables } }),
    checkout: [...(ofWindows ? [ofWindows.step] : []), ...lineEnds],
    releasing: [...plan.releasing, ...cleared, ...format, ...order, ...modes, ...written],
  })
  const moment = registryMoment({
    ...times,
    mirrored: artifact.claims.mirrored ?? false,
    now: options.now,
    late: choices.registryNow,
  })
  const compiles = needsCompiler(reader, own) || (choices.compiler === true && (await mayCompile(reader)))
  const variant = building && compiles ? 'build' : 'base'
  const lowest = () => lowestTypeScript(own.manifest.devDependencies) ?? lowestTypeScript(above.devDependencies)
  const typescript = choices.readableTo ?? (choices.lowest ? lowest() : undefined)
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
    ...(owner && { owner }),
    registryTime: new Date(moment.at).toISOString(),
    ...(typescript !== undefined && { typescript }),
    steps,
    output,
    evidence: [
      { line: '/steps', from: packing.from, says: need.says },
      ...planned.flatMap((step, index) =>
        step ? [{ line: `/steps/${index}`, from: step.from, says: step.says }] : [],
      ),
      { line: `/steps/${steps.length - 1}`, from: packing.from, says: packerSays(packer) },
      ...(folder ? [{ line: `/steps/${steps.length - 1}/cwd`, from: folder.from, says: folderSays(folder) }] : []),
      ...[...foreignActions(job), ...(building?.plan.leftOut ?? [])].map((it) => ({ line: '/steps', ...it })),
      ...toolEvidence,
      ...managers.flatMap(({ evidence }, index) =>
        evidence.map((it) => ({ line: `/environment/toolchains/${index + 2}/version`, ...it })),
      ),
      { line: '/environment/image/variant', from: 'source', says: variantSays(variant, need) },
      { line: '/umask', from: packing.from, says: packing.umask.says },
      ...(owner ? [{ line: '/owner', from: packing.from, says: ownerSays }] : []),
      { line: '/network/registryTime', from: moment.from, says: moment.says },
      ...(typescript === undefined
        ? []
        : [
            {
              line: '/network/typescript',
              from: choices.readableTo ? 'installed types' : 'package.json',
              says: readableSays,
            },
          ]),
      ...(choices.clock && building ? [clockEvidence(publishTime(times))] : []),
      ...vars.evidence,
    ],
  }
}

async function lineEndSteps(
  { source, tree }: DecideOptions,
  known: NonNullable<DecideOptions['known']>,
): Promise<PlannedStep[]> {
  const algorithm = source.tree.length === 40 ? 'sha1' : 'sha256'
  return await diskLineEnds({ ...known, tree, directory: source.directory, algorithm })
}

const readableSays = 'Of types that say which TypeScript they need the last that the installed one can read.'

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

function cleaningOf(
  own: Project,
  job: PublishingJob | undefined,
  published: Published,
  entered: string | undefined,
): Cleaned | undefined {
  if (usesCleanPublish(own, published)) return cleanPublish(own, entered)
  return job && isCleanedByJob(job, published) ? cleanPublishByJob(own, job) : undefined
}

function packerSays({ name }: Packer): string {
  return `${isManager(name) ? name : 'npm'} packs the folder of the package.`
}

const ownerSays =
  'The tarball has the numbers of the account that published it, which are in no source: all is done under them.'

const compiling = /\b(?:node-gyp|node-pre-gyp|prebuildify|prebuild|cmake(?:-js)?|gcc|g\+\+|clang|emcc|python3?|cargo)\b/

function needsCompiler(reader: SourceReader, { directory, manifest }: Project): boolean {
  return (
    reader.has(inside(directory, 'binding.gyp')) || Object.values(manifest.scripts).some((text) => compiling.test(text))
  )
}

/** Whether any script or Makefile of the source names one: `make build` may come to the scripts of any member. */
async function mayCompile(reader: SourceReader): Promise<boolean> {
  const all = [...reader.entries.keys()].filter((path) => /(?:^|\/)(?:package\.json|Makefile)$/.test(path))
  const paths = all.slice(0, mostScriptFiles)
  await reader.bring(paths)
  for (const path of paths) {
    const text = (await reader.text(path)) ?? ''
    const scripts = path.endsWith('package.json') ? Object.values(parseBuildManifest(text)?.scripts ?? {}) : [text]
    if (scripts.some((one) => compiling.test(one))) return true
  }
  return false
}

const mostScriptFiles = 400

function variantSays(variant: string, need: Need): string {
  if (variant === 'build') return 'There is native code, or a script that calls a compiler or Python.'
  return need.build ? 'No script calls a compiler or Python.' : 'Nothing is built.'
}
