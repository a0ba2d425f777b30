import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishedRun } from '../fixtures/runs/finished-run.ts'
import { attemptChanges, attemptsSchema, finishPromotion, type Outcome, type SearchChange } from './attempts.ts'
import { changedRecipe, lineOf, type ResolveToolchain } from './changed-recipe.ts'
import type { Comparison, Suggestion } from './model/comparison.ts'
import { Problem } from './model/problem.ts'
import type { Recipe } from './model/recipe.ts'
import { nounsIn } from './store/nouns.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-attempts-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const resolveToolchain: ResolveToolchain = async (name, version) => {
  if (version === '0.0.0') throw new Problem('TOOLCHAIN_UNAVAILABLE', `There is no ${name} ${version}.`)
  const { recipe } = await finishedRun()
  const known = recipe?.environment.toolchains[0]
  if (known === undefined) throw new Error('the run has no toolchain')
  return { ...known, name, version }
}

const suggest = (line: string, value: string): Suggestion => ({
  lines: [{ line, value }],
  reason: `because of ${line}`,
})

async function outcome(verdict: Comparison['verdict'], suggestions: Suggestion[] = []): Promise<Outcome> {
  const { recipe, rebuild, comparison } = await finishedRun({ verdict: 'different', rebuilt: 'other' })
  if (!recipe || !rebuild || !comparison) throw new Error('the run is not finished')
  const differences = suggestions.map((suggestion, index) => ({
    path: `package/${index}`,
    kind: 'changed' as const,
    cause: 'version-stamp',
    severity: 'unexplained' as const,
    summary: 'x',
    evidence: {},
    suggestion,
  }))
  return { recipe, rebuild, comparison: { ...comparison, verdict, differences } }
}

/** What each attempt gives, by what its recipe has; files as a rebuild leaves them. */
async function run(
  first: Outcome,
  most: number,
  give: (recipe: Recipe) => Outcome | Problem,
  kill?: number,
  search?: SearchChange,
) {
  const nouns = nounsIn(folder)
  await leave(folder, 1)
  const seen: number[] = []
  const result = await attemptChanges({
    run: { folder, ...nouns },
    first,
    most,
    resolveToolchain,
    inferAgain: async () => first.recipe,
    ...(search && { search }),
    async attempt({ number, recipe, folder: own }) {
      seen.push(number)
      if (number === kill) throw new Problem('INTERRUPTED', 'It was stopped.')
      const given = give(recipe)
      if (given instanceof Problem) throw given
      await leave(own, number)
      return given
    },
  })
  return { result, seen, attempts: await nouns.load('attempts', attemptsSchema) }
}

async function leave(own: string, number: number): Promise<void> {
  await mkdir(join(own, 'rebuilt'), { recursive: true })
  await writeFile(join(own, 'rebuilt', 'file'), String(number))
  await writeFile(join(own, 'comparison.json'), String(number))
}

const kept = (at: string) => readFile(join(folder, at, 'rebuilt', 'file'), 'utf8')

test('a suggestion that makes it the same is taken, and both attempts are kept', async () => {
  const same = await outcome('bit-identical')
  const { result, seen, attempts } = await run(
    await outcome('different', [suggest('/variables/V', '1')]),
    3,
    () => same,
  )
  expect(seen).toEqual([2])
  expect(result.comparison.verdict).toBe('bit-identical')
  expect(result.recipe.variables.V).toBe('1')
  expect(result.recipe.evidence.at(-1)).toMatchObject({ line: '/variables/V', says: 'because of /variables/V' })
  expect(attempts).toMatchObject([
    { number: 1, changes: [], verdict: 'different', chosen: false, folder: 'attempts/1' },
    { number: 2, changes: [{ line: '/variables/V', to: '1' }], verdict: 'bit-identical', chosen: true, folder: '' },
  ])
  expect([await kept(''), await kept('attempts/1')]).toEqual(['2', '1'])
})

