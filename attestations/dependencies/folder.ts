import { z } from 'zod'
import { readManifests } from '../../verifiers/kept-manifests.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { readDeclaredTree } from './lockfile-tree.ts'
import { mergeDependencies } from './merge.ts'
import type { DependencySet } from './model.ts'

const manifestSchema = z.object({ name: z.string().max(214), version: z.string().max(256).optional() })

/**
 * What the lockfile in a folder declares, where nothing was built.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export async function readFolderDependencies(
  folder: string,
): Promise<{ name: string; version: string | undefined; dependencies: DependencySet }> {
  const manifests = await readManifests(folder, '')
  if (!manifests) {
    throw new Problem('SOURCE_MANIFEST_INVALID', `${folder} has no lockfile beside its package.json.`, {
      hint: 'Make one, with npm: `npm install --package-lock-only`.',
    })
  }
  const declared = await readDeclaredTree(manifests, '')
  const dependencies = mergeDependencies({
    foundations: [],
    declared,
    observations: { observed: [], unhashed: [], refused: 0 },
    inspected: new Map(),
    scriptsAllowed: false,
  })
  const { name, version } = manifestSchema
    .catch({ name: 'unnamed' })
    .parse(JSON.parse(manifests.manifest.toString('utf8')))
  return { name, version, dependencies }
}
