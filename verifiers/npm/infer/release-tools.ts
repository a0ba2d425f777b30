import { type PlannedStep, withPrograms } from './build-steps.ts'
import type { CiJob } from './ci/job.ts'
import type { Project } from './install-root.ts'
import { inside } from './manifest.ts'
import type { Published } from './published.ts'
import type { SourceReader } from './reader.ts'
import { quoted } from './shell.ts'

/**
 * A program for the pinned Node that does to a package what `lerna publish` does before it packs: the commit goes into
 * package.json, `workspace:` becomes the version of the member, the dependencies are sorted, and all of it is written
 * anew. Arguments: the commit, and `name@version` of the members.
 * https://github.com/lerna/lerna/blob/main/libs/commands/publish/src/index.ts
 */
const lernaProgram = `
"use strict"
const fs = require("fs")
const members = process.argv.slice(1), commit = members.shift()
const text = fs.readFileSync("package.json", "utf8")
const manifest = JSON.parse(text)
const versions = new Map(members.map((it) => [it.slice(0, it.lastIndexOf("@")), it.slice(it.lastIndexOf("@") + 1)]))
const settled = (name, spec) => {
  const wanted = spec.slice("workspace:".length)
  if (!/^[*^~]$/.test(wanted)) return wanted
  return (wanted === "*" ? "" : wanted) + versions.get(name)
}
for (const field of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]) {
  if (!manifest[field]) continue
  const sorted = {}
  for (const name of Object.keys(manifest[field]).sort()) {
    const spec = manifest[field][name]
    sorted[name] = spec.startsWith("workspace:") && versions.has(name) ? settled(name, spec) : spec
  }
  manifest[field] = sorted
}
manifest.gitHead = commit
const indent = (/^[ \\t]+/m.exec(text) || ["  "])[0]
fs.writeFileSync("package.json", JSON.stringify(manifest, null, indent) + (text.endsWith("\\n") ? "\\n" : ""))
`

const licence = /^licen[cs]e(?:\.[a-z]+)?$/i

/**
 * What lerna does before it packs; the licence of the root is put beside a package that has none.
 *
 * @param commit that was published from
 */
export function lernaSteps(options: {
  reader: SourceReader
  own: Project
  members: Project[]
  commit: string
}): PlannedStep[] {
  const { reader, own, members, commit } = options
  const from = 'published tarball'
  const named = members.flatMap(({ manifest: { name, version } }) =>
    name === undefined || version === undefined ? [] : [quoted(`${name}@${version}`)],
  )
  const run = `node -e '${lernaProgram.trim()}' ${[commit, ...named].join(' ')}`
  const says = 'As lerna does it before it packs: the commit in package.json, versions in place of workspace:.'
  const steps = [{ run, cwd: own.directory, from, says }]
  const names = [...reader.entries.keys()].filter((path) => licence.test(path))
  const [root] = names
  const has = [...reader.entries.keys()].some(
    (path) => path.startsWith(`${own.directory}/`) && licence.test(path.slice(own.directory.length + 1)),
  )
  if (own.directory === '' || has || root === undefined) return steps
  const up = '../'.repeat(own.directory.split('/').length)
  const copying = `lerna puts the licence of the root beside a package that has none.`
  return [...steps, { run: `cp ${up}${quoted(root)} .`, cwd: own.directory, from: root, says: copying }]
}

const cleanedFolder = '.reproof-cleaned'

/**
 * Whether clean-publish made what was published: the source has it, and the published package.json has none of the
 * fields that it takes out. https://github.com/shashkovdanil/clean-publish
 */
export function usesCleanPublish(own: Project, published: Pick<Published, 'manifest'>): boolean {
  return Object.hasOwn(own.manifest.devDependencies ?? {}, 'clean-publish') && isCleaned(published)
}

/** Whether an action of the publishing job does the same, with a clean-publish of its own. */
export function isCleanedByJob(
  job: Pick<CiJob, 'cleaning'> | undefined,
  published: Pick<Published, 'manifest'>,
): job is Required<Pick<CiJob, 'cleaning'>> {
  return job?.cleaning !== undefined && isCleaned(published)
}