test.each<[string, boolean, number[]]>([
  ['with nothing to install', false, [2]],
  ['with everything to install again', true, []],
])('another npm is tried for a document where a file is missing, too: %s', async (_, installs, seen) => {
  const npm = suggest('/environment/toolchains/0/version', '10.2.4')
  const first = await outcome('different', [npm])
  const [document] = first.comparison.differences
  if (document === undefined) throw new Error('there is no difference')
  const { suggestion: _own, ...plain } = document
  const missing = { ...plain, path: 'package/own.js', kind: 'removed' as const, cause: 'missing' }
  first.comparison.differences = [{ ...document, kind: 'removed', cause: 'npm-file-list' }, missing]
  first.recipe.steps = first.recipe.steps.filter(({ phase }) => installs || phase !== 'install')
  expect((await run(first, 2, () => first)).seen).toEqual(seen)
})

test('a suggestion that does not help leaves the first attempt where it is', async () => {
  const first = await outcome('different', [suggest('/variables/V', '1')])
  const { result, attempts } = await run(first, 3, () => first)
  expect(result).toEqual(first)
  expect(attempts).toMatchObject([
    { chosen: true, folder: '' },
    { chosen: false, folder: 'attempts/2' },
  ])
  expect([await kept(''), await kept('attempts/2')]).toEqual(['1', '2'])
})

test('all that is suggested is tried together, then each by itself, and never more often than was asked', async () => {
  const first = await outcome('different', [suggest('/variables/V', '1'), suggest('/workFolder', '/builds/x')])
  const tried: string[] = []
  const { attempts } = await run(first, 4, ({ variables, workFolder }) => {
    tried.push(`${variables.V ?? '-'} ${workFolder}`)
    return first
  })
  const own = first.recipe.workFolder
  expect(tried).toEqual(['1 /builds/x', `1 ${own}`, '- /builds/x'])
  expect(attempts).toHaveLength(4)
  expect((await run(first, 1, () => first)).seen).toEqual([])
})

/**
 * A build whose every rebuild is another file, but for those that are listed as the same.
 *
 * @param outputs `content: path path`, the second being what differs in it
 */
async function built(outputs: string[], cause = 'code') {
  const given = await outcome('different')
  const [difference] = (await outcome('different', [suggest('/x', '1')])).comparison.differences
  if (difference === undefined) throw new Error('there is no difference')
  const { suggestion: _, ...plain } = difference
  return outputs.map((described): Outcome => {
    const [sha256 = '', paths = 'a b'] = described.split(': ')
    const { output } = given.rebuild
    const steps = [{ phase: 'build' as const, run: 'make', cwd: '' }, ...given.recipe.steps]
    const differences = paths.split(' ').map((path) => ({ ...plain, path, cause }))
    return {
      recipe: { ...given.recipe, steps },
      rebuild: { ...given.rebuild, output: { ...output, digests: { ...output.digests, sha256 } } },
      comparison: { ...given.comparison, differences },
    }
  })
}

test.each<[string, string[], number[], number | undefined]>([
  ['twice the same is enough', ['x', 'x', 'y'], [2], undefined],
  ['twice another one in the same files is enough', ['x', 'y', 'z'], [2], 2],
  ['one that is right in another file is done three times', ['x: a c', 'y: b c', 'z: a b', 'w'], [2, 3], 2],
  ['one that was there before shows nothing new', ['x: a c', 'y: b c', 'x: a c', 'w'], [2, 3], 2],
])('what a build gives is looked at once more where nothing is left to change: %s', async (_, outputs, tried, twin) => {
  const [first, ...others] = await built(outputs)
  if (first === undefined) throw new Error('there is no first')
  const { result, seen, attempts } = await run(first, 4, () => others.shift() ?? first)
  expect(seen).toEqual(tried)
  expect(attempts?.slice(1).every(({ again, changes }) => again === true && changes.length === 0)).toBe(true)
  expect(result.twin?.folder).toBe(twin === undefined ? undefined : join(folder, 'attempts', String(twin)))
})

test.each(['another-compiler', 'dependency-version', 'version-stamp'])(
  'what %s has done is not done again in the hope of something else',
  async (cause) => {
    const [first] = await built(['x'], cause)
    if (first === undefined) throw new Error('there is no first')
    expect((await run(first, 4, () => first)).seen).toEqual([])
    const alarming = first.comparison.differences.map((one) => ({ ...one, severity: 'suspicious' as const }))
    first.comparison.differences = alarming
    expect((await run(first, 4, () => first)).seen).toEqual([2])
  },
)

