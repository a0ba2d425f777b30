import { z } from 'zod'
import type { SourceReader } from './reader.ts'

const nameList = z.array(z.string().max(4096)).max(10_000)

const dependencies = z.record(z.string().max(512), z.string().max(4096)).optional().catch(undefined)

/** https://docs.npmjs.com/cli/configuring-npm/package-json#devengines */
const toolRequests = (() => {
  const one = z.object({ name: z.string().max(64), version: z.string().max(256).optional() })
  return z.union([one.transform((it) => [it]), z.array(one).max(16)]).catch([])
})()

/** What of a package.json decides how it was built and packed; what is malformed in it counts as absent. */
const buildManifestSchema = z.object({
  name: z.string().max(512).optional().catch(undefined),
  version: z.string().max(256).optional().catch(undefined),
  files: nameList.optional().catch(undefined),
  scripts: z.record(z.string().max(512), z.string().max(65_536)).catch({}),
  engines: z.record(z.string().max(64), z.string().max(256)).catch({}),
  volta: z.record(z.string().max(64), z.string().max(256)).catch({}),
  packageManager: z.string().max(256).optional().catch(undefined),
  devEngines: z
    .object({ runtime: toolRequests, packageManager: toolRequests })
    .catch({ runtime: [], packageManager: [] }),
  /** Of a project that nx builds: https://nx.dev/reference/project-configuration */
  nx: z
    .object({ name: z.string().max(256) })
    .optional()
    .catch(undefined),
  workspaces: z
    .union([nameList, z.object({ packages: nameList }).transform(({ packages }) => packages)])
    .optional()
    .catch(undefined),
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
  peerDependencies: dependencies,
})

export type BuildManifest = z.infer<typeof buildManifestSchema>

/** A package.json of the source; `undefined` where there is none, or it is none that npm could read. */
export async function readBuildManifest(source: SourceReader, directory: string): Promise<BuildManifest | undefined> {
  const text = await source.text(inside(directory, 'package.json'))
  return text === undefined ? undefined : parseBuildManifest(text)
}

export function parseBuildManifest(text: string): BuildManifest | undefined {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
  const manifest = buildManifestSchema.safeParse(value)
  return manifest.success ? manifest.data : undefined
}

/** Joins a folder of the source, `''` for its root, and a path below it. */
export function inside(directory: string, path: string): string {
  if (directory === '') return path
  return path === '' ? directory : `${directory}/${path}`
}

/** A folder of the source and those above it, the root last. */
export function withParents(directory: string): string[] {
  const folders = [directory]
  for (let folder = directory; folder !== ''; ) {
    folder = folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : ''
    folders.push(folder)
  }
  return folders
}
