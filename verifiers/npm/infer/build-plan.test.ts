import { expect, test } from 'vitest'
import { planBuild, publishingBy } from './build-plan.ts'
import type { CiCommand } from './ci/job.ts'
import type { PublishingJob } from './ci.ts'
import { parseBuildManifest } from './manifest.ts'

function project(directory: string, scripts: Record<string, string>) {
  const manifest = parseBuildManifest(JSON.stringify({ scripts }))
  if (!manifest) throw new Error('no manifest')
  return { directory, manifest }
}

function job(...before: CiCommand[]): PublishingJob {
  return {
    from: 'ci job',
    node: [],
    commands: before,
    actions: [],
    variables: {},
    publishes: false,
    how: 'npm publish',
    before,
    publishing: [],
  }
}

const path = 'export PATH="$PWD/node_modules/.bin:$PATH"\n'

type Case = {
  own: Record<string, string>
  root?: Record<string, string>
  job?: PublishingJob
  npmMajor?: number
  packer?: 'npm' | 'pnpm' | 'yarn'
  writers?: string[]
  steps: string[]
}

const line = (run: string, directory = '') => ({ run, directory })

test.each<[string, Case]>([
  [
    'publishing runs scripts in this order',
    {
      own: { prepare: 'tsc', prepack: 'rollup', prepublishOnly: 'babel' },
      steps: ['npm run prepublishOnly', 'npm run prepack', 'npm run prepare'],
    },
  ],
  [
    'what is taken out of package.json on the way is not missed',
    {
      own: { prepare: 'patch', prepack: 'tsup && clean-pkg-json', prepublishOnly: 'babel' },
      steps: ['npm run prepublishOnly', 'npm run prepack', 'npm run --if-present prepare'],
    },
  ],
  [
    'by the publishing job, too',
    {
      own: { prepare: 'patch', release: 'clean-pkg-json && changeset publish' },
      job: job({ ...line('clean-pkg-json'), ofScript: true }),
      steps: [`${path}clean-pkg-json`, 'npm run --if-present prepare'],
    },
  ],
  [
    'what the job does to files before it publishes a folder',
    {
      own: { build: 'tsc' },
      job: job(
        line('npm run build\ncp LICENSE build/'),
        line("jq 'del(.scripts) | del(.a)' package.json > build/package.json"),
        line('cp x ~/.npmrc\nrm -rf node_modules\ncp $A b\nmv ../a b\ncat a | sh\nfind . -exec x\ncp a /b'),
      ),
      steps: [
        'npm run build',
        `${path}cp LICENSE build/`,
        `${path}jq 'del(.scripts) | del(.a)' package.json > build/package.json`,
      ],
    },
  ],
  [
    'what the job only reads is no work on files',
    {
      own: { prepack: 'tsc' },
      job: job(
        line(
          "cat a.json\ncat a.json 2>&1\ncat a.json 2>/dev/null\njq '.a > 1' a.json\nsed s/a/b/ a.json\nfind lib -name x",
        ),
        line('sed -i s/a/b/ lib/a.js\nfind lib -name x -delete\ncat a.json | tee b.json'),
      ),
      steps: [
        `${path}sed -i s/a/b/ lib/a.js`,
        `${path}find lib -name x -delete`,
        `${path}cat a.json | tee b.json`,
        'npm run prepack',
      ],
    },
  ],
  [
    'programs of the source that the job runs and that write files, in their folder',
    {
      own: { build: 'tsc' },
      job: job(line('node tools/strip.cjs && node tools/notes.cjs'), line('node ../b.mjs --all', 'tools/x')),
      writers: ['tools/strip.cjs', 'tools/b.mjs'],
      steps: [
        `${path}node tools/strip.cjs`,
        'export PATH="$PWD/node_modules/.bin:$PWD/../node_modules/.bin:$PWD/../../node_modules/.bin:$PATH"\nnode ../b.mjs --all',
      ],
    },
  ],
  [
    'a job that only copies builds nothing',
    { own: { build: 'tsc' }, job: job(line('cp LICENSE dist/')), steps: ['npm run build'] },
  ],
  [
    'but for what publishing builds',
    {
      own: { prepack: 'tsc' },
      job: job(line('cp LICENSE dist/')),
      steps: [`${path}cp LICENSE dist/`, 'npm run prepack'],
    },
  ],
  [
    'npm 6 runs them in another',
    {
      own: { prepare: 'tsc', prepack: 'rollup', prepublish: 'x', prepublishOnly: 'babel' },
      npmMajor: 6,
      steps: ['npm run prepublish', 'npm run prepare', 'npm run prepublishOnly', 'npm run prepack'],
    },
  ],
  [
    'hooks, tests and pushes are left out',
    { own: { prepare: 'husky', prepublishOnly: 'git push', prepack: 'tsc' }, steps: ['npm run prepack'] },
  ],
  [
    'of a script that also tests only what builds is run',
    {
      own: { prepublishOnly: 'npm test && npm run build', build: 'tsc' },
      steps: ['export PATH="$PWD/node_modules/.bin:$PATH"\nnpm run build'],
    },
  ],
  [
    'but all of one that has hooks of its own',
    { own: { prepublishOnly: 'npm test && tsc', preprepublishOnly: 'x' }, steps: ['npm run prepublishOnly'] },
  ],
  [
    'what the job runs comes first',
    {
      own: { build: 'tsc', prepack: 'rollup' },
      job: job(line('npm ci'), line('npm test'), line('npm run build')),
      steps: ['npm run build', 'npm run prepack'],
    },
  ],
  [
    'also where Node itself runs the script',
    {
      own: { build: 'tsdown', test: 'node --test' },
      job: job(
        { ...line('node --run build'), variables: { IS_RELEASE: 'true' } },
        line('node --run test\nnode --test'),
      ),
      steps: ['node --run build'],
    },
  ],
  [
    'but not what the lifecycle runs anyway',
    {
      own: { build: 'tsc', prepack: 'npm run build' },
      job: job(line('npm ci\nnpm run build')),
      steps: ['npm run prepack'],
    },
  ],
  [
    'lines with expressions or of programs that may do anything are not taken',
    {
      own: { build: 'tsc' },
      job: job(line('npm run build $X'), line('make release\ncurl x\nnode deploy.js')),
      steps: ['npm run build'],
    },
  ],
  [
    'programs that only build are run as scripts run them',
    {
      own: { test: 'tsc' },
      job: job(line('make dist'), line('npx rollup -c && node scripts/build.js')),
      steps: ['make dist', 'rollup -c', 'node scripts/build.js'].map((run) => `${path}${run}`),
    },
  ],
  [
    'what a script of the job does before it publishes is run as it stands there',
    {
      own: { test: 'tsc' },
      job: job({ ...line('A=1 some-builder --all'), ofScript: true }),
      steps: [`${path}A=1 some-builder --all`],
    },
  ],
  [
    'the job runs scripts by other package managers, and no tests and programs of the dependencies',
    {
      own: { build: 'tsc', test: 'vitest', types: 'tsc' },
      job: job(line('pnpm i'), line('pnpm test\nyarn vitest\nbun test\npnpm build'), line('bun run types')),
      steps: ['pnpm run build', 'bun run types'],
    },
  ],
  [
    'what the job runs of other packages of the workspace is run as it stands',
    {
      own: { build: 'tsc' },
      job: job(line('pnpm --filter other build\nyarn workspace other build\npnpm -r build')),
      steps: ['pnpm --filter other build', 'yarn workspace other build', 'pnpm -r build'],
    },
  ],
  [
    'pnpm runs what publishing runs',
    { own: { prepack: 'tsc', build: 'rollup' }, packer: 'pnpm', steps: ['pnpm run prepack'] },
  ],
  [
    'yarn 4 runs prepack while it packs, and a build is found all the same',
    { own: { prepack: 'tsc', prepare: 'x', build: 'rollup' }, packer: 'yarn', steps: ['npm run build'] },
  ],
  [
    'a script called build, where nothing else builds',
    { own: { test: 'tap', build: 'tsc', bundle: 'rollup' }, steps: ['npm run build'] },
  ],
  ['a script called bundle, where there is no build', { own: { bundle: 'rollup' }, steps: ['npm run bundle'] }],
  ['nothing, where nothing is called so', { own: { test: 'tap', start: 'node .' }, steps: [] }],
  [
    'what installing prepares is there when the job builds',
    {
      own: { prepare: 'run-s build:src', 'build:src': 'tsc', build: 'rollup -c' },
      job: job(line('npm ci\nnpm run build')),
      steps: ['npm run prepare', 'npm run build', 'npm run prepare'],
    },
  ],
  [
    'not where the job builds the same',
    {
      own: { prepare: 'npm run build', build: 'rollup -c', all: 'npm run build' },
      job: job(line('npm ci\nnpm run all')),
      steps: ['npm run all', 'npm run prepare'],
    },
  ],
  [
    'by other words, too',
    {
      own: { prepare: 'rollup -c', all: 'rm -rf dist && rollup -c' },
      job: job(line('npm ci\nnpm run all')),
      steps: ['npm run all', 'npm run prepare'],
    },
  ],
  [
    'or installs without scripts',
    {
      own: { prepare: 'tsc', build: 'rollup -c' },
      job: job(line('npm ci --ignore-scripts\nnpm run build')),
      steps: ['npm run build', 'npm run prepare'],
    },
  ],
  [
    'what installing runs comes before all, but for what it runs first, which asks who installs',
    {
      own: { preinstall: 'node ask.js', postinstall: 'patch-package', build: 'tsc' },
      steps: ['npm run postinstall', 'npm run build'],
    },
  ],
])('%s', (_, { own, job: publishing, npmMajor = 10, packer = 'npm', writers = [], steps }) => {
  const one = project('', own)
  const plan = planBuild({
    own: one,
    root: one,
    job: publishing,
    runner: 'npm',
    publishing: publishingBy(packer, npmMajor, 4),
    writers: new Set(writers),
  })
  expect([...plan.afterInstall, ...plan.byJob, ...plan.lifecycle].map(({ run }) => run)).toEqual(steps)
})

