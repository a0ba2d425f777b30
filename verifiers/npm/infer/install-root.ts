import { matchesGlob } from 'node:path'
import { asRecord, asTexts, parseYaml } from './ci/yaml.ts'
import { hasLock } from './lockfile.ts'
import { type BuildManifest, inside, readBuildManifest, withParents } from './manifest.ts'
import type { SourceReader } from './reader.ts'

export type Project = { directory: string; manifest: BuildManifest }

/**
 * The folder that a package's dependencies are installed in: the nearest one above it that has it as a workspace or has
 * a lockfile; where there is none, its own if it has dependencies, else the nearest above it that has.
 */
export async function findInstallRoot(
  source: SourceReader,
  directory: string,
  manifest: BuildManifest,
): Promise<Project> {
  const projects: Project[] = []
  for (const folder of withParents(directory)) {
    const found = folder === directory ? manifest : await readBuildManifest(source, folder)
    if (!found) continue
    const workspaces = found.workspaces ?? (await pnpmWorkspaces(source, folder))
    projects.push({ directory: folder, manifest: workspaces ? { ...found, workspaces } : found })
  }
  const own = { directory, manifest }
  return (
    projects.find((project) => hasWorkspace(project, directory)) ??
    projects.find((project) => hasLock(source, project.directory)) ??
    projects.find((project) => hasDependencies(project.manifest)) ??
    own
  )
}

/** https://pnpm.io/pnpm-workspace_yaml#packages */
async function pnpmWorkspaces(source: SourceReader, directory: string): Promise<string[] | undefined> {
  const text = await source.text(inside(directory, 'pnpm-workspace.yaml'))
  const parsed = text === undefined ? undefined : parseYaml(text)
  if (parsed === undefined || 'problem' in parsed) return undefined
  const packages = asTexts(asRecord(parsed.value).packages)
  return packages.length > 0 ? packages : undefined
}

function hasDependencies({ dependencies = {}, devDependencies = {} }: BuildManifest): boolean {
  return Object.keys(dependencies).length + Object.keys(devDependencies).length > 0
}

export function hasWorkspace({ directory: root, manifest }: Project, directory: string): boolean {
  const { workspaces } = manifest
  if (workspaces === undefined || root === directory) return false
  const path = root === '' ? directory : directory.slice(root.length + 1)
  const patterns = workspaces.slice(0, 1000).map((pattern) => pattern.replace(/^\.?\/+/, '').replace(/\/+$/, ''))
  const matches = (pattern: string) =>
    pattern.length <= 256 && pattern.split('*').length <= 8 && matchesGlob(path, pattern)
  const excluded = patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))
  return !excluded && patterns.some(matches)
}
