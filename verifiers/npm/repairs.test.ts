import { expect, test } from 'vitest'
import { finishedRun } from '../../fixtures/runs/finished-run.ts'
import type { Comparison } from '../model/comparison.ts'
import type { Recipe } from '../model/recipe.ts'
import type { Choices } from './infer/choices.ts'
import { editedInstall } from './infer/edited-install.ts'
import { repairedInstall } from './infer/lock-repair.ts'
import { neededEdit } from './infer/needed-install.ts'
import { repairsOf } from './repairs.ts'

async function recipe(install: string, packedIn = ''): Promise<Recipe> {
  const { recipe } = await finishedRun()
  if (!recipe) throw new Error('the run has no recipe')
  const steps: Recipe['steps'] = [
    { phase: 'install', run: install, cwd: '' },
    { phase: 'pack', run: 'npm pack', cwd: packedIn },
  ]
  return { ...recipe, steps }
}

async function afterFailure(
  install: string,
  phase: string,
  choices: Choices = {},
  packedIn = '',
  refused: string[] = [],
  unknownPackages: string[] = [],
) {
  const failure = { code: 'STEP_FAILED' as const, message: '', details: { phase, refused, unknownPackages } }
  return repairsOf({ recipe: await recipe(install, packedIn), choices, failure }).map((repair) => repair.choices)
}

test.each<[string, string, Choices, Choices[]]>([
  ['frozen', 'npm ci', {}, [{ lockfile: 'repaired' }, { lockfile: 'ignored' }]],
  [
    'repaired from the beginning',
    repairedInstall('yarn install', 'yarn.lock', { packages: ['a@1.0.0'], foreign: [], asked: [] }),
    {},
    [{ registryNow: true }, { lockfile: 'ignored' }],
  ],
  [
    'repaired',
    'npm install',
    { lockfile: 'repaired' },
    [{ registryNow: true }, { lockfile: 'ignored' }, { looselyPeered: true }],
  ],
  [
    'without a lockfile',
    'npm install --no-package-lock',
    {},
    [
      { needed: true },
      { registryNow: true, lowest: true, needed: true },
      { registryNow: true },
      { looselyPeered: true },
    ],
  ],
  ['as it is now', 'npm install --no-package-lock', { registryNow: true, needed: true }, [{ looselyPeered: true }]],
  ['of pnpm, without a lockfile', 'pnpm install --no-lockfile', {}, [{ registryNow: true }]],
  ['of yarn, without a lockfile', 'rm -f yarn.lock && yarn install', { registryNow: true, lockfile: 'ignored' }, []],
])('after an installation %s that fails', async (_, install, choices, expected) => {
  expect(await afterFailure(install, 'install', choices)).toEqual(expected)
})

test('of a workspace that cannot be installed, only a part is, before its lockfile is changed', async () => {
  const one = await recipe('pnpm install --frozen-lockfile')
  const failure = { code: 'STEP_FAILED' as const, message: '', details: { phase: 'install' } }
  const member = { ...one, source: { ...one.source, directory: 'packages/a' } }
  const of = (given: Recipe, choices: Choices) => repairsOf({ recipe: given, choices, failure })[0]?.choices
  expect(of(member, {})).toEqual({ focused: true })
  expect(of(member, { focused: true })).toEqual({ lockfile: 'repaired' })
  expect(of({ ...one, source: { ...one.source, directory: '' } }, {})).toEqual({ lockfile: 'repaired' })
})

test('where only a part of a workspace was installed by itself, all of it is after a build that fails', async () => {
  const part = 'pnpm install --frozen-lockfile --filter=a...'
  const whole = { focused: false }
  const past = { pastFailures: true }
  expect((await afterFailure(part, 'build', { compiler: true }, 'packages/a')).slice(0, 3)).toEqual([
    past,
    { build: 1 },
    whole,
  ])
  expect(await afterFailure(part, 'install', {}, 'packages/a')).toEqual([
    { lockfile: 'repaired' },
    { lockfile: 'ignored' },
    whole,
  ])
  for (const chosen of [true, false]) {
    expect(await afterFailure(part, 'build', { focused: chosen }, 'packages/a')).not.toContainEqual(whole)
  }
  expect(await afterFailure('pnpm install --frozen-lockfile', 'build', {}, 'packages/a')).not.toContainEqual(whole)
})

