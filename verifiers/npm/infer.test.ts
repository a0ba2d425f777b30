import { hash } from 'node:crypto'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildTar } from '../../fixtures/archives/tar-builder.ts'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { madeTree } from '../../fixtures/source/tree.ts'
import type { NpmClaims } from '../model/artifact.ts'
import type { Source } from '../model/source.ts'
import { openContentStore } from '../store/content.ts'
import type { Choices } from './infer/choices.ts'
import type { EnvironmentRequest } from './infer/environment.ts'
import type { ToolCatalogue } from './infer/toolchain.ts'
import { inferRecipe } from './infer.ts'

const managers = {
  pnpm: ['9.15.0', '9.1.0', '8.15.0', '7.33.0'],
  yarn: ['4.9.2', '3.8.0', '1.22.22'],
  bun: ['1.2.20', '1.1.0'],
}

const catalogue: ToolCatalogue = {
  nodeVersions: async () => ['20.12.0', '14.21.3'],
  nodeLine: async (major) =>
    major === 20
      ? [{ version: '20.12.0', releasedAt: Date.parse('2024-03-26'), npm: '10.5.0' }]
      : [{ version: '14.21.3', releasedAt: Date.parse('2023-02-16'), npm: '6.14.18' }],
  npmReleases: async () => [{ version: '10.5.0' }, { version: '6.14.18' }],
  managerReleases: async (name) => managers[name].map((version) => ({ version, releasedAt: 0 })),
  missing: async () => [],
  yarnProgram: async () => hash('sha512', 'yarn'),
}

type Made = {
  source: Record<string, string>
  /** Paths of the source that were published, and files that are not in it. */
  published: string[] | Record<string, string>
  directory?: string
  version?: string
  claims?: NpmClaims
  exception?: string
  gzip?: string
  mode?: number
  /** `name@version`, which the registry does not have. */
  gone?: string[]
  choices?: Choices
}

/** Infers how a made package was made; what the environment would be is only recorded. */
async function infer(made: Made) {
  const { source, published, directory = '', version = '1.0.0', claims = {}, exception, mode = 0o644 } = made
  const files = Array.isArray(published)
    ? Object.fromEntries(
        published.map((path) => [path, source[directory === '' ? path : `${directory}/${path}`] ?? '']),
      )
    : published
  const portable = [
    { at: 108, bytes: '\0'.repeat(16) },
    { at: 136, bytes: '3560116604 \0' },
  ]
  const parts = Object.entries(files)
    .sort(byExtension)
    .map(([path, data]) => ({ path: `package/${path}`, data, mode, patch: portable }))
  const tarball = gzipSync(buildTar(parts))
  tarball.set(Buffer.from(made.gzip ?? '02ff', 'hex'), 8)
  const located: Source = {
    kind: 'git',
    repository: 'https://host.example/owner/made.git',
    commit: 'c'.repeat(40),
    committedAt: '2024-04-01T10:00:00Z',
    tag: 'none',
    submodules: [],
    directory,
    tree: 'a'.repeat(40),
    manifest: { name: 'made', version, ...(exception !== undefined && { exception }) },
    evidence: [],
  }
  const requests: EnvironmentRequest[] = []
  const recipe = await inferRecipe({
    artifact: madeArtifact('made', version, claims),
    open: () => Readable.from([tarball]),
    located: { source: located, tree: madeTree(source) },
    store: openContentStore('/nowhere'),
    registry: {},
    mirrors: [],
    cacheFolder: '/nowhere',
    now: () => new Date('2026-01-01T00:00:00Z'),
    progress: () => {},
    signal: new AbortController().signal,
    catalogue: { ...catalogue, missing: async () => made.gone ?? [] },
    ...(made.choices && { choices: made.choices }),
    async environment(request) {
      requests.push(request)
      return {
        image: {
          variant: request.variant,
          architecture: 'amd64',
          digest: `sha256:${'0'.repeat(64)}`,
          lock: '0'.repeat(64),
        },
        toolchains: [],
      }
    },
  })
  return { recipe, request: requests[0], runs: recipe.steps.map(({ phase, run, cwd }) => [phase, run, cwd]) }
}

