import { withParents } from './manifest.ts'
import type { SourceReader } from './reader.ts'

/** Files that a build is described in, in a package's folder, in those above it, or in one for scripts below them. */
const describing =
  /^(?:(?:scripts?|build|tools|config|tasks)\/)?[\w.-]*(?:config|rc|build|bundle|rollup|webpack|gulpfile|gruntfile|release|compile)[\w.-]*\.[cm]?[jt]s$/i
const inScripts = /^(?:scripts?|build|tools|tasks)\/[\w.-]+\.[cm]?[jt]s$/

const mostFiles = 48
const largestFile = 256 * 1024

/** `process.env.CI`, and what the packages that look at it are called. */
const asking =
  /\benv\.CI\b|\benv\[['"]CI['"]\]|['"](?:is-ci|ci-info|std-env|is-in-ci)['"]|\{[^{}]{0,400}\bCI\b[^{}]{0,400}\}\s{0,8}=\s{0,8}process\.env/

/** The first file that asks whether the build runs in CI, among those that say how a package is built. */
export async function readsCi(reader: SourceReader, directory: string): Promise<string | undefined> {
  const paths = [...reader.entries.keys()].filter((path) => describesBuild(path, directory))
  for (const path of paths.slice(0, mostFiles)) {
    if (asking.test(((await reader.text(path)) ?? '').slice(0, largestFile))) return path
  }
  return undefined
}

/** Whether a file is called as those are that configure or do a build, in this folder or one above it. */
export function describesBuild(path: string, directory: string): boolean {
  return withParents(directory).some((folder) => {
    if (folder !== '' && !path.startsWith(`${folder}/`)) return false
    const rest = folder === '' ? path : path.slice(folder.length + 1)
    return describing.test(rest) || inScripts.test(rest)
  })
}