test('what the registry has never had is left out of what a project is developed with, once', async () => {
  const details = { phase: 'install', unknownPackages: ['@types/gone'] }
  const failure = { code: 'DEPENDENCY_UNAVAILABLE' as const, message: '', details }
  const first = async (run: string, choices: Choices = {}) =>
    repairsOf({ recipe: await recipe(run), choices, failure })[0]?.choices
  expect(await first('npm install --no-package-lock')).toEqual({ without: ['@types/gone'] })
  expect(await first('npm install --no-package-lock', { without: ['x'] })).not.toHaveProperty('without')
  expect(await first('npm ci')).toEqual({ lockfile: 'repaired' })
})

test('npx of a program that no lockfile has leaves the installation locked', async () => {
  const run = 'npm ci && npm install --ignore-scripts --no-save --no-package-lock jsr'
  const choices = { pastFailures: true }
  expect(await afterFailure(run, 'build', choices)).toEqual(await afterFailure('npm ci', 'build', choices))
})

test('where something was wanted that no registry has, the time of the registry is the last to be changed', async () => {
  const found = await afterFailure('npm install --no-package-lock', 'install', {}, '', [
    'https://elsewhere.invalid/x.git',
  ])
  const now = { registryNow: true, lowest: true, needed: true }
  expect(found).toEqual([{ needed: true }, { looselyPeered: true }, now, { registryNow: true }])
  const unknown = await afterFailure('npm install --no-package-lock', 'install', {}, '', [], ['gone'])
  expect(unknown).toEqual([{ without: ['gone'] }, ...found])
})

test('after a build that fails the other ways are tried in their order, and no end of them', async () => {
  const past = { pastFailures: true, compiler: true }
  expect((await afterFailure('npm ci', 'build')).slice(0, 2)).toEqual([{ pastFailures: true }, { compiler: true }])
  const ways = await afterFailure('npm ci', 'build', { build: 1, ...past })
  expect(ways.slice(0, 4)).toEqual([{ build: 2 }, { build: 3 }, { withoutJob: true, build: 0 }, { build: 4 }])
  expect(await afterFailure('npm ci', 'build', { build: 99, withoutJob: true, ...past })).toEqual([])
  const unlocked = await afterFailure('npm install --no-package-lock', 'build', past)
  const [alone, node, lowest, withoutJob, now] = unlocked
  expect(alone).toEqual({ lowest: true, needed: true })
  expect([node, lowest, now]).toEqual([{ nodeNow: true }, { lowest: true }, { registryNow: true }])
  const [next] = await afterFailure('npm install --no-package-lock', 'build', { needed: true, ...past })
  expect(next).toEqual({ nodeNow: true })
  expect(withoutJob).toEqual({ withoutJob: true, build: 0 })
})

test('without a lockfile what may be too young is looked at before failures are gone past', async () => {
  const found = await afterFailure('npm install --no-package-lock', 'build')
  expect(found.slice(0, 2)).toEqual([{ lowest: true, needed: true }, { pastFailures: true }])
})

test('where only what the build names was installed by itself, all of it is after a build that fails', async () => {
  const run = `${neededEdit(['npmignore'])} && npm install --ignore-scripts --no-package-lock`
  const all = { needed: false }
  expect((await afterFailure(run, 'build', { pastFailures: true }))[0]).toEqual(all)
  for (const needed of [true, false]) expect(await afterFailure(run, 'build', { needed })).not.toContainEqual(all)
  expect(await afterFailure('npm ci', 'build')).not.toContainEqual(all)
})

test('a build that fails beside types of a later TypeScript gets those that its own can read, where no lockfile decides', async () => {
  const failure = { code: 'STEP_FAILED' as const, message: '', details: { phase: 'build', unreadableTo: '4.9' } }
  const after = async (run: string, choices: Choices = {}) =>
    repairsOf({ recipe: await recipe(run), choices, failure }).map(({ choices }) => choices)
  expect((await after('npm install --no-package-lock'))[0]).toEqual({ readableTo: '4.9' })
  for (const found of [await after('npm ci'), await after('npm install --no-package-lock', { readableTo: '4.8' })]) {
    expect(found.filter(({ readableTo }) => readableTo)).toEqual([])
  }
})

