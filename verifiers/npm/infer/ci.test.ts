import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { findPublishingJobs } from './ci.ts'
import { openReader } from './reader.ts'

async function find(files: Record<string, string>, scripts: Record<string, string> = {}) {
  return findPublishingJobs(await openReader(madeTree(files), () => true), scripts)
}

/** Node requests of the likeliest job, in short. */
async function nodeOf(files: Record<string, string>, scripts?: Record<string, string>) {
  const { jobs } = await find(files, scripts)
  return jobs[0]?.node.map((request) => (request.kind === 'version' ? request.spec : `file ${request.path}`))
}

const github = (text: string) => ({ '.github/workflows/release.yml': text })

const workflow = (job: string) => github(`on: push\njobs:\n  publish:\n    runs-on: ubuntu-latest\n${job}`)

test.each<[string, string, string[]]>([
  [
    'a version',
    `    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
      - run: npm publish`,
    ['20'],
  ],
  [
    'a version file',
    `    steps:
      - uses: actions/setup-node@v4
        with: { node-version-file: ./.nvmrc }
      - run: npm publish`,
    ['file .nvmrc'],
  ],
  [
    'a matrix',
    `    strategy: { matrix: { node-version: [18.x, 20.x], os: [a, b], include: [{ node-version: 22.x }] } }
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: '\${{ matrix.node-version }}' }
      - run: npm publish`,
    ['18.x', '20.x', '22.x'],
  ],
  [
    'a variable',
    `    env: { NODE: 16.13 }
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: "\${{ env.NODE }}" }
      - run: npm publish`,
    ['16.13'],
  ],
  [
    'a default',
    `    steps:
      - uses: actions/setup-node@v4
        with: { node-version: "\${{ vars.NODE || '18' }}" }
      - run: npm publish`,
    ['18'],
  ],
  [
    'something that only GitHub knows',
    `    steps:
      - uses: actions/setup-node@v4
        with: { node-version: "\${{ fromJSON(needs.x.outputs.y)[0] }}" }
      - run: npm publish`,
    [],
  ],
  [
    'a container',
    `    container: { image: node:14.5.0-alpine }
    steps: [{ run: npm publish }]`,
    ['14.5.0'],
  ],
])('a GitHub workflow may name Node by %s', async (_, job, expected) => {
  expect(await nodeOf(workflow(job))).toEqual(expected)
})

test('a local action stands for its steps, with its inputs', async () => {
  const files = {
    ...workflow(`    steps:
      - uses: ./.github/actions/setup
        with: { node: 22 }
      - run: npm publish`),
    '.github/actions/setup/action.yml': `inputs: { node: { default: 18 } }
runs:
  using: composite
  steps:
    - uses: actions/setup-node@v4
      with: { node-version: "\${{ inputs.node }}" }`,
  }
  expect(await nodeOf(files)).toEqual(['22'])
})

test.each(['publish', 'publish-script'])('what an action is told to run by `%s` publishes', async (input) => {
  const files = workflow(`    steps:
      - run: yarn build:release
      - uses: changesets/action@v2
        with: { ${input}: yarn release }`)
  const [job] = (await find(files, { release: 'yarn changeset publish', 'build:release': 'turbo run build' })).jobs
  expect(job).toMatchObject({ how: 'yarn release', publishing: [{ run: 'yarn release' }] })
  expect(job?.before[0]?.run).toBe('yarn build:release')
})

test('a local action that uses itself comes to an end', async () => {
  const files = {
    ...workflow('    steps: [{ uses: ./a }, { run: npm publish }]'),
    'a/action.yml': 'runs: { steps: [{ uses: ./a }, { uses: ./a }] }',
  }
  expect(await nodeOf(files)).toEqual([])
})

test('the job that publishes is found among others, whatever they use', async () => {
  const text = `jobs:
  test:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 12 }
      - run: npm test
  canary:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 14 }
      - run: npm publish --tag canary
  release:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
      - run: npm ci
      - run: npm run build
        working-directory: ./packages/a/
        env: { NODE_OPTIONS: --openssl-legacy-provider, SECRET: "\${{ secrets.X }}" }
      - run: |
          echo before
          npm publish
          echo after`
  const { jobs } = await find(github(text))
  expect(jobs.map(({ from }) => from)).toEqual([
    '.github/workflows/release.yml job "release"',
    '.github/workflows/release.yml job "canary"',
  ])
  expect(jobs[0]?.before.map(({ run, directory }) => [run, directory])).toEqual([
    ['npm ci', ''],
    ['npm run build', 'packages/a'],
    ['echo before', ''],
  ])
  expect(jobs[0]?.before[1]?.variables).toEqual({ NODE_OPTIONS: '--openssl-legacy-provider' })
})