/** Steps that end as they are told to, and what inference makes of a number of a way to build. */
async function failing(ways: Record<number, string[]>, number: number) {
  const { recipe } = await outcome('different')
  const by = (build: number): Recipe => {
    const runs = [...(ways[build] ?? ways[0] ?? []), 'npm pack']
    return { ...recipe, steps: runs.map((run) => ({ phase: 'build' as const, run, cwd: '' })) }
  }
  const failure = (at: number) => new Problem('STEP_FAILED', 'It failed.', { details: { phase: 'build', number: at } })
  const tried: string[][] = []
  await leave(folder, 1)
  const attempted = attemptChanges({
    run: { folder, ...nounsIn(folder) },
    first: { recipe: by(0), problem: failure(number) },
    most: 6,
    resolveToolchain,
    inferAgain: async ({ build = 0 }) => by(build),
    async attempt({ recipe }) {
      tried.push(recipe.steps.slice(0, -1).map(({ run }) => run))
      throw failure(number)
    },
  })
  await expect(attempted).rejects.toMatchObject({ code: 'STEP_FAILED' })
  return tried
}

test.each([
  [2, ['a c b']],
  [3, ['a b c', 'a c b', 'a c d']],
])('a recipe that comes to step %i, which failed, in the same way is not tried', async (number, tried) => {
  const ways = { 0: ['a', 'b'], 1: ['a', 'b', 'c'], 2: ['a', 'c', 'b'], 3: ['a', 'c', 'd'] }
  expect((await failing(ways, number)).map((runs) => runs.join(' '))).toEqual(tried)
})

test('a build that is the published file the next time is that', async () => {
  const [first] = await built(['a'])
  const same = await outcome('bit-identical')
  if (first === undefined) throw new Error('there is no first')
  const { result, attempts } = await run(first, 4, () => same)
  expect(result.comparison.verdict).toBe('bit-identical')
  expect(result.twin?.folder).toBe(join(folder, 'attempts', '1'))
  expect(attempts).toMatchObject([{ chosen: false }, { again: true, verdict: 'bit-identical', chosen: true }])
})

test('an attempt that fails is kept with its problem, and the next one is tried', async () => {
  const first = await outcome('different', [suggest('/variables/V', '1'), suggest('/workFolder', '/builds/x')])
  const same = await outcome('bit-identical')
  const { attempts } = await run(first, 3, ({ workFolder }) =>
    workFolder === '/builds/x' ? new Problem('STEP_FAILED', 'It does not build there.') : same,
  )
  expect(attempts).toMatchObject([
    {},
    { problem: { code: 'STEP_FAILED' }, chosen: false },
    { verdict: 'bit-identical', chosen: true },
  ])
})

test.each([
  ['a toolchain that cannot be had', suggest('/environment/toolchains/0/version', '0.0.0'), 'TOOLCHAIN_UNAVAILABLE'],
  ['a line that nothing may change', suggest('/steps/0/run', 'evil'), 'RECIPE_INVALID'],
  ['a value that does not fit', suggest('/workFolder', 'not absolute'), 'RECIPE_INVALID'],
  ['a toolchain that the recipe lacks', suggest('/environment/toolchains/7/version', '1.0.0'), 'RECIPE_INVALID'],
])('%s is an attempt that failed', async (_, suggestion, code) => {
  const { attempts, seen } = await run(await outcome('different', [suggestion]), 2, () => new Problem('FAULT', ''))
  expect(seen).toEqual([])
  expect(attempts?.[1]?.problem?.code).toBe(code)
})

test('what is suggested is not tried where the recipe has it already, or nothing differs', async () => {
  const first = await outcome('different', [suggest('/umask', '022')])
  expect((await run({ ...first, recipe: { ...first.recipe, umask: '022' } }, 3, () => first)).seen).toEqual([])
  expect((await run(await outcome('bit-identical', [suggest('/variables/V', '1')]), 3, () => first)).seen).toEqual([])
})

