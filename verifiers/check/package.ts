import { readFile, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Release } from '../model/artifact.ts'
import { Problem } from '../model/problem.ts'
import { parseBuildManifest } from '../npm/infer/manifest.ts'
import { npmPurl, packFileName } from '../npm/names.ts'
import { repositoryRoot } from './working-tree.ts'

export type CheckedPackage = {
  /** Absolute, without links. */
  folder: string
  root: string
  isRepository: boolean
  /** Of the package, relative to the root; forward slashes. */
  directory: string
  artifact: Release
}

const largestManifest = 4 * 1024 * 1024

/**
 * The package in a folder.
 *
 * @throws {Problem} FILE_UNREADABLE where there is none that npm could pack
 */
export async function findPackage(path: string): Promise<CheckedPackage> {
  const folder = await realpath(path).catch((error) => {
    throw new Problem('FILE_UNREADABLE', `There is no folder ${path}.`, { hint: 'Check the path.', cause: error })
  })
  const file = join(folder, 'package.json')
  const stats = await stat(file).catch(() => undefined)
  if (!stats?.isFile()) {
    throw unfit(`There is no package.json in ${path}.`, 'Name the folder of a package.')
  }
  if (stats.size > largestManifest) throw unfit(`${file} is larger than ${largestManifest} bytes.`)
  const manifest = parseBuildManifest(await readFile(file, 'utf8'))
  if (manifest === undefined) throw unfit(`${file} is not a JSON object.`)
  const { name, version = '0.0.0' } = manifest
  if (name === undefined || name === '') {
    throw unfit(`${file} has no name, so that npm could not pack it.`, 'Name the folder of one of its packages.')
  }
  if (!packageName.test(name) || !packageVersion.test(version)) {
    throw unfit(`${file} has a name or a version that no package can have.`)
  }
  const root = repositoryRoot(folder)
  return {
    folder,
    root: root ?? folder,
    isRepository: root !== undefined,
    directory: root === undefined ? '' : relative(root, folder),
    artifact: { name, version, purl: npmPurl(name, version), fileName: packFileName(name, version), claims: {} },
  }
}

const packageName = /^(?:@[\w.~-]{1,128}\/)?[\w.~-]{1,214}$/
const packageVersion = /^\d{1,16}\.\d{1,16}\.\d{1,16}(?:[-+][0-9A-Za-z.+-]{1,200})?$/

function unfit(message: string, hint?: string): Problem {
  return new Problem('FILE_UNREADABLE', message, { ...(hint !== undefined && { hint }) })
}
