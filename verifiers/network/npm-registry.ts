import defaults from 'npm-registry-fetch/lib/default-opts.js'
import type { RegistryOptions } from '../npm/configuration.ts'

/** What npm's own client asks where nothing is configured. */
export const libraryRegistry = defaults.registry

/**
 * The registry that npm's own client asks for a package: the one of its scope, or the one for all. As `pickRegistry` of
 * npm-registry-fetch, all of which takes longer to load than a small package to pack.
 */
export function pickRegistry(name: string, options: RegistryOptions): string {
  const ofScope = (scope: unknown) =>
    typeof scope === 'string' ? options[`${scope.replace(/^@?/, '@')}:registry`] : undefined
  const picked = ofScope(/^@[^/]+(?=\/)/.exec(name)?.[0]) || ofScope(options.scope) || options.registry
  return typeof picked === 'string' && picked !== '' ? picked : libraryRegistry
}
