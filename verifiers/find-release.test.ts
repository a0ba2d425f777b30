import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compareBytes } from '../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../fixtures/archives/tar-builder.ts'
import { traceContext } from '../fixtures/honest/trace-context.ts'
import { madeTree } from '../fixtures/source/tree.ts'
import { findRelease } from './find-release.ts'
import type { Rebuild } from './model/rebuild.ts'
import type { Recipe } from './model/recipe.ts'
import type { RegistryReleases } from './releases/registry-releases.ts'
import type { TriedRelease } from './try-releases.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-release-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const archive = (files: Record<string, string>) =>
  gzip(buildTar(Object.entries(files).map(([path, data]) => ({ path: `package/${path}`, data }))))

/** What each release of a minifier writes: the nearer to the right one, the more alike. */
const written = (version: string, right: string) => {
  const words = Array.from({ length: 20 }, (_, index) => `word${index}`)
  const distance = Math.abs(Number(version.split('.').join('')) - Number(right.split('.').join('')))
  return words.map((word, index) => (index < distance ? `other${index}` : word)).join(' ')
}

type Given = {
  right?: string
  built?: string
  range?: string
  fetched?: string[]
  run?: string
  seconds?: number
  published?: Record<string, string>
  rebuilt?: Record<string, string>
}

async function search(given: Given) {
  const { right = '1.3.2', built = '1.9.0', range = '^1.0.0', fetched = ['terser'], run = 'npm install' } = given
  const published = archive({ 'package.json': '{}', 'index.js': written(right, right), ...given.published })
  const rebuilt = archive({ 'package.json': '{}', 'index.js': written(built, right), ...given.rebuilt })
  const purls = fetched.map((name) => `pkg:npm/${name}@${built}`)
  const { rebuild, readFetched } = traceContext({
    fetched: Object.fromEntries(purls.map((purl) => [purl, archive({ 'package.json': '{}' })])),
  })
  const steps = [
    { phase: 'install', exitCode: 0, seconds: 500 },
    { phase: 'build', exitCode: 0, seconds: given.seconds ?? 1 },
  ]
  const recipe = { network: {}, steps: [{ phase: 'install', run, cwd: '' }] } as unknown as Recipe
  const rounds: string[][] = []
  const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.3.1', '1.3.2', '1.3.3', '1.4.0', '1.9.0', '2.0.0']
  const registry = {
    published: async () => versions.map((version) => ({ version, isDeprecated: false })),
  } as unknown as RegistryReleases
  const change = await findRelease(
    {
      comparison: await compareBytes(published, rebuilt),
      rebuild: { ...rebuild, steps } as unknown as Rebuild,
      recipe,
    },
    {
      openPublished: () => Readable.from([published], { objectMode: false }),
      ...{ readFetched, registry, directory: '', signal: AbortSignal.timeout(60_000) },
      tree: madeTree({ 'package.json': JSON.stringify({ devDependencies: { terser: range } }) }),
      async pack(releases) {
        rounds.push(releases.map(({ name, version }) => `${name}@${version}`))
        const packed: { release: TriedRelease; path: string }[] = []
        for (const [index, release] of releases.entries()) {
          // With one of them nothing could be built.
          if (release.version === '1.1.0') continue
          const path = join(folder, `${rounds.length}-${index}.tgz`)
          await writeFile(path, archive({ 'package.json': '{}', 'index.js': written(release.version, right) }))
          packed.push({ release, path })
        }
        return packed
      },
    },
  )
  return { change, rounds }
}

test('the last of each minor version is tried, then those near the nearest', async () => {
  const { change, rounds } = await search({})
  expect(rounds[0]).toEqual(['terser@1.0.0', 'terser@1.1.0', 'terser@1.2.0', 'terser@1.3.3', 'terser@1.4.0'])
  expect(rounds[1]?.slice(0, 2)).toEqual(['terser@1.3.2', 'terser@1.3.1'])
  expect(change).toEqual({
    line: '/network/releases',
    to: 'terser@1.3.2',
    reason: 'With terser 1.3.2 in place of 1.9.0 one more file is as published.',
  })
})

test('of many files that differ some are looked at', async () => {
  const many = (text: string) =>
    Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`z${index}.js`, `console.log(${text}, ${index})`]))
  const { change } = await search({ published: many('1'), rebuilt: many('2') })
  expect(change?.to).toBe('terser@1.3.2')
})

test('nothing more is built where all is as published', async () => {
  const { change, rounds } = await search({ right: '1.2.0' })
  expect([change?.to, rounds.length]).toEqual(['terser@1.2.0', 1])
})

test.each<[string, Given, number]>([
  ['no release gives it', { right: '1.3.7' }, 2],
  ['what installs it would not take another', { range: '1.9.0' }, 0],
  ['nothing that was fetched writes code', { fetched: ['left-pad'] }, 0],
  ['the build takes long', { seconds: 101 }, 0],
  ['a file that no program writes differs, too', { published: { 'a.txt': 'a' }, rebuilt: { 'a.txt': 'b' } }, 0],
  ['a file is missing, too', { published: { 'own.js': 'own()' } }, 0],
])('nothing is found where %s', async (_, given, rounds) => {
  const found = await search(given)
  expect([found.change, found.rounds.length]).toEqual([undefined, rounds])
})