test.each<[string, Record<string, string>, string, string[]]>([
  ['what npm up to 6 ran before it published', { prepublish: 'node make.js', test: 'ava' }, '', ['npm run prepublish']],
  ['what a gulpfile builds, which no script runs', { test: 'gulp test' }, "export * from '@x/tasks'", ['gulp build']],
  ['a task of a gulpfile', { test: 'gulp test' }, "gulp.task('build', [])", ['gulp build']],
  ['a script before a gulpfile', { test: 'gulp test', build: 'gulp js' }, 'exports.build = js', ['npm run build']],
  ['nothing where a gulpfile has other tasks', { test: 'gulp test' }, "gulp.task('js:build', [])", []],
  ['nothing', { test: 'gulp test' }, '', []],
])('files that nothing else makes are made by %s', (_, scripts, gulpfile, expected) => {
  const own = project('', scripts)
  const asked = { own, root: own, job: undefined, runner: 'npm', publishing: publishingBy('npm', 10, 1) } as const
  expect(planBuild({ ...asked, gulpfile }).byJob.map(({ run }) => run.replace(path, ''))).toEqual(expected)
})

test.each<[string, Record<string, string>, CiCommand[], string[]]>([
  [
    'on the way',
    { prepack: 'npm run esm && npm test', esm: 'tsc -p esm', test: 'tsc && mocha' },
    [],
    ['npm run esm && tsc'],
  ],
  ['alone', { prepublishOnly: 'npm test', pretest: 'tsc', test: 'mocha' }, [], ['tsc']],
  ['in the job', { pretest: 'tsc', test: 'mocha' }, [line('npm test')], ['tsc']],
  ['in what is tried besides', { build: 'npm test && vite build', test: 'tsc && mocha' }, [], ['tsc && vite build']],
  ['and nothing else', { prepublishOnly: 'npm test', test: 'mocha' }, [line('npm test')], []],
])('what checks build is built where that is asked for: %s', (_, scripts, before, expected) => {
  const own = project('', scripts)
  const asked = { own, root: own, job: job(...before), runner: 'npm', publishing: publishingBy('npm', 10, 1) } as const
  const runs = (checking: boolean) => {
    const plan = planBuild({ ...asked, checking })
    return [...plan.byJob, ...plan.lifecycle].map(({ run }) => run.replace(path, ''))
  }
  expect(runs(true)).toEqual(expected)
  expect(runs(false)).not.toEqual(expected.length > 0 ? expected : ['tsc'])
})

