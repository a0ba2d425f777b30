import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import semver from 'semver'
import { z } from 'zod'
import type { NodeRelease } from './node-lines.ts'

/** Where the index of this version of reproof is; `npm run node-index` makes it anew. */
export const nodeIndexFile = fileURLToPath(new URL('./node-index.json', import.meta.url))

const lineSchema = z.strictObject({
  /** The package whose change log it was read from, and what that hashes to. */
  from: z.string().max(256),
  sha512: z.string().regex(/^[0-9a-f]{128}$/),
  /** Version, day and npm of each release up to that one, newest first. */
  releases: z.array(z.tuple([z.string().max(64), z.iso.date(), z.string().max(64).nullable()])).max(1000),
})

/** What the change logs of Node's lines say, by major version: the packages that carry them have 50 MB each. */
export const nodeIndexSchema = z.record(z.string().regex(/^\d{1,3}$/), lineSchema)

export type NodeIndex = z.infer<typeof nodeIndexSchema>

export async function readNodeIndex(): Promise<NodeIndex> {
  return nodeIndexSchema.parse(JSON.parse(await readFile(nodeIndexFile, 'utf8')))
}

/**
 * Releases of a line, newest first, where the index has all of them that count: it is older than what can be had now, and
 * what came after it is not in it.
 *
 * @param until a version, or a moment in milliseconds: later ones may be missing
 * @param newest of the line that can be had
 */
export function indexedLine(
  index: NodeIndex,
  { major, until, newest }: { major: number; until: string | number; newest: string | undefined },
): NodeRelease[] | undefined {
  const releases = index[major]?.releases.map(([version, day, npm]): NodeRelease => {
    return { version, releasedAt: Date.parse(day), ...(npm !== null && { npm }) }
  })
  const last = releases?.[0]
  if (last === undefined) return undefined
  if (typeof until === 'string') return releases?.some(({ version }) => version === until) ? releases : undefined
  const isComplete = newest === undefined || semver.lte(newest, last.version)
  return isComplete || (last.releasedAt ?? 0) > until ? releases : undefined
}
