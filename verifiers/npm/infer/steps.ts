import semver from 'semver'
import type { Step } from '../../model/recipe.ts'
import type { BuildPlan } from './build-plan.ts'
import type { PlannedStep } from './build-steps.ts'
import type { Earlier } from './earlier-version.ts'
import type { ManagerName } from './managers.ts'
import { inside } from './manifest.ts'
import { quoted } from './shell.ts'
import { withoutSecrets } from './variables.ts'

/** Below the source's root; empty while npm lists what it packs, so that nothing of it can be packed. */
const outputFolder = '.reproof-output'

export type StepPlan = {
  install: PlannedStep | undefined
  /** Runs scripts of what was installed. */
  scripts?: PlannedStep | undefined
  build: BuildPlan | undefined
  setVersion: PlannedStep[]
  /** Around what the job builds with, where it had another version then. */
  earlier?: Earlier | undefined
  /** Of each step of the build, as what gives it another clock. */
  variables?: Record<string, string> | undefined
  /** Whether what is published is made by the build, so that the version is written when it is there. */
  elsewhere: boolean
  /** Published files, below `pack.directory`, that the build is to leave as they are. */
  keep: readonly string[]
  /** What makes the checkout the publisher's. */
  checkout?: PlannedStep[]
  /** What the tool that publishes does to the folder just before it packs. */
  releasing: PlannedStep[]
  pack: {
    /** What is packed, and where the program that packs is started. */
    directory: string
    from: string
    fileName: string
    /** Whether the build leaves a file of that name, which is not to be packed. */
    withoutTarball?: boolean
    npmMajor: number
    hasPrepare: boolean
    /** Whether what packs does not look at the workspace around the package, as lerna does not. */
    alone?: boolean
    /** What packs where it is not npm, and its version. */
    packer?: { name: ManagerName; version: string } | undefined
  }
  /** Whether the source has a path, so that nothing of it is overwritten. */
  has(path: string): boolean
}

/** The steps in the order of a release: install, what the job builds, write the version, what publishing runs, pack. */
export function stepsOf(plan: StepPlan): { steps: Step[]; planned: (PlannedStep | undefined)[]; output: string } {
  const { build, setVersion } = plan
  const installing = [plan.install, plan.scripts].filter((step) => step !== undefined)
  const lifecycle = build?.lifecycle ?? []
  const [keeping, restoring] = build ? keepSteps(plan) : [[], []]
  const building = [
    ...(plan.checkout ?? []),
    ...keeping,
    ...(build?.afterInstall ?? []),
    ...(plan.earlier?.before ?? []),
    ...(build?.byJob ?? []),
    ...(plan.earlier?.after ?? []),
    ...(plan.elsewhere ? [...lifecycle, ...setVersion] : [...setVersion, ...lifecycle]),
    ...restoring,
    ...plan.releasing,
  ]
  const folder = freeFolder(plan)
  const steps: Step[] = [
    ...installing.map(({ run, cwd }) => ({ phase: 'install' as const, run, cwd })),
    ...building.map(({ run, cwd, variables, installs }) => ({
      phase: 'build' as const,
      run,
      cwd,
      ...(installs && { installs }),
      ...((variables || plan.variables) && { variables: { ...withoutSecrets(variables ?? {}), ...plan.variables } }),
    })),
    { phase: 'pack', run: packScript(plan, folder), cwd: plan.pack.from },
  ]
  return {
    steps,
    planned: [...installing, ...building, undefined],
    output: `${folder}/${plan.pack.fileName}`,
  }
}

/** Files of the source that were published as they are are put back where the build has written them anew. */
function keepSteps({ keep, pack: { directory: cwd } }: StepPlan): [PlannedStep[], PlannedStep[]] {
  if (keep.length === 0) return [[], []]
  const paths = keep.map(quoted).join(' ')
  const from = 'published tarball'
  const says = 'It has these files as they are in the source, and the build would write them anew.'
  const place = '"$HOME/as-in-the-source"'
  return [
    [{ run: `mkdir ${place} && cp -p --parents ${paths} ${place}`, cwd, from, says }],
    [{ run: `cp -pr ${place}/. .`, cwd, from, says }],
  ]
}

function freeFolder({ has }: StepPlan): string {
  for (let number = 1; ; number++) {
    const folder = number === 1 ? outputFolder : `${outputFolder}-${number}`
    if (!has(folder)) return folder
  }
}

/**
 * Packs, and puts the file where the recipe says: npm writes it into the folder that it is run in, and the one for it is
 * made only when npm is done. npm 7 to 10 run `prepare` in spite of --ignore-scripts, though it has been run by now or
 * has nothing to do; a shell that does nothing stands in for it. From 7 on it leaves out what a workspace ignores at its root.
 */
function packScript({ pack }: StepPlan, folder: string): string {
  const { from, fileName, withoutTarball, npmMajor, hasPrepare, alone, packer } = pack
  const root = from === '' ? '' : '../'.repeat(from.split('/').length)
  const clearing = withoutTarball ? [`rm ${quoted(fileName)}`] : []
  if (packer) {
    return [
      ...clearing,
      'mkdir /tmp/packed',
      packCommand(packer, fileName),
      `mkdir ${root}${folder}`,
      `mv /tmp/packed/*.tgz ${root}${folder}/${quoted(fileName)}`,
    ].join(' && ')
  }
  const flags = ['--ignore-scripts', ...(alone && npmMajor >= 7 ? ['--no-workspaces'] : [])].join(' ')
  const quiet = hasPrepare && npmMajor >= 7 && npmMajor < 11
  return [
    ...clearing,
    ...(quiet ? ['mkdir /tmp/no-prepare', 'ln -s /usr/bin/true /tmp/no-prepare/sh'] : []),
    `${quiet ? 'PATH=/tmp/no-prepare:$PATH ' : ''}npm pack ${flags}`,
    `mkdir ${root}${folder}`,
    `mv ${quoted(fileName)} ${root}${folder}/`,
  ].join(' && ')
}

/**
 * What publishing runs has been run by now, and is kept from running again, but for yarn from 2 on, which runs `prepack`
 * whenever it packs. pnpm knows the setting by two names, the second from version 11 on.
 */
function packCommand({ name, version }: { name: ManagerName; version: string }, fileName: string): string {
  const path = `/tmp/packed/${quoted(fileName)}`
  switch (name) {
    case 'pnpm':
      return 'npm_config_ignore_scripts=true pnpm_config_ignore_scripts=true pnpm pack --pack-destination /tmp/packed'
    case 'bun':
      return 'bun pm pack --ignore-scripts --destination /tmp/packed'
    case 'yarn':
      return semver.major(version) >= 2 ? `yarn pack --out ${path}` : `yarn pack --ignore-scripts --filename ${path}`
  }
}

/**
 * Writes the published version into package.json, as the tool that released it did.
 *
 * @param npmMajor versions from 8 on would bring the workspace's node_modules up to date, too
 */
export function versionStep(options: {
  version: string
  directory: string
  npmMajor: number
  why: string
}): PlannedStep {
  const { version, directory, npmMajor, why } = options
  const flags = ['--no-git-tag-version', '--allow-same-version', '--ignore-scripts']
  if (npmMajor >= 8) flags.push('--no-workspaces-update')
  const run = `npm version ${quoted(version)} ${flags.join(' ')}`
  return { run, cwd: directory, from: inside(directory, 'package.json'), says: `${why}.` }
}