test('where only a part of a workspace is there, what installing at the root runs is left out, too', () => {
  const plan = planBuild({
    own: project('packages/a', { build: 'tsc' }),
    root: project('', { prepare: 'node build-all.js', build: 'node build-all.js' }),
    job: undefined,
    runner: 'npm',
    publishing: publishingBy('npm', 10, 1),
    focused: true,
  })
  expect(plan.byJob.map(({ run, cwd }) => [run, cwd])).toEqual([['npm run build', 'packages/a']])
  expect(plan.ways).toBe(1)
})

test('where only a part of a workspace is there, and nothing builds it alone, all is built as far as it goes', () => {
  const plan = planBuild({
    own: project('packages/a', {}),
    root: project('', { build: 'tsc --build' }),
    job: undefined,
    runner: 'npm',
    publishing: publishingBy('npm', 10, 1),
    focused: true,
  })
  expect(plan.byJob.map(({ run, cwd }) => [run, cwd])).toEqual([['npm run build', '']])
})

test.each([
  ['node build-all.js', ['npm run build']],
  ['turbo build', ['turbo build --filter=a']],
])('where only a part of a workspace is there, %s does not build all of it', (all, expected) => {
  const own = project('packages/a', { build: 'tsc' })
  const plan = planBuild({
    own: { ...own, manifest: { ...own.manifest, name: 'a' } },
    root: project('', { all }),
    job: job(line('npm run all')),
    runner: 'npm',
    publishing: publishingBy('npm', 10, 1),
    focused: true,
  })
  expect(plan.byJob.map(({ run }) => run.replace(/^export .*\n/, ''))).toEqual(expected)
})