test.each<[string, string, Record<string, string>]>([
  ['through a script', 'npm run release', { release: 'npm run build && changeset publish', build: 'tsc' }],
  ['through a script of a script', 'npm run a', { a: 'npm run b', b: 'npm run c', c: 'np' }],
  ['by an action', '', {}],
])('publishing %s is recognised', async (_, run, scripts) => {
  const step = run === '' ? '{ uses: JS-DevTools/npm-publish@v3 }' : `{ run: ${run} }`
  const { jobs } = await find(workflow(`    steps: [${step}]`), scripts)
  expect(jobs).toHaveLength(1)
})

test.each<[string, string, string[]]>([
  [
    'a command that publishes a canary',
    '{ run: a }, { uses: JS-DevTools/npm-publish@v4 }, { run: b }, { run: npm publish --tag canary }',
    ['a'],
  ],
  [
    'an action that only says what it would do',
    '{ uses: a/semantic-release-action@v4, with: { dry_run: true } }, { run: a }, { run: npm publish }',
    ['a', ''],
  ],
  ['an action after the command', '{ run: a }, { run: npm publish }, { uses: a/npm-publish@v1 }', ['a', '']],
])('beside the publishing there may be %s', async (_, steps, expected) => {
  const { jobs } = await find(workflow(`    steps: [${steps}]`))
  expect(jobs[0]?.before.map(({ run }) => run)).toEqual(expected)
})

test('what a script builds before it publishes is among what the job runs before', async () => {
  const scripts = { release: 'npm run build && changeset publish', build: 'tsc' }
  const { jobs } = await find(workflow('    steps: [{ run: npm ci }, { run: npm run release }]'), scripts)
  expect(jobs[0]?.before.map(({ run }) => run)).toEqual(['npm ci', '', 'npm run build'])
})

test('what a script runs after it has published is not among it', async () => {
  const scripts = { release: 'npm run build && pnpm publish -r && npm run site', build: 'tsc', site: 'docs build' }
  const { jobs } = await find(workflow('    steps: [{ run: npm run release }]'), scripts)
  expect(jobs[0]?.before.map(({ run }) => run)).toEqual(['', 'npm run build'])
})

test('scripts and targets that lead to each other come to an end', async () => {
  const scripts = { a: 'npm run b && make a', b: 'npm run a' }
  const files = { ...workflow('    steps: [{ run: npm run a }]'), Makefile: 'a:\n\tnpm run b\n\tmake a\n' }
  expect((await find(files, scripts)).jobs).toEqual([])
})

const gitlab = (text: string) => ({ '.gitlab-ci.yml': text })

test.each<[string, Record<string, string>, string[]]>([
  ['the image of all', gitlab('image: node:16.13\nrelease: { script: [npm publish] }'), ['16.13']],
  ['the default image', gitlab('default: { image: { name: "node:18" } }\nrelease: { script: npm publish }'), ['18']],
  ['its own image', gitlab('image: node:16\nrelease: { image: node:20, script: [npm publish] }'), ['20']],
  [
    'the image that it inherits',
    gitlab('.base: { image: node:14.17 }\nrelease: { extends: .base, script: [npm publish] }'),
    ['14.17'],
  ],
  ['an anchor', gitlab('.b: &b { image: node:12 }\nrelease: { <<: *b, script: [npm publish] }'), ['12']],
  [
    'a variable',
    gitlab('variables: { V: "18.2" }\nrelease: { image: "node:$V-slim", script: [npm publish] }'),
    ['18.2'],
  ],
  [
    'an included file',
    {
      ...gitlab('include: { local: /ci/base.yml }\nrelease: { extends: .base, script: [npm publish] }'),
      'ci/base.yml': '.base: { image: node:10 }',
    },
    ['10'],
  ],
  [
    'a reference',
    gitlab('.s: { script: [npm publish] }\nrelease: { image: node:16, script: [!reference [.s, script]] }'),
    ['16'],
  ],
  [
    'a Makefile',
    {
      ...gitlab('image: node:21.3.0\ndeploy:\n  script:\n    - if [ -n "$TAG" ]; then make publish; fi'),
      Makefile: 'all:\n\techo\n\npublish:\n\t@npm publish\n',
    },
    ['21.3.0'],
  ],
])('a GitLab job may name Node by %s', async (_, files, expected) => {
  expect(await nodeOf(files)).toEqual(expected)
})

