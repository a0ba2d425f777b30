import { PackageURL } from 'packageurl-js'

/**
 * A package name that may stand in a path: with or without scope, no separators, no dot first, at most 214 bytes. Old
 * names have capitals and `!~*'()`.
 * https://github.com/npm/validate-npm-package-name
 */
const namePattern = /^(?:@[A-Za-z0-9\-_~!*'()][A-Za-z0-9\-._~!*'()]*\/)?[A-Za-z0-9\-_~!*'()][A-Za-z0-9\-._~!*'()]*$/

export function isPackageName(name: string): boolean {
  return name.length <= 214 && namePattern.test(name)
}

/** Loose, as versions from before semver was enforced are; but nothing that could change a path. */
export function isVersion(version: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,255}$/.test(version)
}

/** The name without its scope, which is how tarballs are called. */
export function baseNameOf(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

function scopeOf(name: string): string | undefined {
  return name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
}

/** As npm's client writes it, so that a registry's cache knows it. */
export function packumentPath(name: string): string {
  return name.replace('/', '%2f')
}

/** Where every registry that follows npm's convention keeps a version's tarball, relative to the registry. */
export function tarballPath(name: string, version: string): string {
  return `${name}/-/${baseNameOf(name)}-${encodeURIComponent(version)}.tgz`
}

/**
 * Of one version, or of the package as such.
 * https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md
 */
export function purlOf(name: string, version?: string): string {
  return new PackageURL('npm', scopeOf(name), baseNameOf(name), version, undefined, undefined).toString()
}