function isCleaned({ manifest }: Pick<Published, 'manifest'>): boolean {
  return manifest !== undefined && !/^[ \t]*"devDependencies"\s*:/m.test(manifest)
}

/** `alone`: whether it takes nothing of what the project is developed with. */
export type Cleaned = { step: PlannedStep; directory: string; packedFrom: string; alone?: true }

/**
 * Runs the project's own clean-publish; what it leaves is packed in place of the package's folder.
 *
 * @param into the folder that package.json tells pnpm to pack in place of its own: what is left there has that package.json,
 * and only from outside of it does pnpm find it
 */
export function cleanPublish({ directory }: Project, into?: string): Cleaned {
  const folder = into?.slice(directory === '' ? 0 : directory.length + 1) ?? cleanedFolder
  const run = withPrograms(`clean-publish --without-publish --temp-dir ${quoted(folder)}`, directory)
  const says = 'The published package.json is without what clean-publish takes out, with which the source is published.'
  return {
    step: { run, cwd: directory, from: `${inside(directory, 'package.json')} devDependencies`, says },
    directory: inside(directory, folder),
    packedFrom: into === undefined ? inside(directory, folder) : directory,
  }
}

/** The same with what npx fetches, the newest one of the time. */
export function cleanPublishByJob(
  { directory }: Project,
  { cleaning, from }: Pick<CiJob, 'from'> & { cleaning: string[] },
): Cleaned {
  const run = ['npx -y clean-publish --without-publish --temp-dir', cleanedFolder, ...cleaning].join(' ')
  const says = 'An action of the job has clean-publish leave what is published in a folder of its own.'
  const folder = inside(directory, cleanedFolder)
  return {
    step: { run, cwd: directory, installs: true, from, says },
    directory: folder,
    packedFrom: folder,
    alone: true,
  }
}

const clearing = '@tanstack/config'

/**
 * Takes all scripts out of package.json, as `@tanstack/config/publish` does before pnpm packs: the source is published with
 * it, and the published package.json has none where the source has some.
 * https://github.com/TanStack/config/tree/main/src/publish
 */
export function clearedScripts(
  own: Project,
  above: Project['manifest'],
  published: Pick<Published, 'manifest'>,
): PlannedStep[] {
  const { directory, manifest } = own
  const isUsed = [manifest, above].some(({ devDependencies = {} }) => Object.hasOwn(devDependencies, clearing))
  const areCleared = /^[ \t]*"scripts"\s*:\s*\{\s*\}/m.test(published.manifest ?? '')
  if (!isUsed || !areCleared || Object.keys(manifest.scripts).length === 0) return []
  const run = `node -e '${clearingProgram.trim()}'`
  const says = `The source is published with ${clearing}, which takes the scripts out of package.json.`
  return [{ run, cwd: directory, from: 'published tarball', says }]
}

const clearingProgram = `
const fs = require("fs")
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"))
manifest.scripts = {}
fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2) + "\\n")
`

const rollout = '@4c/rollout'

/**
 * Runs what rollout leaves to its own library before it publishes a folder: package.json without scripts and what the
 * project is developed with, its entry points inside that folder, and the README and the licence beside it.
 * https://github.com/4Catalyzer/cli/tree/master/packages/rollout
 *
 * @param folder that is published, from the source's root
 */
export function rolloutSteps({ directory, manifest }: Project, folder: string): PlannedStep[] {
  const { devDependencies = {} } = manifest
  if (!Object.hasOwn(devDependencies, rollout)) return []
  const below = directory === '' ? folder : folder.slice(directory.length + 1)
  const program =
    'import { createAltPublishDir } from "@4c/file-butler"; await createAltPublishDir({ publishDir: process.argv[1] })'
  const run = `node --input-type=module -e '${program}' ${quoted(below)}`
  const says = 'The source is published with rollout, which writes the package.json of the folder that it publishes.'
  return [{ run, cwd: directory, from: `${inside(directory, 'package.json')} devDependencies`, says }]
}