function byExtension([a]: [string, string], [b]: [string, string]): number {
  return extname(a).localeCompare(extname(b)) || a.localeCompare(b)
}

const manifest = (more: Record<string, unknown> = {}) =>
  `${JSON.stringify({ name: 'made', version: '1.0.0', ...more })}\n`

const pack = 'npm pack --ignore-scripts && mkdir .reproof-output && mv made-1.0.0.tgz .reproof-output/'

test('a package that is all in the source is only packed', async () => {
  const source = { 'package.json': manifest({ devDependencies: { tap: '1' } }), 'index.js': 'x', 'test.js': 'y' }
  const { recipe, request, runs } = await infer({ source, published: ['index.js', 'package.json'] })
  expect(runs).toEqual([['pack', pack, '']])
  expect(request).toEqual({ node: '20.12.0', npm: '10.5.0', variant: 'base' })
  expect(recipe).toMatchObject({
    output: '.reproof-output/made-1.0.0.tgz',
    umask: '022',
    workFolder: '/home/builder/made',
    assisted: [],
    variables: { SOURCE_DATE_EPOCH: '1711965600', TZ: 'UTC', CI: 'true' },
  })
})

test('a script that only sets up hooks is kept from running while packing', async () => {
  const source = { 'package.json': manifest({ scripts: { prepare: 'husky' } }), 'index.js': 'x' }
  const { runs } = await infer({ source, published: ['index.js', 'package.json'] })
  expect(runs).toEqual([
    [
      'pack',
      `mkdir /tmp/no-prepare && ln -s /usr/bin/true /tmp/no-prepare/sh && PATH=/tmp/no-prepare:$PATH ${pack}`,
      '',
    ],
  ])
})

test('what is not in the source is installed for, built as publishing does, and packed', async () => {
  const source = {
    'package.json': manifest({
      scripts: { prepublishOnly: 'npm run build', build: 'tsc' },
      devDependencies: { typescript: '^5' },
    }),
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: { '': {}, 'node_modules/typescript': { version: '5.1.0' } },
    }),
    '.github/workflows/release.yml':
      'env: { NODE_ENV: production }\njobs: { release: { steps: [{ run: npm publish }] } }',
  }
  const { recipe, runs } = await infer({
    source,
    published: { 'dist/index.js': 'x', 'package.json': source['package.json'] },
  })
  expect(runs).toEqual([
    ['install', 'npm ci --ignore-scripts && test -f node_modules/.package-lock.json', ''],
    ['build', 'npm run prepublishOnly', ''],
    ['pack', pack, ''],
  ])
  expect(recipe.variables.NODE_ENV).toBe('production')
})

test('of several steps of a job one may fail: what it moves is of other machines, and what comes after it is run', async () => {
  const source = {
    'package.json': manifest(),
    '.github/workflows/release.yml': `jobs: { release: { steps: [
      { run: cp bindings-darwin/one.node npm/darwin }, { run: npm run build }, { run: npm publish }] } }`,
  }
  source['package.json'] = manifest({ scripts: { build: 'bundle' } })
  const published = { 'dist/index.js': 'x', 'package.json': source['package.json'] }
  const run = 'cp bindings-darwin/one.node npm/darwin'
  const steps = async (choices: Choices) =>
    (await infer({ source, published, choices })).runs.map(([, run]) => (run ?? '').replace(/^export PATH=.*\n/, ''))
  expect(await steps({})).toContain(run)
  const past = await steps({ pastFailures: true })
  expect(past).toContain(`( ${run} ) || echo "That failed; what it left is taken." >&2`)
  expect(past).toContain('( bundle ) || echo "That failed; what it left is taken." >&2')
})

