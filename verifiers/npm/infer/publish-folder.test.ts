import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import type { PublishingJob } from './ci.ts'
import { parseBuildManifest } from './manifest.ts'
import { findPublishFolder } from './publish-folder.ts'
import { openReader } from './reader.ts'
import { releasePlugins } from './semantic-release.ts'

type Made = {
  manifest?: Record<string, unknown>
  files?: Record<string, string>
  publishing?: { run: string; directory: string }
  directory?: string
  published?: string[]
  publishedManifest?: Record<string, unknown>
}

async function folder(made: Made) {
  const {
    manifest = {},
    files = {},
    publishing,
    directory = '',
    published = ['index.js'],
    publishedManifest = {},
  } = made
  const sourceManifest = JSON.stringify(manifest)
  const parsed = parseBuildManifest(sourceManifest)
  if (!parsed) throw new Error('no manifest')
  const job = publishing && ({ from: 'ci job', publishing: [publishing] } as unknown as PublishingJob)
  const reader = await openReader(madeTree(files), () => false)
  const own = { directory, manifest: parsed }
  const found = await findPublishFolder({
    reader,
    own,
    plugins: await releasePlugins(reader, own, sourceManifest),
    above: parsed,
    job,
    sourceManifest,
    published: {
      files: published.map((path) => ({ path, size: 0, mode: 0o644, blob: '' })),
      manifest: JSON.stringify(publishedManifest),
    },
  })
  return found?.directory
}

const plugins = ['a', ['@semantic-release/npm', { pkgRoot: './pkg' }]]

test.each<[string, Made, string | undefined]>([
  ['the folder that the job publishes in', { publishing: { run: 'pnpm publish', directory: 'dist' } }, 'dist'],
  ['one that the command names', { publishing: { run: 'npm publish --tag next ./dist/', directory: '' } }, 'dist'],
  [
    'one of which a script only says what would be published',
    { manifest: { scripts: { dryrun: 'npm run build && npm pub ./dist/ --dry-run' } } },
    'dist',
  ],
  [
    'one that a Makefile changes into',
    {
      files: {
        Makefile: 'BUILD = build\nrelease:\n\t$(MAKE) all\n\tcd build/ && npm publish\n\tcd build-es/ && npm publish\n',
      },
    },
    'build',
  ],
  [
    'none of a Makefile that publishes the folder itself',
    { files: { Makefile: 'release:\n\tnpm publish\n\tcd docs && ls\n' } },
    undefined,
  ],
  ['one that the job changes into', { publishing: { run: 'cd dist\nnpm publish', directory: '' } }, 'dist'],
  [
    'one that a script of the job changes into',
    {
      manifest: { scripts: { pub: 'npm run b && cd out && npm publish' } },
      publishing: { run: 'npm run pub', directory: '' },
    },
    'out',
  ],
  [
    'one of a script that publishes for all, before those that do under another tag',
    {
      manifest: {
        scripts: {
          old: '(npm run b) && npm publish ./dist/node10 --tag old',
          pub: '(npm run b) && npm publish ./dist/node14',
          next: 'npm publish dist/next --tag=next',
        },
      },
    },
    'dist/node14',
  ],
  [
    'one that is named under the usual tag, the first of several',
    { manifest: { scripts: { one: 'npm publish one --tag latest', two: 'npm publish two' } } },
    'one',
  ],
  ['one of a script for publishing by hand', { manifest: { scripts: { pub: 'npm publish dist' } } }, 'dist'],
  ['what publishConfig says', { manifest: { publishConfig: { directory: 'dist' } } }, 'dist'],
  ['what semantic-release is told', { manifest: { release: { plugins } } }, 'pkg'],
  ['the same in a file', { files: { '.releaserc': JSON.stringify({ plugins }) } }, 'pkg'],
  ['what rollout is told', { manifest: { release: { publishDir: 'lib' } } }, 'lib'],
  ['what np is told', { manifest: { np: { contents: 'dist' } } }, 'dist'],
  [
    'what lerna is told, in the folder of a member',
    { directory: 'packages/a', files: { 'lerna.json': '{"command":{"publish":{"directory":"dist"}}}' } },
    'packages/a/dist',
  ],
  [
    'the folder that entry points have lost',
    { manifest: { main: './dist/index.js' }, publishedManifest: { main: 'index.js' } },
    'dist',
  ],
  ['none where nothing names one', { publishing: { run: 'npm publish', directory: '' } }, undefined],
  [
    'none where it was published as a folder of the package',
    { publishing: { run: 'npm publish dist', directory: '' }, published: ['dist/index.js'] },
    undefined,
  ],
  ['none outside of the package', { manifest: { publishConfig: { directory: '../other' } } }, undefined],
  ['none of an expression', { publishing: { run: 'npm publish $FOLDER', directory: '' } }, undefined],
  ['no file', { publishing: { run: 'npm publish a.tgz', directory: '' } }, undefined],
])('published is %s', async (_, made, expected) => {
  expect(await folder(made)).toBe(expected)
})