test('a build with what does not start on its Node gets one before that, once', async () => {
  const failure = { code: 'STEP_FAILED' as const, message: '', details: { phase: 'build', nodeBelow: 12 } }
  const after = async (choices: Choices) =>
    repairsOf({ recipe: await recipe('npm ci'), choices, failure }).map(({ choices }) => choices)
  expect((await after({ pastFailures: true }))[0]).toEqual({ nodeBelow: 12 })
  expect((await after({ nodeBelow: 12 })).filter(({ nodeBelow }) => nodeBelow)).toEqual([])
})

test('a build that needs more memory gets what the machine can spare, once', async () => {
  const failure = { code: 'STEP_MEMORY_EXCEEDED' as const, message: '', details: { phase: 'build' } }
  const after = async (choices: Choices) => repairsOf({ recipe: await recipe('npm ci'), choices, failure })
  expect((await after({})).map(({ choices }) => choices)).toEqual([{ roomy: true }])
  expect(await after({ roomy: true })).toEqual([])
})

test('a build that fails may have needed what installation scripts bring, which are run once', async () => {
  const scripted = [{ name: 'native', through: ['bundler'] }]
  const failure = { code: 'STEP_FAILED' as const, message: '', details: { phase: 'build', scripted } }
  const after = async (choices: Choices) => repairsOf({ recipe: await recipe('npm ci'), choices, failure })
  expect((await after({ pastFailures: true }))[0]?.choices).toEqual({ scripted })
  expect((await after({ scripted: [] })).some(({ choices }) => choices.scripted)).toBe(false)
})

test('where there is no folder to pack, the own one of the package is', async () => {
  expect(await afterFailure('npm ci', 'pack', {}, 'dist')).toEqual([{ ownFolder: true }])
})

test('dependencies in another order are packed in the published one, where pnpm packs', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const after = async (pack: string, path: string, choices: Choices = {}) => {
    const one = await recipe('pnpm install --frozen-lockfile')
    const steps = [...one.steps, { phase: 'pack' as const, run: pack, cwd: '' }]
    const order = { kind: 'changed' as const, cause: 'key-order', severity: 'unexplained' as const }
    const differences = [{ ...order, path, summary: '', evidence: {} }]
    const given = { recipe: { ...one, steps }, choices, comparison: { ...comparison, differences } }
    return repairsOf(given).map(({ choices }) => choices)
  }
  const order = { manifestOrder: true }
  expect((await after('pnpm pack', 'package/package.json'))[0]).toEqual(order)
  expect(await after('npm pack', 'package/package.json')).not.toContainEqual(order)
  expect(await after('pnpm pack', 'package/esm/package.json')).not.toContainEqual(order)
  expect(await after('pnpm pack', 'package/package.json', order)).not.toContainEqual(order)
})

test('a file that the build wrote anew is kept, and one that is missing is made in another way', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const of = (kind: 'changed' | 'removed', path: string, cause: string, evidence: Record<string, unknown>) => ({
    path: `package/${path}`,
    kind,
    cause,
    severity: 'unexplained' as const,
    summary: '',
    evidence,
  })
  const differences: Comparison['differences'] = [
    of('changed', 'README.md', 'content', { asInSource: 'README.md' }),
    of('changed', 'index.js', 'code', {}),
    of('removed', 'dist/a.js', 'missing', {}),
  ]
  const repairs = repairsOf({
    recipe: await recipe('npm ci'),
    choices: { keep: ['LICENSE'] },
    comparison: { ...comparison, differences },
  })
  const keep = ['LICENSE', 'README.md']
  expect(repairs.map(({ choices }) => choices)).toEqual([
    { checked: true, keep },
    ...[1, 2, 3, 4, 5].map((build) => ({ build, keep })),
    { keep },
  ])
  for (const { reason } of repairs.slice(0, 6)) expect(reason).toContain('dist/a.js')
  expect(repairs[0]?.reason).toContain('README.md')
})

test('what two differences show is changed in one attempt, and then each by itself', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const of = (cause: string, evidence: Record<string, unknown>) =>
    ({ path: `package/${cause}`, kind: 'changed', cause, severity: 'benign', summary: '', evidence }) as const
  const differences = [of('copyright-year', {}), of('content', { asInSource: 'README.md' })]
  const repairs = repairsOf({ recipe: await recipe('npm ci'), choices: {}, comparison: { ...comparison, differences } })
  const [keep, clock] = [{ keep: ['README.md'] }, { clock: true }]
  expect(repairs.map(({ choices }) => choices)).toEqual([{ ...keep, ...clock }, keep, clock])
})

