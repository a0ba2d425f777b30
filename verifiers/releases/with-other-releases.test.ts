import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../fixtures/archives/tar-builder.ts'
import { type ReleaseAttack, releaseAttacks } from '../../fixtures/attacks/other-releases.ts'
import { traceContext } from '../../fixtures/honest/trace-context.ts'
import fc from '../../fixtures/property.ts'
import { madeRegistry, packed } from '../../fixtures/releases/registry.ts'
import { bundle, bundled, type MadeRelease, shelf } from '../../fixtures/releases/shelf.ts'
import { madeTree } from '../../fixtures/source/tree.ts'
import { sideOf } from '../compare/content/code-parts.ts'
import { programsOfReleases } from '../compare/content/releases/programs-of-releases.ts'
import { sameSyntax } from '../compare/content/same-syntax.ts'
import { Problem } from '../model/problem.ts'
import type { RegistryReleases } from './registry-releases.ts'
import { withOtherReleases } from './with-other-releases.ts'

const path = 'package/dist/index.js'
const of = (version: string) => shelf[version] as MadeRelease
const rebuilt = bundle(bundled(of('1.0.0')))
const honest: ReleaseAttack = { name: 'the release', published: bundle(bundled(of('1.1.0'))) }

const archive = (text: string) =>
  gzip(
    buildTar([
      { path: 'package/package.json', data: '{"name":"library","version":"1.2.3"}' },
      { path, data: text },
    ]),
  )

async function judged(attack: ReleaseAttack, registry?: RegistryReleases) {
  const { published, releases = shelf, facts, range = '^1.0.0', publishedAt } = attack
  const { rebuild, readFetched } = traceContext({ fetched: { 'pkg:npm/shelf@1.0.0': packed(of('1.0.0')) } })
  const manifest = range === '' ? {} : { devDependencies: { shelf: range } }
  const used = registry ?? madeRegistry({ shelf: releases }, facts)
  const comparison = await compareBytes(archive(published), archive(rebuilt))
  const result = await withOtherReleases(comparison, {
    openPublished: () => Readable.from([archive(published)], { objectMode: false }),
    openRebuilt: () => Readable.from([archive(rebuilt)], { objectMode: false }),
    ...{ directory: '', tree: madeTree({ 'package.json': JSON.stringify(manifest) }) },
    ...{ exchanges: rebuild.exchanges, readFetched, registry: used, publishedAt },
    signal: AbortSignal.timeout(60_000),
  })
  return { ...result, difference: result.differences.find((one) => one.path === path) }
}

test('code of another release that the package may be built with is named, with the release and what it is', async () => {
  const { verdict, difference } = await judged(honest)
  expect(verdict).toBe('different')
  expect(difference).toMatchObject({
    cause: 'dependency-version',
    severity: 'unexplained',
    evidence: {
      dependencies: [
        {
          name: 'shelf',
          rebuilt: 'pkg:npm/shelf@1.0.0',
          published: 'pkg:npm/shelf@1.1.0',
          integrity: 'sha512-of-1.1.0',
          files: ['shelf/index.js'],
        },
      ],
    },
  })
})

test.each(releaseAttacks)('is not taken for another release: $name', async (attack) => {
  const { verdict, differences } = await judged(attack)
  expect(verdict).toBe('different')
  const suspicious = differences.filter(({ severity }) => severity === 'suspicious')
  expect(suspicious.map((one) => one.path)).toContain(path)
})

test('the names of the attacks are all different', () => {
  expect(new Set(releaseAttacks.map(({ name }) => name)).size).toBe(releaseAttacks.length)
})

test('where nothing is suspicious, nobody is asked', async () => {
  const registry = madeRegistry({ shelf })
  await judged(
    { name: 'the same', published: rebuilt.replace('const limit = 5;', 'const limit = 5; // five\n') },
    registry,
  )
  expect(registry.asked).toEqual([])
})

test.each(['REGISTRY_UNREACHABLE', 'REGISTRY_ANSWER_TOO_LARGE'] as const)(
  'a registry that cannot be asked (%s) is told of, and excuses nothing',
  async (code) => {
    const fails = async () => {
      throw new Problem(code, 'There is no answer.')
    }
    const { difference } = await judged(honest, { published: fails, release: fails })
    expect(difference).toMatchObject({ severity: 'suspicious', evidence: { untraced: { code } } })
  },
)

const files = (version: string) =>
  new Map(Object.entries(of(version).files).map(([name, text]) => [`shelf/${name}`, text]))
const swap = { before: files('1.0.0'), after: files('1.1.0') }
const filesOf = (published: string) => programsOfReleases(published, rebuilt)?.filesOf([swap])

test('no token of the program that was published can be another one', () => {
  const side = sideOf(honest.published)
  const other = fc.constantFrom(...new Set(side.words), 'evil', '"evil"', '7', '')
  const at = fc.nat(side.tokens.length - 1)
  expect(filesOf(honest.published)).toEqual(['shelf/index.js'])
  fc.assert(
    fc.property(at, other, fc.boolean(), (index, word, isMore) => {
      const { start, end } = side.tokens[index] ?? { start: 0, end: 0 }
      const text = `${side.text.slice(0, start)} ${word} ${side.text.slice(isMore ? start : end)}`
      // A semicolon that may be left out, or another of the same.
      fc.pre(sameSyntax(sideOf(text), side) === undefined)
      expect(filesOf(text)).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})
