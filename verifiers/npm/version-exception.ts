import type { SourceTree } from '../source/source-tree.ts'
import type { SourceManifest } from './manifest.ts'

/**
 * Why a package.json may have another version than the one published from it, or `undefined` when no reason is known:
 * some projects never write the version into the repository, their release tool does so in its own checkout.
 */
export async function versionException(tree: SourceTree, manifest: SourceManifest): Promise<string | undefined> {
  const { version, devDependencies = {}, scripts = {}, release } = manifest
  const said = version === undefined ? 'no version' : `version ${version}`
  if (version === undefined || /^0\.0\.0(?:$|-)/.test(version)) {
    return `package.json has ${said}, a placeholder that is replaced when the package is published`
  }
  const usedBy = (where: string) =>
    `package.json has ${said}; ${where} uses semantic-release, which sets it when it publishes`.slice(0, 1024)
  if (release !== undefined || 'semantic-release' in devDependencies || mentions(Object.values(scripts))) {
    return usedBy('package.json')
  }
  const files = (await tree.list()).map(({ path }) => path)
  const configuration = files.find((path) => /^(?:\.releaserc(?:\.\w+)?|release\.config\.[cm]?[jt]s)$/.test(path))
  if (configuration !== undefined) return usedBy(configuration)
  const workflows = files.filter((path) => workflowFile.test(path)).slice(0, mostWorkflows)
  for (const [path, text] of await tree.readMany(workflows, largestWorkflow)) {
    if (text !== 'too-large' && mentions([text.toString('utf8')])) return usedBy(path)
  }
  return undefined
}

const workflowFile = /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.travis\.yml|\.circleci\/config\.yml)$/
const mostWorkflows = 32
const largestWorkflow = 1024 * 1024

function mentions(texts: unknown[]): boolean {
  return texts.some((text) => typeof text === 'string' && /\bsemantic-release\b/.test(text))
}
