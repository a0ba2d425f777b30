import type { Compressor } from '../../verifiers/model/recipe.ts'
import type { Report } from '../../verifiers/model/report.ts'
import type { Source } from '../../verifiers/model/source.ts'
import { grouped } from './grouped.ts'

const mostAgainst = 3
const mostLost = 3

/** What a verdict rests on, as names and values: the published file, where its source is, how it was rebuilt. */
export function foundations({ artifact, source, recipe, rebuild }: Report): [string, string][] {
  const rows: [string, string][] = []
  if (artifact)
    rows.push(['published', `${artifact.fileName}, ${bytes(artifact.size)}, sha256 ${artifact.digests.sha256}`])
  if (source) {
    rows.push(['source', describeSource(source)])
    const against = source.evidence.filter(({ result }) => result === 'disagrees').slice(0, mostAgainst)
    if (rebuild?.lost) rows.push(['but', lostSentence(rebuild.lost)])
    rows.push(...against.map(({ locator, reason }): [string, string] => ['but', `${locator}: ${reason}`]))
  }
  rows.push(...recipeFoundations(recipe))
  if (rebuild) {
    const fetched = rebuild.exchanges.filter(({ purl, from }) => purl !== undefined && from !== 'refused').length
    const refused = rebuild.exchanges.filter(({ from }) => from === 'refused').length
    rows.push(['rebuilt', `${bytes(rebuild.output.size)}, sha256 ${rebuild.output.digests.sha256}`])
    rows.push(['network', networkSentence(fetched, refused)])
    rows.push(['sandbox', rebuild.engine])
  }
  return rows
}

function lostSentence(lost: readonly string[]): string {
  const named = `${lost.slice(0, mostLost).join(', ')}${lost.length > mostLost ? ', …' : ''}`
  return `without ${lost.length === 1 ? 'a file' : `${lost.length} files`} of it that its server has lost: ${named}`
}

/** How it was rebuilt. */
export function recipeFoundations(recipe: Report['recipe']): [string, string][] {
  if (recipe === undefined) return []
  const { environment, steps, compressor } = recipe
  const tools = environment.toolchains.map(({ name, version }) => `${name} ${version}`)
  return [
    ['environment', `${[...tools, `image ${environment.image.digest.slice(0, 19)}…`].join(', ')}`],
    ['steps', steps.map(({ phase }) => phase).join(', ')],
    ...(compressor ? [['compressor', describeCompressor(compressor)] as [string, string]] : []),
  ]
}

/** The one fact about the publisher's machine that makes the rebuilt file the same. */
export function describeCompressor({ toolchain, level, header }: Compressor): string {
  return `${engineOf(toolchain)}, level ${level}, gzip header ${header}`
}

function engineOf({ name, version }: Compressor['toolchain']): string {
  if (name === 'pako') return `zlib as its authors release it (pako ${version})`
  return name === 'bun' ? `zlib-ng, as Bun ${version} has it` : `the zlib of Node ${version}`
}

function networkSentence(fetched: number, refused: number): string {
  const packages =
    fetched === 0 ? 'no package was fetched' : `${fetched} package files fetched, each checked and recorded`
  return refused === 0 ? packages : `${packages}; ${refused} other requests refused`
}

/** Where a source is, in one line. */
export function describeSource(source: Source): string {
  const folder = source.directory ? `, folder ${source.directory}` : ''
  if (source.kind !== 'git') return `${source.repository}${folder}, tree ${source.tree.slice(0, 12)}`
  const ref = source.ref ? ` (${source.ref})` : ''
  return `${source.repository} at ${source.commit}${ref}${folder}`
}

/** 2,968 bytes, 3.1 kB, 12.4 MB: the unit that people compare with. */
export function bytes(count: number): string {
  if (count < 10_000) return `${grouped(count)} bytes`
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`
  return `${(count / 1_000_000).toFixed(1)} MB`
}
