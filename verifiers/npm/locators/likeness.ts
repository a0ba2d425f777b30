import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { SourceEntry, SourceTree } from '../../source/source-tree.ts'
import type { Published } from '../infer/published.ts'
import { matchSource, type SourceMatch } from '../infer/source-match.ts'
import { manifestPath, parsedManifest } from '../manifest.ts'

/** How much of what was published is in a folder of a source. */
export type Likeness = {
  match: SourceMatch
  /**
   * package.json there against the published one: the same but for the version; most of its fields are the same, as
   * tools leave it that take some out; so, but with another value of one that no tool writes; or neither.
   */
  manifest: 'version' | 'similar' | 'redescribed' | 'other'
  /** How many dependencies package.json there asks for in another range than the published one, but for what tools write. */
  otherDependencies: number
  /** Whether any published file at all is somewhere in the source. */
  copied: boolean
}

const manifestLimit = 4 * 1024 * 1024

export async function likenessOf(options: {
  published: Published
  tree: SourceTree
  directory: string
  algorithm: 'sha1' | 'sha256'
}): Promise<Likeness> {
  const { published, tree, directory } = options
  const match = await matchSource({ ...options, anyLineEnds: true })
  const path = manifestPath(directory)
  const source = (await tree.readMany([path], manifestLimit)).get(path)
  const text = Buffer.isBuffer(source) ? source.toString('utf8') : ''
  const manifest = compareManifests(text, published.manifest)
  const otherDependencies = dependenciesApart(text, published.manifest ?? '')
  const wanted = new Set(
    published.files.flatMap(({ size, blob, unixBlob }) => (size > 0 ? [blob, unixBlob ?? blob] : [])),
  )
  const entries = (await tree.list()) as (SourceEntry & { id?: string })[]
  return { match, manifest, otherDependencies, copied: entries.some(({ id }) => id !== undefined && wanted.has(id)) }
}

/**
 * Whether nothing that was published speaks for the source but the name and the version, which anybody can write: no file
 * of it is there, and package.json is another one.
 */
export function isUnlike({ match, manifest, copied }: Likeness): boolean {
  return match.same === 0 && !copied && manifest === 'other'
}

/** All of it is there; package.json may have another version. */
export function isComplete({ match, manifest }: Likeness): boolean {
  return match.missing.length === 0 && changedFiles({ match, manifest }).length === 0
}

/** Published files that the source has with other bytes, and no release tool writes. */
export function changedFiles({ match, manifest }: Pick<Likeness, 'match' | 'manifest'>): string[] {
  const elsewhere = manifest === 'other' || manifest === 'redescribed'
  return match.changed.filter((path) => path !== 'package.json' || elsewhere)
}

export function describeLikeness({ match }: Likeness): string {
  const { same, otherLineEnds = 0, total, changed, missing } = match
  const parts = [
    ...(changed.length > 0 ? [`other bytes: ${listed(changed)}`] : []),
    ...(missing.length > 0 ? [`not in it: ${listed(missing)}`] : []),
  ]
  const rest = parts.length > 0 ? ` (${parts.join('; ')})` : ''
  const but = otherLineEnds > 0 ? `, ${otherLineEnds} of these but for their line ends` : ''
  return `${same} of ${total} published files are in it with the same bytes${but}${rest}`
}

export function listed(paths: string[]): string {
  const shown = paths.slice(0, 3).map((path) => path.slice(0, 100))
  return paths.length > shown.length ? `${shown.join(', ')} and ${paths.length - shown.length} more` : shown.join(', ')
}

/** Of which the published one may have others in any case. */
const written = new Set(['name', 'version', 'gitHead', 'scripts', 'devDependencies', 'private', 'publishConfig'])
/** What people write about a package. Tools that publish take such fields out, and leave alone what they say. */
const descriptive = ['description', 'repository', 'homepage', 'bugs', 'license', 'author', 'contributors', 'keywords']

function compareManifests(source: string, published: string | undefined): Likeness['manifest'] {
  try {
    const [before, after] = [source, published ?? ''].map((text) => JSON.parse(text.replace(/^\uFEFF/, '')))
    if (isDeepStrictEqual({ ...before, version: after.version }, after)) return 'version'
    const fields = Object.keys(after).filter((field) => !written.has(field))
    const same = fields.filter((field) => isDeepStrictEqual(before[field], after[field]))
    if (same.length * 2 < fields.length || same.length === 0) return 'other'
    const both = descriptive.filter((field) => before[field] !== undefined && after[field] !== undefined)
    return both.every((field) => isDeepStrictEqual(before[field], after[field])) ? 'similar' : 'redescribed'
  } catch {
    // Not JSON, or nested so deep that the comparison ran out of stack.
    return 'other'
  }
}

const rangesSchema = z.record(z.string(), z.unknown()).catch({})
const dependenciesSchema = z
  .object({ dependencies: rangesSchema, devDependencies: rangesSchema, peerDependencies: rangesSchema })
  .partial()

function dependenciesApart(source: string, published: string): number {
  const [before, after] = [source, published].map(
    (text) => dependenciesSchema.safeParse(parsedManifest(text)).data ?? {},
  )
  const kinds = ['dependencies', 'devDependencies', 'peerDependencies'] as const
  const apart = kinds.flatMap((kind) =>
    Object.entries(after?.[kind] ?? {}).filter(([name, range]) => {
      const own = before?.[kind]?.[name]
      // Package managers write a version in place of these.
      return typeof own === 'string' && !/^[a-z]+:/.test(own) && own !== range
    }),
  )
  return apart.length
}
