import type { VersionRequest } from './ci/job.ts'
import { type BuildManifest, inside, parseBuildManifest, withParents } from './manifest.ts'
import type { SourceReader } from './reader.ts'

const fileLimit = 64 * 1024

/** Files that pin Node for whoever works in the folder. */
const versionFiles = ['.nvmrc', '.node-version', '.tool-versions', 'mise.toml', '.mise.toml']

export function isVersionFile(name: string): boolean {
  return versionFiles.includes(name)
}

/** What the source asks of Node outside of CI, the most exact first. Ranges that only set a floor are not among it. */
export async function nodeHints(source: SourceReader, directory: string): Promise<VersionRequest[]> {
  const requests: VersionRequest[] = []
  for (const folder of withParents(directory)) {
    for (const name of [...versionFiles, 'package.json']) {
      const path = inside(folder, name)
      if (source.has(path)) requests.push(...(await versionsInFile(source, path, path)))
    }
  }
  return requests
}

/** The Node version that a file asks for: a version file, or a package.json as setup-node reads it. */
export async function versionsInFile(source: SourceReader, path: string, from: string): Promise<VersionRequest[]> {
  const text = await source.text(path)
  if (text === undefined || (text.length > fileLimit && !path.endsWith('.json'))) return []
  const version = path.endsWith('package.json') ? manifestNode(parseBuildManifest(text)) : versionIn(text)
  return version === undefined
    ? []
    : [{ kind: 'version', ...version, from: version.from ? `${from} ${version.from}` : from }]
}

function manifestNode(manifest: BuildManifest | undefined): { spec: string; from: string } | undefined {
  const volta = manifest?.volta.node
  if (volta !== undefined) return { spec: volta, from: 'volta.node' }
  const runtime = manifest?.devEngines.runtime.find(({ name }) => name === 'node')?.version
  if (runtime !== undefined) return { spec: runtime, from: 'devEngines.runtime' }
  return undefined
}

/** `.nvmrc` and `.node-version` hold the version alone, `.tool-versions` and mise name the tool before it. */
function versionIn(text: string): { spec: string; from: '' } | undefined {
  for (const line of text.split('\n')) {
    const bare = line.replace(/#.*/, '').trim()
    const named = /^"?(?:nodejs|node)"?\s*(?:=\s*)?"?([^"\s]+)/.exec(bare)?.[1]
    const alone = /^v?\d[\w.]*$|^lts\/[\w*-]+$|^(?:node|stable|latest|current)$/.exec(bare)?.[0]
    const spec = named ?? alone
    if (spec !== undefined) return { spec, from: '' }
  }
  return undefined
}

/** What the source asks of npm: `volta`, `packageManager` (corepack) and `devEngines`. */
export function npmHints(manifests: { path: string; manifest: BuildManifest }[]): VersionRequest[] {
  return manifests.flatMap(({ path, manifest }) => {
    const requests: VersionRequest[] = []
    const add = (spec: string | undefined, key: string) => {
      if (spec !== undefined) requests.push({ kind: 'version', spec, from: `${path} ${key}` })
    }
    add(manifest.volta.npm, 'volta.npm')
    add(/^npm@([^+]+)/.exec(manifest.packageManager ?? '')?.[1], 'packageManager')
    add(manifest.devEngines.packageManager.find(({ name }) => name === 'npm')?.version, 'devEngines.packageManager')
    return requests
  })
}
