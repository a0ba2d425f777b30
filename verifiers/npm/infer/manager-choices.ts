import semver from 'semver'
import { Problem } from '../../model/problem.ts'
import type { RecipeEvidence } from '../../model/recipe.ts'
import type { CiFindings } from './ci.ts'
import { managersOfJobs } from './evidence.ts'
import type { Project } from './install-root.ts'
import type { Installation } from './lockfile.ts'
import {
  type CommittedYarn,
  chooseManager,
  committedYarn,
  type ManagerName,
  managerHints,
  request,
} from './managers.ts'
import { inside } from './manifest.ts'
import type { Packer } from './packer.ts'
import type { SourceReader } from './reader.ts'
import type { ToolCatalogue } from './toolchain.ts'

export type ChosenManager = { name: ManagerName; version: string; evidence: Omit<RecipeEvidence, 'line'>[] }

export type ManagerChoices = {
  names: ManagerName[]
  installation: Installation | undefined
  reader: SourceReader
  own: Project
  /** The manifest at the source's root. */
  above: Project['manifest']
  ci: CiFindings
  packer: Packer
  publishedAt: number
  catalogue: ToolCatalogue
}

/**
 * The exact version of each package manager that is needed, from the `packageManager` field, the jobs that publish,
 * `engines`, and the format of the lockfile, in this order; of yarn first the release that the source brings along.
 *
 * @throws {Problem} PACKAGE_MANAGER_UNSUPPORTED where no version of one can be had
 */
export async function chooseManagers(options: ManagerChoices): Promise<ChosenManager[]> {
  const { names, reader, own, above, ci } = options
  if (names.length === 0) return []
  const manifests = [
    { path: inside(own.directory, 'package.json'), manifest: own.manifest },
    ...(own.directory === '' ? [] : [{ path: 'package.json', manifest: above }]),
  ]
  const hints = managerHints(manifests)
  const isFloor = ({ from }: { from: string }) => /engines\.\w+$/.test(from)
  const requests = [...hints.filter((hint) => !isFloor(hint)), ...managersOfJobs(ci), ...hints.filter(isFloor)]
  const committed = names.includes('yarn') ? await committedYarn(reader, own.directory) : undefined
  if (committed) requests.unshift(request('yarn', committed.version, committed.path))
  return await Promise.all(names.map((name) => chosen(name, { ...options, requests, committed })))
}

type Asked = ManagerChoices & { requests: ReturnType<typeof managerHints>; committed: CommittedYarn | undefined }

async function chosen(name: ManagerName, options: Asked): Promise<ChosenManager> {
  const { catalogue, installation, packer, requests, committed, publishedAt } = options
  const releases = await catalogue.managerReleases(name)
  const { versions } = packer
  const isPacker = name === packer.name && versions !== undefined
  const fitting = isPacker ? releases.filter(({ version }) => semver.satisfies(version, versions)) : releases
  const lockfile = installation?.manager === name ? installation.format : undefined
  const choice = chooseManager({ name, requests, lockfile, publishedAt }, fitting)
  if (choice === undefined) throw unavailable(name)
  const { version, from, says } = choice
  const evidence = [{ from, says }]
  if (installation?.manager === name)
    evidence.push({ from: installation.from, says: `The project is installed with ${name}.` })
  if (name === packer.name) evidence.push({ from: 'published tarball', says: packer.says })
  if (name === 'yarn' && committed) evidence.push(await comparedYarn(committed, version, catalogue))
  return { name, version, evidence }
}

/** The committed program is never run: it is the registry's own, or another one takes its place. */
async function comparedYarn(committed: CommittedYarn, version: string, catalogue: ToolCatalogue) {
  const released = await catalogue.yarnProgram(version)
  const isSame = released === committed.sha512
  const says = isSame
    ? `It is byte for byte what the registry has as yarn ${version}.`
    : `It is not what the registry has as yarn ${version}, which is run in its place.`
  return { from: committed.path, says }
}

function unavailable(name: ManagerName): Problem {
  return new Problem('PACKAGE_MANAGER_UNSUPPORTED', `No version of ${name} can be had that this could be built with.`, {
    hint: `See that the registry of your npm configuration has ${name}, or give a --recipe.`,
    details: { manager: name },
  })
}