test('modes, times and owners of the publisher’s disk are taken where nothing else differs', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const permissions = { path: '', kind: 'changed', cause: 'permissions', severity: 'benign' } as const
  const differences = [{ ...permissions, summary: '', evidence: {} }]
  const times = [{ ...permissions, cause: 'times', summary: '', evidence: {} }]
  const of = async (verdict: Comparison['verdict'], choices: Choices = {}, found = differences) => {
    const compared = { ...comparison, verdict, differences: found as Comparison['differences'] }
    return repairsOf({ recipe: await recipe('npm ci'), choices, comparison: compared })
  }
  expect((await of('content-identical')).map(({ choices }) => choices)).toEqual([{ diskModes: true }])
  expect(await of('content-identical', { diskModes: true })).toEqual([])
  expect(await of('different')).toEqual([])
  const barred = (published: string, rebuilt: string) => ({
    ...permissions,
    cause: 'mode' as const,
    severity: 'unexplained' as const,
    summary: '',
    evidence: { published: { mode: published }, rebuilt: { mode: rebuilt } },
  })
  const ofMode = async (published: string, rebuilt: string) =>
    (await of('different', {}, [...differences, barred(published, rebuilt)] as typeof differences))[0]?.choices
  expect(await ofMode('0744', '0755')).toEqual({ diskModes: true })
  // Which of these are a disk's is told where the source is known.
  expect(await ofMode('0755', '0644')).toEqual({ diskModes: true })
  expect(await ofMode('0644', '0755')).toEqual({ diskModes: true })
  expect(await ofMode('4755', '0755')).toBeUndefined()
  const chosen = async (...args: Parameters<typeof of>) => (await of(...args)).map(({ choices }) => choices)
  const both = [...differences, ...times]
  expect(await chosen('content-identical', {}, times as typeof differences)).toEqual([{ diskTimes: true }])
  expect(await chosen('content-identical', {}, both as typeof differences)).toEqual([
    { diskModes: true, diskTimes: true },
  ])
  expect(await chosen('content-identical', { diskTimes: true }, times as typeof differences)).toEqual([])
  const owned = [...times, { ...permissions, cause: 'owners', summary: '', evidence: {} }] as typeof differences
  expect(await chosen('content-identical', {}, owned)).toEqual([{ diskTimes: true, diskOwner: true }])
  expect(await chosen('content-identical', { diskTimes: true, diskOwner: true }, owned)).toEqual([])
})

test('line ends of the publisher’s disk are taken where files of the source have others, not where only a source map says so', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const of = async (path: string, choices: Choices = {}) => {
    const changed = { kind: 'changed', cause: 'line-endings', severity: 'benign', summary: '', evidence: {} } as const
    const found = { ...comparison, differences: [{ ...changed, path }] }
    return repairsOf({ recipe: await recipe('npm ci'), choices, comparison: found }).map((repair) => repair.choices)
  }
  expect(await of('package/src/a.ts')).toEqual([{ diskLineEnds: true }])
  expect(await of('package/src/a.ts', { diskLineEnds: true })).toEqual([])
  expect(await of('package/dist/a.js.map')).toEqual([])
})

test('a tarball that the build has packed itself is taken away before it would be packed', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const given = { ...(await recipe('npm ci')), output: '.reproof-output/pkg-1.0.0.tgz' }
  const of = (path: string, choices: Choices = {}) => {
    const added = { path, kind: 'added', cause: 'extra', severity: 'unexplained', summary: '', evidence: {} } as const
    return repairsOf({ recipe: given, choices, comparison: { ...comparison, differences: [added] } })
      .map((repair) => repair.choices)
      .filter(({ withoutTarball }) => withoutTarball)
  }
  expect(of('package/pkg-1.0.0.tgz')).toEqual([{ withoutTarball: true }])
  expect(of('package/pkg-1.0.0.tgz', { withoutTarball: true })).toEqual([])
  expect(of('package/dist/pkg-1.0.0.tgz')).toEqual([])
})