test.each<[string, boolean, { root: Record<string, string>; own: Record<string, string>; job?: string; way?: number }]>(
  [
    ['its own script', true, { root: {}, own: { build: 'tsc' } }],
    ['what publishing runs in it', true, { root: { build: 'node build-all.js' }, own: { prepack: 'tsc' } }],
    ['all, with a runner that is told which', true, { root: { all: 'turbo build' }, own: {}, job: 'npm run all' }],
    ['all, with the same runner', false, { root: { all: 'turbo build' }, own: {}, job: 'npm run all', way: 1 }],
    ['all, with a program', false, { root: { all: 'node build-all.js' }, own: { build: 'tsc' }, job: 'npm run all' }],
    ['what installing runs at the root', false, { root: { postinstall: 'node stub.js' }, own: { build: 'tsc' } }],
  ],
)('a member is built apart from the others by %s: %s', (_, apart, { root, own: scripts, job: run, way = 0 }) => {
  const own = project('packages/a', scripts)
  const options = { runner: 'npm' as const, publishing: publishingBy('npm', 10, 1), way }
  const named = { ...own, manifest: { ...own.manifest, name: 'a' } }
  const publishing = run === undefined ? undefined : job(line(run))
  expect(planBuild({ own: named, root: project('', root), job: publishing, ...options }).apart).toBe(apart)
  const alone = project('', scripts)
  expect(planBuild({ own: alone, root: alone, job: publishing, ...options }).apart).toBe(false)
})

test.each([
  [
    'npm 6, which finds only those of the package itself',
    6,
    `export PATH="$PWD/node_modules/.bin:$PWD/../node_modules/.bin:$PWD/../../node_modules/.bin:$PATH"\nnpm run prepublishOnly`,
  ],
  ['a later npm, which finds those above by itself', 10, 'npm run prepublishOnly'],
])('programs of the root are there for %s', (_, npmMajor, expected) => {
  const plan = planBuild({
    own: project('packages/a', { prepublishOnly: 'tsdx build' }),
    root: project('', {}),
    job: undefined,
    runner: 'yarn',
    publishing: publishingBy('npm', npmMajor, 1),
  })
  expect(plan.lifecycle.map(({ run }) => run)).toEqual([expected])
})

test.each<[string, Case, string[]]>([
  [
    'the job at the root',
    { own: { build: 'x' }, root: { build: 'tsc --build' }, job: job(line('npm run build')), steps: ['npm run build'] },
    [''],
  ],
  [
    'the job in the package',
    { own: { build: 'x' }, root: {}, job: job(line('npm run build', 'packages/a')), steps: ['npm run build'] },
    ['packages/a'],
  ],
  [
    'prepare of the root',
    { own: { build: 'x' }, root: { prepare: 'npm run all', all: 'tsc' }, steps: ['npm run prepare'] },
    [''],
  ],
  ['build of the package', { own: { build: 'x' }, root: { build: 'y' }, steps: ['npm run build'] }, ['packages/a']],
  ['build of the root', { own: {}, root: { build: 'y' }, steps: ['npm run build'] }, ['']],
])('a member of a monorepo is built by %s', (_, { own, root, job: publishing, steps }, folders) => {
  const plan = planBuild({
    own: project('packages/a', own),
    root: project('', root ?? {}),
    job: publishing,
    runner: 'npm',
    publishing: publishingBy('npm', 10, 1),
  })
  const planned = [...plan.afterInstall, ...plan.byJob, ...plan.lifecycle]
  expect(planned.map(({ run }) => run)).toEqual(steps)
  expect(planned.map(({ cwd }) => cwd)).toEqual(folders)
})

