import { PackageURL } from 'packageurl-js'

/** https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md */
export function npmPurl(name: string, version: string): string {
  const [scope, bare] = name.startsWith('@') ? name.split('/', 2) : [undefined, name]
  return new PackageURL('npm', scope, bare ?? name, version, undefined, undefined).toString()
}

/** The name that `npm pack` gives its file. */
export function packFileName(name: string, version: string): string {
  return `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}.tgz`
}