test('what was built may ask whether that was in CI, whatever differs', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const built = await recipe('npm ci')
  built.steps.splice(1, 0, { phase: 'build', run: 'npm run build', cwd: '' })
  const difference = { path: 'package/a', kind: 'changed', cause: 'content', severity: 'unexplained' } as const
  const found = { ...comparison, differences: [{ ...difference, summary: '', evidence: {} }] }
  const choices = (given: Choices) => repairsOf({ recipe: built, choices: given, comparison: found })
  expect(choices({}).map((repair) => repair.choices)).toEqual([{ formatted: true }, { outsideCi: true }])
  expect(choices({ formatted: true, outsideCi: true })).toEqual([])
})

test('a document that is not the one of the source may have been written anew when it was published', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const built = await recipe('npm ci')
  built.steps.splice(1, 0, { phase: 'build', run: 'npm run build', cwd: '' })
  const of = (path: string, given: Choices = {}) => {
    const difference = { path, kind: 'changed', cause: 'other-source', severity: 'unexplained' } as const
    const found = { ...comparison, differences: [{ ...difference, summary: '', evidence: {} }] }
    return repairsOf({ recipe: built, choices: { outsideCi: true, ...given }, comparison: found })[0]?.choices
  }
  expect(of('package/readme.md')).toEqual({ formatted: true, documents: true })
  expect(of('package/readme.md', { formatted: true, documents: true })).toBeUndefined()
  expect(of('package/LICENSE')).toEqual({ formatted: true })
})

test('what was built otherwise may have been built with older versions than those of now, or with more of a workspace', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const difference = { kind: 'changed', cause: 'code', severity: 'suspicious', summary: '', evidence: {} } as const
  const of = async (install: string, path: string, choices: Choices = {}) => {
    const built = await recipe(install)
    built.steps.splice(1, 0, { phase: 'build', run: 'npm run build', cwd: '' })
    const found = { ...comparison, differences: [{ ...difference, path }] }
    const repairs = repairsOf({
      recipe: built,
      choices: { outsideCi: true, formatted: true, ...choices },
      comparison: found,
    })
    return repairs.map((repair) => repair.choices)
  }
  const unlocked = 'npm install --no-package-lock'
  expect(await of(unlocked, 'package/a.js')).toEqual([{ lowest: true }])
  expect(await of(unlocked, 'package/a.js', { lowest: true })).toEqual([])
  const now = { lowest: true, registryNow: true }
  for (const run of [unlocked, editedInstall(unlocked, ['edit'])])
    expect(await of(run, 'package/a.js', now)).toEqual([{ lowest: false, needed: false }])
  expect(await of(unlocked, 'package/package.json')).toEqual([])
  expect(await of('npm ci', 'package/a.js')).toEqual([])
  const part = 'npm ci --workspace=a'
  expect(await of(part, 'package/a.js')).toEqual([{ focused: false }])
  expect(await of(part, 'package/a.js', { focused: false })).toEqual([])
  expect(await of(part, 'package/package.json')).toEqual([])
  expect((await of(part, 'package/package.json', { pastFailures: true }))[0]).toEqual({ focused: false })
})

test('where another compiler made it, the lockfile may not have been what the publisher had installed', async () => {
  const { comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!comparison) throw new Error('the run has no comparison')
  const difference = {
    path: 'package/a.d.ts.map',
    kind: 'changed',
    severity: 'unexplained',
    summary: '',
    evidence: {},
  } as const
  const of = async (cause: string, install: string, choices: Choices = {}) => {
    const found = { ...comparison, differences: [{ ...difference, cause }] }
    return repairsOf({ recipe: await recipe(install), choices, comparison: found }).map((repair) => repair.choices)
  }
  expect(await of('source-map-positions', 'npm ci')).toEqual([{ lockfile: 'ignored' }])
  expect(await of('copyright-year', 'npm ci')).toEqual([{ clock: true }])
  expect(await of('version-stamp', 'npm ci', { clock: true })).toEqual([{ earlierVersion: true }])
  expect(await of('content', 'npm ci')).toEqual([])
  expect(await of('another-compiler', 'npm install --no-package-lock')).toEqual([])
  expect(await of('another-compiler', 'npm install', { lockfile: 'repaired' })).toEqual([])
})