test.each([
  [
    'its targets and variables, without what installs',
    'build: deps lib lib-css\ndeps:\n\tnpm ci\nlib:\n\tnpm run-script make\nlib-css:\n\tCSS=1 npm run-script make\n',
    ['npm run-script make', 'CSS=1 npm run-script make'],
  ],
  ['nothing of it where it runs other programs', 'build:\n\tnpm run-script make\n\tdocker build .\n', ['npm run make']],
  ['nothing of it where make has to expand it', 'build:\n\tnpm run-script $(TARGET)\n', ['npm run make']],
  ['nothing of it where it only checks', 'build:\n\tnpm run-script test\n', ['npm run make']],
])('a Makefile builds with %s', (_, makefile, expected) => {
  const one = project('', { make: 'webpack', test: 'vitest' })
  const plan = planBuild({
    own: one,
    root: one,
    job: undefined,
    runner: 'npm',
    publishing: publishingBy('npm', 10, 1),
    makefile,
  })
  expect(plan.byJob.map(({ run }) => run.replace(/^export PATH=.*\n/, ''))).toEqual(expected)
})

test.each([
  ['where only make can read it', 'build: $(MODULES)\nbuild/%.js: lib/%.js\n\tcompile $<\n', ['make build']],
  ['where another program is run', 'dist:\n\tdocker build .\n', ['make dist']],
  ['not where all of it checks', 'all:\n\tnpm run-script test\n', []],
  ['not without a target of such a name', 'deploy:\n\tcompile\n', []],
])('where nothing else builds, make itself does: %s', (_, makefile, expected) => {
  const one = project('', { test: 'vitest' })
  const publishing = publishingBy('npm', 10, 1)
  const plan = planBuild({ own: one, root: one, job: undefined, runner: 'npm', publishing, makefile })
  expect(plan.byJob.map(({ run }) => run)).toEqual(expected.map((run) => `${path}${run}`))
})

test('of a member without scripts the root builds, and after that all at the root that is called as if it built', () => {
  const others = {
    'build-docs': 'x',
    'build-a-playground-self': 'x',
    'build:esm:watch': 'x',
    'build:e2e': 'x',
    test: 'vitest',
  }
  const root = project('', { build: 'node build.js', 'build-dts': 'tsc', ...others })
  const own = project('packages/a', {})
  const publishing = publishingBy('pnpm', 10, 1)
  const runs = (way: number) =>
    planBuild({ own, root, job: undefined, runner: 'pnpm', publishing, way }).byJob.map(({ run }) => run)
  expect([0, 1].map(runs)).toEqual([['pnpm run build'], ['pnpm run build', 'pnpm run build-dts']])
})

test('what installing runs has what the job sets where it installs', () => {
  const one = project('', { postinstall: 'node build-all.js', build: 'tsc' })
  const options = { own: one, root: one, runner: 'npm' as const, publishing: publishingBy('npm', 10, 1) }
  const variables = { SKIP_POSTINSTALL: 'true' }
  const install = { ...line('npm ci'), variables: { ...variables, YARN_INSTALL_STATE_PATH: '.x', npm_config_x: '1' } }
  const others = [line('npm run build'), { ...line('npm i -g npm'), variables: { OTHER: '1' } }]
  const set = planBuild({ ...options, job: job(...others, install) })
  expect(set.afterInstall).toMatchObject([{ run: 'npm run postinstall', variables }])
  expect(planBuild({ ...options, job: job(...others) }).afterInstall[0]).not.toHaveProperty('variables')
})

test.each([
  ['what of it only builds, where there is a target for that', 'prepublish prepublish-build', 'make prepublish-build'],
  ['all of it, where there is none', 'prepublish lint', 'make prepublish'],
])('what a job makes before it publishes: %s', (_, targets, expected) => {
  const one = project('', { build: 'make build' })
  const makefile = `${targets.replaceAll(' ', ':\n\t$(MAKEJS) x\n')}:\n\t$(MAKEJS) x\n`
  const options = { own: one, root: one, runner: 'yarn' as const, publishing: publishingBy('yarn', 10, 4), makefile }
  const { byJob } = planBuild({ ...options, job: job(line('make prepublish')) })
  expect(byJob.map(({ run }) => run)).toEqual([`${path}${expected}`])
})