test.each<[string, Record<string, string>, string[]]>([
  ['Travis', { '.travis.yml': 'node_js: [8, 10]\ndeploy: { provider: npm, on: { node: 10 } }' }, ['10']],
  ['Travis, for all', { '.travis.yml': 'node_js: "12"\ndeploy: [{ provider: npm }]' }, ['12']],
  ['Travis, by a command', { '.travis.yml': 'node_js: 14\nafter_success: npx semantic-release' }, ['14']],
  [
    'CircleCI',
    {
      '.circleci/config.yml':
        'jobs: { release: { docker: [{ image: "cimg/node:18.17.1" }], steps: [checkout, { run: npm publish }] } }',
    },
    ['18.17.1'],
  ],
  [
    'CircleCI, by an executor',
    {
      '.circleci/config.yml':
        'executors: { e: { docker: [{ image: "circleci/node:12" }] } }\njobs: { release: { executor: e, steps: [{ run: { command: npm publish } }] } }',
    },
    ['12'],
  ],
])('%s may name Node', async (_, files, expected) => {
  expect(await nodeOf(files)).toEqual(expected)
})

const aliases = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`).join(
  '\n',
)

test.each<[string, string]>([
  ['no YAML', 'a: [1'],
  ['nested a little too deep', `a: ${'['.repeat(300)}${']'.repeat(300)}`],
  ['nested without end', '['.repeat(200_000)],
  ['a billion laughs', `a0: &a0 x\n${aliases}`],
  ['far too large', `a: "${'x'.repeat(600_000)}"`],
])('a CI file that is %s is left out and named', async (_, text) => {
  const found = await find(github(text))
  expect(found.jobs).toEqual([])
  expect(found.unreadable).toEqual([{ path: '.github/workflows/release.yml', why: expect.any(String) }])
})

test.each<[string, string]>([
  ['nothing', ''],
  ['binary', '\0\x01\x02\xff'],
  ['a list', '- a'],
  ['a number', '42'],
  ['jobs that are none', 'jobs: [1, null, { steps: 3 }]'],
  [
    'steps of every kind',
    'jobs: { a: { steps: [1, null, [], { run: [] }, { uses: {} }, { with: 1, uses: actions/setup-node@v4 }] } }',
  ],
  ['keys that every object has', 'jobs: { __proto__: { steps: [{ run: npm ci }] }, constructor: 1 }'],
])('a CI file that holds %s publishes nothing', async (_, text) => {
  for (const path of ['.github/workflows/a.yml', '.gitlab-ci.yml', '.travis.yml', '.circleci/config.yml']) {
    expect((await find({ [path]: text })).jobs).toEqual([])
  }
})

const tenTimes = (text: string) => Array.from({ length: 10 }, () => text).join(', ')
const levels = Array.from({ length: 12 }, (_, level) => level)

test.each<[string, Record<string, string>]>([
  [
    'jobs that extend others ten times over',
    {
      '.gitlab-ci.yml': levels
        .map((level) => `a${level}: { script: [npm publish], extends: [${tenTimes(`a${level + 1}`)}] }\n`)
        .join(''),
    },
  ],
  [
    'scripts that consist of others ten times over',
    {
      '.gitlab-ci.yml': levels
        .map((level) => `a${level}: { script: [${tenTimes(`!reference [a${level + 1}, script]`)}, npm publish] }\n`)
        .join(''),
    },
  ],
  [
    'includes that include each other',
    {
      '.gitlab-ci.yml': `include: [${tenTimes('/a.yml')}, ${tenTimes('/b.yml')}]\n`,
      'a.yml': `include: [${tenTimes('/b.yml')}, ${tenTimes('/a.yml')}]\n`,
      'b.yml': `include: [${tenTimes('/a.yml')}, ${tenTimes('/b.yml')}]\n`,
    },
  ],
  [
    'actions that use each other',
    {
      ...github(`jobs: { publish: { steps: [${tenTimes('{ uses: ./a }')}, { run: npm publish }] } }`),
      'a/action.yml': `runs: { steps: [${tenTimes('{ uses: ./a }')}] }`,
    },
  ],
  [
    'commands that use each other',
    {
      '.circleci/config.yml': `jobs: { a: { steps: [${tenTimes(tenTimes('c'))}, { run: npm publish }] } }\ncommands: { c: { steps: [${tenTimes(tenTimes('c'))}] } }`,
    },
  ],
])('a CI file of %s is left out and named', async (_, files) => {
  const found = await find(files)
  expect(found.jobs).toEqual([])
  expect(found.unreadable).toEqual([{ path: expect.any(String), why: expect.stringContaining('expands to more than') }])
})

test('of a version made of several keys of a matrix the first values count', async () => {
  const keys = ['a', 'b', 'c', 'd']
  const values = Array.from({ length: 64 }, (_, index) => index)
  const matrix = keys.map((key) => `${key}: [${values}]`).join(', ')
  const spec = keys.map((key) => `\${{ matrix.${key} }}`).join('.')
  const steps = `[{ uses: actions/setup-node@v4, with: { node-version: "${spec}" } }, { run: npm publish }]`
  const node = await nodeOf(github(`jobs: { publish: { strategy: { matrix: { ${matrix} } }, steps: ${steps} } }`))
  expect(node).toEqual(values.map((value) => `0.0.0.${value}`))
})

test.each<[string, string]>([
  [
    'an expression that does not end',
    `steps: [{ uses: actions/setup-node@v4, with: { node-version: "\${{${' '.repeat(60_000)}" } }]`,
  ],
  ['expressions that do not end', `steps: [{ run: npm ci, working-directory: "${'${{'.repeat(20_000)}" }]`],
  ['an image of dashes', `container: "node:${'-a'.repeat(30_000)}\t"`],
])('%s is read in time', async (_, job) => {
  expect((await find(github(`jobs: { publish: { ${job} } }`))).jobs).toEqual([])
})

test('a matrix and scripts of any size are read in no time', async () => {
  const many = Array.from({ length: 20_000 }, (_, i) => `${i}`)
  const steps = '{ uses: actions/setup-node@v4, with: { node-version: "${{ matrix.n }}" } }'
  const text = `jobs: { publish: { strategy: { matrix: { n: [${many}] } }, steps: [${steps}, { run: npm run a0 }] } }`
  const scripts = Object.fromEntries(many.map((i) => [`a${i}`, `npm run a${Number(i) + 1} && npm run a${i}`]))
  await find(github(text), scripts)
})

const jobsOf = (...jobs: string[]) => github(`on: push\njobs:\n${jobs.join('\n')}`)
const build = (name: string, upload = '{ name: dist }') => `  ${name}:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 18 }
      - run: npm run ${name}
      - uses: actions/upload-artifact@v4
        with: ${upload}`
const publish = (needs: string, download = '{ name: dist }') => `  publish:
    needs: ${needs}
    steps:
      - uses: actions/download-artifact@v4
        with: ${download}
      - run: npm run stamp
      - run: npm publish ./dist`

test.each<[string, string[], string[]]>([
  ['one that it needs', [publish('build'), build('build')], ['npm run build', 'npm run stamp']],
  [
    'several, in their order',
    [publish('[b]', '{ pattern: x }'), `${build('b')}\n    needs: [a]`, build('a', '{}')],
    ['npm run a', 'npm run b', 'npm run stamp'],
  ],
  ['none that keeps another artifact', [publish('[a, test]'), build('a', '{ name: coverage }')], ['npm run stamp']],
  ['none that it does not need', [publish('[]'), build('build')], ['npm run stamp']],
  [
    'those that wait for each other',
    [publish('a'), `${build('a')}\n    needs: b`, `${build('b')}\n    needs: [a, publish]`],
    ['npm run b', 'npm run a', 'npm run stamp'],
  ],
])('what a job publishes of other jobs is built first: %s', async (_, jobs, expected) => {
  const { jobs: found } = await find(jobsOf(...jobs))
  const [job] = found
  expect(job?.before.map(({ run }) => run).filter((run) => run !== '')).toEqual(expected)
})

const cached = (name: string, key: string, run: string, rest = '') => `  ${name}:
    steps:
      - uses: actions/cache@v3
        with: { path: ./*, key: "${key}" }
      - run: ${run}
        env: { NODE_ENV: "\${{ startsWith(github.ref, 'refs/tags/v') && 'release' || '' }}" }${rest}`
const ofCommit = '${{ runner.os }}-${{ github.sha }}-build'

test.each<[string, string[], string[]]>([
  [
    'one of the same commit',
    [
      cached('publish', ofCommit.replaceAll(' ', ''), 'npm publish', '\n    needs: build'),
      cached('build', ofCommit, 'npm run b'),
    ],
    ['npm run b'],
  ],
  [
    'not one of dependencies',
    [
      cached('publish', "${{ hashFiles('package-lock.json') }}", 'npm publish', '\n    needs: build'),
      cached('build', "${{ hashFiles('package-lock.json') }}", 'npm run b'),
    ],
    [],
  ],
])('a job goes on from a cache of another: %s', async (_, jobs, expected) => {
  const { jobs: found } = await find(jobsOf(...jobs))
  const [job] = found
  const before = job?.before.filter(({ run }) => run !== '') ?? []
  expect(before.map(({ run }) => run)).toEqual(expected)
  expect(before.every(({ variables }) => variables?.NODE_ENV === 'release')).toBe(true)
})

test('where the job that publishes names no Node, it is that of the job which has built', async () => {
  expect(await nodeOf(jobsOf(publish('build'), build('build')))).toEqual(['18'])
})

test('a job publishes that runs a script which runs a program of the source that does', async () => {
  const files = {
    ...workflow(
      `    steps:
      - uses: actions/setup-node@v4
        with: { node-version: 20 }
      - run: pnpm run update
      - run: pnpm run publish:ci`,
    ),
    'scripts/publish.ts': "execSync('pnpm publish -r')",
  }
  const [job, ...others] = (await find(files, { update: 'nr docs', 'publish:ci': 'tsx scripts/publish.ts' })).jobs
  expect(others).toEqual([])
  expect(job?.how).toBe('pnpm run publish:ci')
  expect(job?.before.map(({ run }) => run).filter((run) => run !== '')).toEqual(['pnpm run update'])
  const reads = { ...files, 'scripts/publish.ts': "console.log('published')" }
  expect((await find(reads, { 'publish:ci': 'tsx scripts/publish.ts' })).jobs).toEqual([])
})

test('a workflow that another one calls is read with what it is given, once', async () => {
  const files = {
    '.github/workflows/main.yml': `on: push
jobs:
  release:
    uses: ./.github/workflows/publish.yml
    with: { node: 20, task: build }`,
    '.github/workflows/publish.yml': `on:
  workflow_call: { inputs: { node: { default: 18 }, task: {} } }
jobs:
  npm:
    steps:
      - uses: actions/setup-node@v4
        with: { node-version: "\${{ inputs.node }}" }
      - run: npm publish`,
  }
  const { jobs } = await find(files)
  expect(jobs.map(({ from }) => from)).toEqual(['.github/workflows/publish.yml job "npm"'])
  expect(await nodeOf(files)).toEqual(['20'])
})

test('workflows that call each other, or what is not there, end', async () => {
  const calling = (path: string) => `on: push\njobs:\n  a: { uses: ./.github/workflows/${path} }`
  const files = {
    '.github/workflows/a.yml': calling('b.yml'),
    '.github/workflows/b.yml': `${calling('a.yml')}\n  c: { uses: ./../d.yml }\n  publish: { steps: [{ run: npm publish }] }`,
  }
  expect((await find(files)).jobs[0]?.from).toBe('.github/workflows/b.yml job "publish"')
})

test("what a workflow of another repository is told to run is the project's, and the workflow is what publishes", async () => {
  const files = workflow(`    uses: owner/shared/.github/workflows/npm-release.yml@main
    with: { prepare_command: "npm ci && npm run build", node-version: 22, cleanup_paths: dist }`)
  const { jobs } = await find(files, { build: 'tsc' })
  expect(jobs).toMatchObject([
    { how: 'owner/shared/.github/workflows/npm-release.yml@main', before: [{ run: 'npm ci && npm run build' }] },
  ])
  expect(await nodeOf(files)).toEqual(['22'])
  const checks = workflow(`    uses: owner/shared/.github/workflows/lint.yml@main\n    with: { command: npm run lint }`)
  expect((await find(checks)).jobs).toEqual([])
})
