import { z } from 'zod'
import type { SourceTree } from '../source/source-tree.ts'

const text = z.string().max(256).optional().catch(undefined)

/** What locating needs of a package.json; everything else may be anything. */
const manifestSchema = z.object({
  name: text,
  version: text,
  private: z.boolean().optional().catch(undefined),
  files: z.array(z.string().max(4096)).max(10_000).optional().catch(undefined),
  workspaces: z.unknown().optional(),
  release: z.unknown().optional(),
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
  devDependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

export type SourceManifest = z.infer<typeof manifestSchema>

export type ManifestReading = { manifest: SourceManifest } | { unreadable: string }

/** The longest package.json on the registry has some 300 kB. */
const largestManifest = 4 * 1024 * 1024

/** The package.json of folders, or why there is none that can be read, as the end of a sentence about it. */
export async function readSourceManifests(
  tree: SourceTree,
  directories: string[],
): Promise<Map<string, ManifestReading>> {
  const files = await tree.readMany(directories.map(manifestPath), largestManifest)
  const readings = new Map<string, ManifestReading>()
  for (const directory of directories) {
    const path = manifestPath(directory)
    const file = files.get(path)
    if (file === undefined) readings.set(directory, { unreadable: await whyMissing(tree, path) })
    else if (file === 'too-large') readings.set(directory, { unreadable: `is larger than ${largestManifest} bytes` })
    else readings.set(directory, parseManifest(file))
  }
  return readings
}

export function manifestPath(directory: string): string {
  return directory === '' ? 'package.json' : `${directory}/package.json`
}

export function parseManifest(bytes: Buffer): ManifestReading {
  let value: unknown
  try {
    // npm, too, takes a byte order mark.
    value = JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, ''))
  } catch {
    return { unreadable: 'is not JSON' }
  }
  const parsed = manifestSchema.safeParse(value)
  return parsed.success ? { manifest: parsed.data } : { unreadable: 'is not a JSON object' }
}

async function whyMissing(tree: SourceTree, path: string): Promise<string> {
  const entries = await tree.list()
  const entry = entries.find((entry) => entry.path === path)
  if (entry?.kind === 'symlink') return 'is a link, which is not followed'
  if (entry?.kind === 'submodule' || entries.some((entry) => entry.path.startsWith(`${path}/`))) return 'is a folder'
  return 'does not exist'
}

/** The JSON of a package.json's text, `undefined` where it is none, or nested so deep that reading it ran out of stack. */
export function parsedManifest(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}
