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
  for (const [path, bytes] of await tree.readMany(workflows, largestWorkflow)) {
    const text = bytes === 'too-large' ? '' : bytes.toString('utf8')
    if (mentions([text])) return usedBy(path)
    if (setsVersion.test(text)) {
      return `package.json has ${said}; ${path} sets it to another one before it publishes`.slice(0, 1024)
    }
  }
  return undefined
}

/**
 * `npm version ${{ github.ref_name }} --no-git-tag-version`, of which no commit comes: one that a variable names, as that of
 * the tag that started the job. https://docs.npmjs.com/cli/commands/npm-version#git-tag-version
 */
const setsVersion =
  /\b(?:npm|pnpm|yarn) (?:pkg set ["']?version=[^\n]{0,200}\$|version (?=[^\n]{0,200}\$)(?=[^\n]{0,200}--(?:no-git-tag-version|git-tag-version[ =]false)))/

const workflowFile = /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.travis\.yml|\.circleci\/config\.yml)$/
const mostWorkflows = 32
const largestWorkflow = 1024 * 1024

function mentions(texts: unknown[]): boolean {
  return texts.some((text) => typeof text === 'string' && /\bsemantic-release\b/.test(text))
}