test('every line of a recipe that was decided has evidence', async () => {
  const source = { 'package.json': manifest({ scripts: { prepack: 'tsc' } }) }
  const { recipe } = await infer({ source, published: { 'a.js': 'x', 'package.json': source['package.json'] } })
  const lines = new Set(recipe.evidence.map(({ line }) => line))
  const decided = [
    '/steps',
    '/steps/0',
    '/steps/1',
    '/steps/2',
    '/umask',
    '/network/registryTime',
    '/environment/toolchains/0/version',
    '/environment/toolchains/1/version',
    '/environment/image/variant',
    '/variables/SOURCE_DATE_EPOCH',
  ]
  expect(decided.filter((line) => !lines.has(line))).toEqual([])
})

test('a version that only the release tool writes is written by a step', async () => {
  const source = { 'package.json': manifest({ version: '0.0.0-development' }) }
  const published = { 'package.json': source['package.json'].replace('0.0.0-development', '1.0.0') }
  const { recipe, runs } = await infer({ source, published, exception: 'semantic-release writes it' })
  expect(recipe.setVersion).toBe('1.0.0')
  expect(runs).toEqual([
    [
      'build',
      'npm version 1.0.0 --no-git-tag-version --allow-same-version --ignore-scripts --no-workspaces-update',
      '',
    ],
    ['pack', pack, ''],
  ])
})

test('a member of a monorepo is installed and built at the root, and packed in its folder', async () => {
  const source = {
    'package.json': JSON.stringify({
      private: true,
      workspaces: ['packages/*'],
      scripts: { build: 'tsc --build' },
      devDependencies: { typescript: '5' },
    }),
    'packages/made/package.json': manifest(),
    '.github/workflows/release.yml':
      'jobs: { release: { steps: [{ run: npm run build }, { run: npm publish -w packages/made }] } }',
  }
  const { recipe, runs } = await infer({
    source,
    directory: 'packages/made',
    published: { 'dist.js': 'x', 'package.json': manifest() },
  })
  expect(runs).toEqual([
    ['install', 'npm install --ignore-scripts --no-package-lock && test -f node_modules/.package-lock.json', ''],
    ['build', 'npm run build', ''],
    [
      'pack',
      'npm pack --ignore-scripts && mkdir ../../.reproof-output && mv made-1.0.0.tgz ../../.reproof-output/',
      'packages/made',
    ],
  ])
  expect(recipe.output).toBe('.reproof-output/made-1.0.0.tgz')
})

test.each<[string, string, Record<string, string>]>([
  [
    'only what it needs of a workspace is installed',
    'pnpm install --ignore-scripts --frozen-lockfile --filter=made... --filter=.',
    { 'packages/other/package.json': '{"name":"other"}' },
  ],
  ['all of a workspace that has no other member is', 'pnpm install --ignore-scripts --frozen-lockfile', {}],
])('where a member builds by itself, %s', async (_, install, others) => {
  const own = manifest({ scripts: { prepack: 'tsc' } })
  const source = {
    'package.json': '{"private":true,"packageManager":"pnpm@9.1.0"}',
    'pnpm-workspace.yaml': 'packages: ["packages/*"]',
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    'packages/made/package.json': own,
    ...others,
  }
  const { runs } = await infer({
    source,
    directory: 'packages/made',
    published: { 'dist.js': 'x', 'package.json': own },
  })
  expect(runs[0]).toEqual(['install', install, ''])
})

