import type { KeptManifests } from '../../verifiers/kept-manifests.ts'
import type { DeclaredTree } from './declared.ts'

/**
 * What a lockfile declares for the package in `directory`: of npm in every version, a shrinkwrap, of pnpm, or of yarn.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export async function readDeclaredTree(manifests: KeptManifests, directory: string): Promise<DeclaredTree> {
  // Each of the readers takes time to load.
  switch (manifests.lockfile.name) {
    case 'yarn.lock':
      return (await import('./yarn-lock.ts')).readYarnLock(manifests, directory)
    case 'pnpm-lock.yaml':
      return (await import('./pnpm-lock.ts')).readPnpmLock(manifests, directory)
    default:
      return await (await import('./npm-lock.ts')).readNpmLock(manifests, directory)
  }
}
