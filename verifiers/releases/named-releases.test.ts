import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../fixtures/archives/tar-builder.ts'
import { traceContext } from '../../fixtures/honest/trace-context.ts'
import type { Recipe } from '../model/recipe.ts'
import { namedIn, withNamedReleases } from './named-releases.ts'

const archive = (path: string, text: string) =>
  gzip(
    buildTar([
      { path: 'package/package.json', data: '{"name":"library","version":"1.2.3"}' },
      { path, data: text },
    ]),
  )

type Given = { published: string; rebuilt: string; fetched: string[]; path?: string; run?: string; releases?: object }

async function suggested({ published, rebuilt, fetched, path = 'package/licenses.md', run, releases }: Given) {
  const [here, there] = [archive(path, published), archive(path, rebuilt)]
  const purls = fetched.map((one) => `pkg:npm/${one.replace(/^@/, '%40')}`)
  const { rebuild } = traceContext({ fetched: Object.fromEntries(purls.map((purl) => [purl, Buffer.alloc(0)])) })
  const recipe = {
    network: { registryTime: '2024-05-01T00:00:00Z', ...(releases && { releases }) },
    steps: [{ phase: 'install', run: run ?? 'npm install --no-package-lock', cwd: '' }],
  } as unknown as Recipe
  const { differences } = await withNamedReleases(await compareBytes(here, there), {
    openPublished: () => Readable.from([here], { objectMode: false }),
    openRebuilt: () => Readable.from([there], { objectMode: false }),
    ...{ exchanges: rebuild.exchanges, recipe, signal: AbortSignal.timeout(60_000) },
  })
  return differences.flatMap(({ suggestion }) => suggestion?.lines ?? [])
}

const list = (version: string, name = '@scope/part') => `Name: ${name}\nVersion: ${version}\nLicense: MIT\n`

test.each<{ what: string; value?: string } & Given>([
  {
    what: 'a list of licences names another release of what was fetched',
    ...{ published: list('1.1.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'] },
    value: '@scope/part@1.1.0',
  },
  {
    what: 'a path of pnpm does',
    path: 'package/dist/index.js',
    published: '// node_modules/.pnpm/@scope+part@1.1.0/node_modules/@scope/part/index.js\nvar a = 1;\n',
    rebuilt: '// node_modules/.pnpm/@scope+part@1.2.0/node_modules/@scope/part/index.js\nvar a = 2;\n',
    fetched: ['@scope/part@1.2.0'],
    value: '@scope/part@1.1.0',
  },
  {
    what: 'those that are known already stay',
    ...{ published: list('1.1.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'] },
    releases: { other: '3.0.0' },
    value: '@scope/part@1.1.0 other@3.0.0',
  },
  { what: 'nobody fetched it', published: list('1.1.0'), rebuilt: list('1.2.0'), fetched: ['other@1.2.0'] },
  {
    what: 'no range that gave the one gives the other',
    ...{ published: list('2.0.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'] },
  },
  {
    what: 'two of them are named',
    ...{ published: list('1.1.0') + list('1.0.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'] },
  },
  {
    what: 'a lockfile decides',
    ...{ published: list('1.1.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'], run: 'npm ci' },
  },
  {
    what: 'it was tried',
    ...{ published: list('1.1.0'), rebuilt: list('1.2.0'), fetched: ['@scope/part@1.2.0'] },
    releases: { '@scope/part': '1.1.0' },
  },
])(
  'the releases that published files name are suggested, or nothing is: $what',
  async ({ what: _, value, ...given }) => {
    expect(await suggested(given)).toEqual(value === undefined ? [] : [{ line: '/network/releases', value }])
  },
)

test('a long text without a release is read once', () => {
  const text = `${'a/'.repeat(20_000)}${'a@'.repeat(10_000)}${'name: '.repeat(4_000)}`
  const start = performance.now()
  expect(namedIn([text]).size).toBe(0)
  expect(performance.now() - start).toBeLessThan(2000)
})