test.each<[string, string, string[], RegExp]>([
  ['of yarn 3 without what it lacks', 'yarn@3.8.0', ['a@1.0.0'], /a@1\.0\.0/],
  ['of yarn 3, which has all, to the letter', 'yarn@3.8.0', [], /yarn install --immutable/],
  ['of yarn 1, which says so at once, to the letter', 'yarn@1.22.22', ['a@1.0.0'], /yarn install .*--frozen-lockfile/],
])('a lockfile %s is installed', async (_, packageManager, gone, expected) => {
  const own = manifest({ packageManager, scripts: { prepack: 'tsc' }, devDependencies: { a: '^1.0.0' } })
  const lock = packageManager.includes('@1.')
    ? '# yarn lockfile v1\n\na@^1.0.0:\n  version "1.0.0"\n'
    : '__metadata:\n  version: 6\n\n"a@npm:^1.0.0":\n  version: 1.0.0\n'
  const { runs } = await infer({
    source: { 'package.json': own, 'yarn.lock': lock },
    published: { 'dist.js': 'x', 'package.json': own },
    gone,
  })
  const [, install] = runs[0] ?? []
  expect(install).toMatch(expected)
  expect(install?.includes('a@1.0.0')).toBe(expected.test('a@1.0.0'))
})

test('native code is built in the image that has compilers', async () => {
  const source = { 'package.json': manifest({ scripts: { prepack: 'node-gyp rebuild' } }), 'binding.gyp': '{}' }
  expect((await infer({ source, published: { 'a.node': 'x', 'package.json': manifest() } })).request?.variant).toBe(
    'build',
  )
})

test.each<[string, Record<string, string>, Choices, string]>([
  ['a member that the build may come to calls a compiler', { 'a/package.json': compiling() }, {}, 'base'],
  ['that was tried in vain', { 'a/package.json': compiling() }, { compiler: true }, 'build'],
  ['a Makefile does', { Makefile: 'all:\n\tgcc a.c\n' }, { compiler: true }, 'build'],
  ['nothing does', { Makefile: 'all:\n\ttsc\n' }, { compiler: true }, 'base'],
])('where %s the image is %s', async (_, files, choices, variant) => {
  const source = { 'package.json': manifest({ scripts: { prepack: 'make all' } }), ...files }
  const { request } = await infer({ source, published: { 'a.js': 'x', 'package.json': manifest() }, choices })
  expect(request?.variant).toBe(variant)
})

function compiling(): string {
  return manifest({ name: 'a', scripts: { build: '[ -f a.out ] || gcc a.c -o a.out' } })
}

test('an npm 6 that its bytes show is found with the Node that it came with', async () => {
  const source = { 'package.json': manifest(), 'index.js': 'x' }
  const { request } = await infer({ source, published: ['index.js', 'package.json'], gzip: '0003' })
  expect(request).toMatchObject({ node: '14.21.3', npm: '6.14.18' })
})

test('nothing of the source is overwritten by what is packed', async () => {
  const source = { 'package.json': manifest(), '.reproof-output/x': 'x' }
  const { recipe } = await infer({ source, published: ['package.json'] })
  expect(recipe.output).toBe('.reproof-output-2/made-1.0.0.tgz')
})

test('without anything that could build what is missing it is packed all the same, so that it shows', async () => {
  const source = { 'package.json': manifest(), 'index.js': 'x' }
  const { runs } = await infer({ source, published: { 'AGENTS.md': 'x', 'index.js': 'x', 'package.json': manifest() } })
  expect(runs).toEqual([['pack', pack, '']])
})

test('a secret that a CI file writes out is not taken along', async () => {
  const source = {
    'package.json': manifest({ scripts: { prepack: 'tsc' } }),
    '.gitlab-ci.yml':
      'variables: { NPM_TOKEN: abc, API_SECRET: abc, PATH: /evil, LD_PRELOAD: x, MODE: fast }\nrelease: { script: [npm publish] }',
  }
  const { recipe } = await infer({ source, published: { 'a.js': 'x', 'package.json': source['package.json'] } })
  expect(JSON.stringify(recipe)).not.toMatch(/abc|evil|LD_PRELOAD/)
  expect(recipe.variables.MODE).toBe('fast')
})

const built = { 'dist/index.js': 'x' }