test('a run that is stopped during an attempt is not decided, and goes on with it', async () => {
  const first = await outcome('different', [suggest('/variables/V', '1')])
  const same = await outcome('bit-identical')
  await expect(run(first, 3, () => same, 2)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(await finishPromotion({ folder, ...nounsIn(folder) })).toBe(false)
  expect(await readdir(folder)).not.toContain('attempts.json')
  expect((await run(first, 3, () => same)).result.comparison.verdict).toBe('bit-identical')
})

test('a run that is killed while the chosen attempt is put into its place goes on with that', async () => {
  const same = await outcome('bit-identical')
  await run(await outcome('different', [suggest('/variables/V', '1')]), 3, () => same)
  // As it is between two renames: the first attempt's output is set aside, the chosen one's is not there yet.
  await rename(join(folder, 'rebuilt'), join(folder, 'attempts', '2', 'rebuilt'))
  expect(await finishPromotion({ folder, ...nounsIn(folder) })).toBe(true)
  expect([await kept(''), await kept('attempts/1')]).toEqual(['2', '1'])
  expect(await finishPromotion({ folder, ...nounsIn(folder) })).toBe(true)
  expect([await kept(''), await kept('attempts/1')]).toEqual(['2', '1'])
})

test('a changed recipe is another value, with the evidence of the line replaced', async () => {
  const { recipe } = await outcome('different')
  const changes = [
    { line: '/umask', to: '002', reason: 'a' },
    { line: '/network/registryTime', to: '2026-01-01T00:00:00Z', reason: 'b' },
    { line: '/network/releases', to: '@scope/a@1.0.0 b@2.0.0-rc.1', reason: 'c' },
  ]
  const changed = await changedRecipe(recipe, changes, resolveToolchain)
  const releases = { '@scope/a': '1.0.0', b: '2.0.0-rc.1' }
  expect(changed).toMatchObject({ umask: '002', network: { registryTime: '2026-01-01T00:00:00Z', releases } })
  expect(lineOf(changed, '/network/releases')).toBe('@scope/a@1.0.0 b@2.0.0-rc.1')
  expect(changed.evidence.filter(({ line }) => line === '/umask')).toHaveLength(1)
  expect(recipe.umask).not.toBe('002')
})

test.each(['b', 'b@', 'b@1.0.0 ', '@1.0.0', 'b@1.0.0  c@1.0.0', 'b@1;c'])(
  'what is no list of releases goes into no recipe: %j',
  async (to) => {
    const { recipe } = await outcome('different')
    const change = changedRecipe(recipe, [{ line: '/network/releases', to, reason: '' }], resolveToolchain)
    await expect(change).rejects.toMatchObject({ code: 'RECIPE_INVALID' })
  },
)

const found = { line: '/network/releases', to: 'tool@1.2.3', reason: 'With tool 1.2.3 one more file is as published.' }

/** A search that finds the release, and how often it was asked. */
function finding(change: typeof found | undefined) {
  const asked: Outcome[] = []
  const search: SearchChange = async (best) => {
    asked.push(best)
    return change
  }
  return { asked, search }
}

test('what a search of other releases finds is tried after what is suggested, once', async () => {
  const first = await outcome('different', [suggest('/umask', '002')])
  const { asked, search } = finding(found)
  const seen: Recipe[] = []
  const give = (recipe: Recipe) => {
    seen.push(recipe)
    return first
  }
  const { attempts } = await run(first, 6, give, undefined, search)
  expect(asked).toHaveLength(1)
  expect(seen.map(({ umask, network }) => [umask, network.releases])).toEqual([
    ['002', undefined],
    [first.recipe.umask, { tool: '1.2.3' }],
    // What was suggested before is suggested for the other recipe, too.
    ['002', { tool: '1.2.3' }],
  ])
  expect(attempts?.[2]?.changes).toEqual([found])
})

test('it comes before the others where few attempts are left', async () => {
  const first = await outcome(
    'different',
    ['A', 'B', 'C', 'D', 'E'].map((name) => suggest(`/variables/${name}`, '1')),
  )
  const { search } = finding(found)
  const { attempts } = await run(first, 6, () => first, undefined, search)
  expect(attempts).toHaveLength(6)
  expect(attempts?.map(({ changes }) => changes.some(({ line }) => line === found.line))).toEqual([
    ...[false, false, false, false],
    ...[true, expect.anything()],
  ])
})

test('nothing is searched for where nothing differs, and a search that finds nothing changes nothing', async () => {
  const same = finding(found)
  await run(await outcome('bit-identical'), 6, () => new Problem('FAULT', ''), undefined, same.search)
  expect(same.asked).toEqual([])
  const nothing = finding(undefined)
  const first = await outcome('different')
  const { attempts } = await run(first, 6, () => first, undefined, nothing.search)
  expect([nothing.asked.length, attempts]).toEqual([1, undefined])
})
