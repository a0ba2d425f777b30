import { resolve } from 'node:path'
import npa from 'npm-package-arg'
import { PackageURL } from 'packageurl-js'
import semver from 'semver'
import { Problem } from '../../model/problem.ts'

/** What was asked for, checked: nothing of it can leave its place in a URL or a path. */
export type ArtifactSpec =
  | { kind: 'registry'; name: string; escapedName: string; wanted: Wanted }
  | { kind: 'file'; path: string }
  | { kind: 'remote'; url: string }

export type Wanted = { type: 'version' | 'tag' | 'range'; spec: string }

const tarballInFolder = /^[^:#]+\.(?:tgz|tar\.gz|tar)$/i

const forms = 'Write name, name@version, @scope/name@tag, pkg:npm/name@version, or the path or URL of a .tgz file.'

/**
 * Reads what a person types for an artifact.
 *
 * @param cwd folder that relative paths of tarballs start from
 * @throws {Problem} SPEC_INVALID
 */
export function parseArtifactSpec(spec: string, { cwd }: { cwd: string }): ArtifactSpec {
  if (spec.length > 4096 || /[\0-\x1f\x7f]/.test(spec)) throw invalid(spec.slice(0, 60), 'it is not one line of text')
  const parsed = spec.startsWith('pkg:') ? parsePurl(spec) : parseNpmSpec(spec.replace(/^npm:/, ''), cwd)
  switch (parsed.type) {
    case 'version':
    case 'tag':
    case 'range':
      return registrySpec(parsed, spec)
    case 'file':
      return { kind: 'file', path: String(parsed.fetchSpec) }
    case 'remote':
      return { kind: 'remote', url: remoteUrl(String(parsed.fetchSpec), spec) }
    case 'git':
      // npm takes folder/name.tgz for owner/repository of GitHub, which is nothing that was published.
      if (tarballInFolder.test(spec)) return { kind: 'file', path: resolve(cwd, spec) }
      throw invalid(spec, 'it names a git repository, not something that was published')
    case 'directory':
      throw invalid(spec, 'it names a folder, not something that was published')
    default:
      throw invalid(spec, 'it is an alias of another package')
  }
}

function registrySpec(parsed: npa.Result, spec: string): ArtifactSpec {
  const { name, escapedName } = parsed
  if (!name || !escapedName) throw invalid(spec, 'it names no package')
  if (name.length > 214) throw invalid(`${name.slice(0, 60)}…`, 'the name is longer than npm allows')
  const type = parsed.type as Wanted['type']
  const wanted = String(parsed.fetchSpec)
  return {
    kind: 'registry',
    name,
    escapedName,
    wanted: { type, spec: type === 'version' ? (semver.clean(wanted, { loose: true }) ?? wanted) : wanted },
  }
}

function parseNpmSpec(spec: string, cwd: string): npa.Result {
  try {
    return npa(spec, cwd)
  } catch (error) {
    throw invalid(spec, error instanceof Error ? error.message : String(error), error)
  }
}

function parsePurl(purl: string): npa.Result {
  let parsed: PackageURL
  try {
    parsed = PackageURL.fromString(purl)
  } catch (error) {
    throw invalid(purl, error instanceof Error ? error.message : String(error), error)
  }
  const { type, namespace, name, version, qualifiers } = parsed
  if (type !== 'npm') throw invalid(purl, `its type is ${type}, and only npm is known`)
  if (qualifiers?.repository_url !== undefined) {
    throw invalid(purl, 'it names a registry, which only the npm configuration can')
  }
  const full = namespace ? `${namespace}/${name}` : name
  return parseNpmSpec(version === undefined || version === null ? full : `${full}@${version}`, '/')
}

function remoteUrl(url: string, spec: string): string {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') throw invalid(spec, 'its URL is not an https one')
  return parsed.href
}

function invalid(spec: string, why: string, cause?: unknown): Problem {
  return new Problem('SPEC_INVALID', `"${spec}" is not something to rebuild: ${why.replace(/\.+$/, '')}.`, {
    hint: forms,
    ...(cause !== undefined && { cause }),
  })
}