test.each<[string, Record<string, string>, Partial<Made>, string[], [string, string]]>([
  [
    'pnpm, by its lockfile',
    { 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    {},
    ['pnpm install --ignore-scripts --frozen-lockfile', 'npm run prepack', pack],
    ['pnpm', '9.15.0'],
  ],
  [
    'pnpm in an exact version, by packageManager',
    { 'package.json': packaged({ packageManager: 'pnpm@9.1.0+sha512.abc' }), 'pnpm-lock.yaml': 'lockfileVersion: 5.4' },
    {},
    ['pnpm install --ignore-scripts --frozen-lockfile', 'npm run prepack', pack],
    ['pnpm', '9.1.0'],
  ],
  [
    'yarn 1',
    { 'yarn.lock': '# yarn lockfile v1\n' },
    {},
    ['yarn install --ignore-scripts --ignore-engines --non-interactive --frozen-lockfile', 'npm run prepack', pack],
    ['yarn', '1.22.22'],
  ],
  [
    'yarn 1 whose lockfile does not fit',
    {
      'package.json': packaged({ devDependencies: { a: '^2.0.0', b: 'file:b' } }),
      'yarn.lock': '# yarn lockfile v1\n\na@^1.0.0:\n  version "1.0.0"\n',
    },
    {},
    ['yarn install --ignore-scripts --ignore-engines --non-interactive', 'npm run prepack', pack],
    ['yarn', '1.22.22'],
  ],
  [
    'yarn 4',
    { 'yarn.lock': '__metadata:\n  version: 8\n' },
    {},
    ['YARN_CHECKSUM_BEHAVIOR=throw yarn install --immutable --mode=skip-build', 'npm run prepack', pack],
    ['yarn', '4.9.2'],
  ],
  [
    'yarn 3, which is in the source',
    {
      'yarn.lock': '__metadata:\n  version: 8\n',
      '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-3.8.0.cjs\n',
      '.yarn/releases/yarn-3.8.0.cjs': 'yarn',
    },
    {},
    ['YARN_CHECKSUM_BEHAVIOR=throw yarn install --immutable --mode=skip-build', 'npm run prepack', pack],
    ['yarn', '3.8.0'],
  ],
  [
    'bun',
    { 'bun.lock': '{ "lockfileVersion": 1, }' },
    {},
    ['bun install --ignore-scripts --frozen-lockfile', 'npm run prepack', pack],
    ['bun', '1.2.20'],
  ],
  [
    'pnpm without a lockfile, which a job sets up',
    {
      'package.json': packaged({ devEngines: { packageManager: { name: 'yarn' } }, packageManager: 'pnpm@latest' }),
      '.github/workflows/release.yml':
        'jobs: { release: { steps: [{ uses: pnpm/action-setup@v4, with: { version: 8 } }, { run: pnpm publish }] } }',
    },
    {},
    ['pnpm install --ignore-scripts --no-lockfile', 'npm run prepack', pack],
    ['pnpm', '9.15.0'],
  ],
])('a project of %s, is installed with it', async (_, files, more, runs, manager) => {
  const source = { 'package.json': packaged(), ...files }
  const made = await infer({ source, published: { ...built, 'package.json': source['package.json'] }, ...more })
  expect(made.runs.map(([, run]) => run)).toEqual(runs)
  expect(made.request?.managers?.map(({ name, version }) => [name, version])).toEqual([manager])
  expect(made.recipe.variables.PATH).toMatch(new RegExp(`^/opt/${manager[0]}/bin:/opt/npm/bin:`))
})

function packaged(more: Record<string, unknown> = {}): string {
  return manifest({ scripts: { prepack: 'tsc' }, ...more })
}

test('a package manager that only a script calls is there for it', async () => {
  const source = { 'package.json': manifest({ scripts: { prepack: 'pnpm build', build: 'tsc' } }) }
  const { request, runs } = await infer({ source, published: { ...built, 'package.json': source['package.json'] } })
  expect(request?.managers).toEqual([{ name: 'pnpm', version: '9.15.0' }])
  expect(runs[0]?.[1]).toBe('npm install --ignore-scripts --no-package-lock')
})

test('the release of yarn in the source is compared with that of the registry', async () => {
  const source = {
    'package.json': packaged(),
    'yarn.lock': '__metadata:\n  version: 8\n',
    '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-4.9.2.cjs\n',
  }
  for (const [program, says] of [
    ['yarn', 'is byte for byte'],
    ['another', 'is not what the registry has'],
  ] as const) {
    const published = { ...built, 'package.json': source['package.json'] }
    const { recipe } = await infer({ source: { ...source, '.yarn/releases/yarn-4.9.2.cjs': program }, published })
    expect(recipe.evidence.find(({ says: sentence }) => sentence.includes(says))).toBeDefined()
  }
})

test('what lerna packed gets its commit before npm packs it in the place of lerna', async () => {
  const text = manifest({ version: '1.0.0' })
  const published = text.replace('{', `{\n"gitHead": "${'c'.repeat(40)}",\n`)
  const made = await infer({ source: { 'package.json': text }, published: { 'package.json': published }, gzip: '00ff' })
  expect(made.runs.map(([phase]) => phase)).toEqual(['build', 'pack'])
  expect(made.runs[0]?.[1]).toContain(`' ${'c'.repeat(40)}`)
  expect(made.request?.npm).toBe('10.5.0')
  // lerna does not look at the workspace around a package, of which npm leaves out what is ignored at its root.
  expect(made.runs[1]?.[1]).toContain('npm pack --ignore-scripts --no-workspaces')
})

test('what an action has clean-publish leave is packed, by a step that fetches it and nothing else', async () => {
  const own = manifest({ devDependencies: { a: '1.0.0' } })
  const source = {
    'package.json': own,
    'index.js': 'x',
    '.github/workflows/release.yml': `jobs: { publish: { steps: [
      { uses: ai/clean-npm-project@3f664d1, with: { clean-docs: true } },
      { run: npm publish, working-directory: cleaned-project/ }] } }`,
  }
  const cleaned = { ...JSON.parse(own), devDependencies: undefined }
  const { recipe } = await infer({ source, published: { 'index.js': 'x', 'package.json': JSON.stringify(cleaned) } })
  expect(recipe.steps).toMatchObject([
    { phase: 'build', installs: true, run: expect.stringMatching(/^npx -y clean-publish .* --clean-docs$/) },
    { phase: 'pack', cwd: '.reproof-cleaned' },
  ])
  expect(recipe.evidence.some(({ says }) => says.includes('is left out'))).toBe(false)
  const { recipe: other } = await infer({
    source,
    published: { 'index.js': 'y', 'package.json': JSON.stringify(JSON.parse(own), null, 2) },
  })
  expect(other.steps.at(-1)?.cwd).not.toBe('.reproof-cleaned')
})

test('a project of another manager whose files are all in the source is packed by npm', async () => {
  const source = { 'package.json': manifest({ packageManager: 'pnpm@9.0.0' }), 'pnpm-lock.yaml': '', 'index.js': 'x' }
  expect((await infer({ source, published: ['index.js', 'package.json'] })).runs).toHaveLength(1)
})

test.each<[string, Record<string, string>]>([
  ['is not there', { 'index.js': 'x' }],
  ['is not JSON', { 'package.json': '{' }],
  ['is nested without end', { 'package.json': '['.repeat(1e6) }],
])('a package.json of the source that %s is a problem of its own', async (_, source) => {
  await expect(infer({ source, published: { 'package.json': manifest() } })).rejects.toMatchObject({
    code: 'RECIPE_NOT_INFERRED',
  })
})

test('a source that is larger than any recipe can hold is one, too', async () => {
  const source = {
    'package.json': manifest({ scripts: { prepack: 'tsc' }, name: 'x' }),
    '.gitlab-ci.yml': `variables:\n${Array.from({ length: 300 }, (_, i) => `  V${i}: x`).join('\n')}\nrelease: { script: [npm publish] }`,
  }
  const inferring = infer({ source, published: { 'a.js': 'x', 'package.json': source['package.json'] } })
  await expect(inferring).resolves.toBeDefined()
})
