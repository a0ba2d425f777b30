import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import { parseBoundedJson } from './json.ts'
import { isVersion, tarballPath } from './names.ts'

const versionSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  dist: z.looseObject({
    tarball: z.string().max(4096).optional(),
    integrity: z.string().max(4096).optional(),
    shasum: z.string().max(128).optional(),
  }),
})

const packumentSchema = z.looseObject({
  name: z.string(),
  versions: z.record(z.string(), z.unknown()),
  'dist-tags': z.record(z.string(), z.string()).catch({}),
  time: z.record(z.string(), z.unknown()).catch({}),
})

export type PackumentVersion = z.infer<typeof versionSchema>

/** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md */
export type Packument = {
  name: string
  versions: Map<string, PackumentVersion>
  tags: Record<string, string>
  /** When each version was published, and the package `created` and `modified`. */
  time: Record<string, unknown>
  /** The fields that nothing here depends on. */
  rest: Record<string, unknown>
}

/**
 * A registry's answer, with the versions that can be used: those whose entry is of that very package and version.
 *
 * @throws {Problem} REGISTRY_ANSWER_INVALID when it is no packument, or another package's.
 */
export function parsePackument(bytes: Buffer, name: string): Packument {
  const parsed = packumentSchema.safeParse(parse(bytes, name))
  if (!parsed.success) throw invalid(name, 'is not what a registry says of a package')
  const { versions, 'dist-tags': tags, time, name: said, ...rest } = parsed.data
  if (said !== name) throw invalid(name, `is about another package, ${said.slice(0, 214)}`)
  return { name, versions: new Map(usable(versions, name)), tags, time, rest }
}

function* usable(versions: Record<string, unknown>, name: string): Generator<[string, PackumentVersion]> {
  for (const [version, entry] of Object.entries(versions)) {
    const parsed = versionSchema.safeParse(entry).data
    if (parsed && isVersion(version) && parsed.name === name && parsed.version === version) yield [version, parsed]
  }
}

function parse(bytes: Buffer, name: string): unknown {
  try {
    return parseBoundedJson(bytes)
  } catch (error) {
    throw invalid(name, error instanceof RangeError ? 'has too many parts' : 'is not JSON', error)
  }
}

export type Form = 'full' | 'abbreviated'

/**
 * A packument as the registry at `base` would answer it: every tarball's address is below `base`.
 *
 * @throws {Problem} REGISTRY_ANSWER_INVALID when something in it is nested too deeply to be written.
 */
export function renderPackument(packument: Packument, { form, base }: { form: Form; base: string }): Buffer {
  const versions = Array.from(packument.versions, ([version, entry]): [string, unknown] => {
    const placed = placeVersion(entry, base)
    return [version, form === 'full' ? placed : abbreviate(placed)]
  })
  const { name, tags, time, rest } = packument
  const top = { ...(form === 'full' && { ...rest, time }), name, 'dist-tags': tags }
  const modified = form === 'abbreviated' && time.modified !== undefined && { modified: time.modified }
  return stringify({ ...top, ...modified, versions: Object.fromEntries(versions) }, name)
}

/** One version's manifest, placed below `base`. */
export function renderVersion(entry: PackumentVersion, base: string): Buffer {
  return stringify(placeVersion(entry, base), entry.name)
}

function placeVersion(entry: PackumentVersion, base: string): PackumentVersion {
  return { ...entry, dist: { ...entry.dist, tarball: base + tarballPath(entry.name, entry.version) } }
}

/** The fields of the abbreviated form, as the registry's documentation lists them and npm's own adds. */
const abbreviatedFields = [
  'name',
  'version',
  'deprecated',
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'dist',
  'engines',
  'os',
  'cpu',
  'libc',
  'funding',
  '_hasShrinkwrap',
] as const

function abbreviate(entry: PackumentVersion): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const field of abbreviatedFields) if (entry[field] !== undefined) kept[field] = entry[field]
  if (hasInstallScript(entry)) kept.hasInstallScript = true
  return kept
}

function hasInstallScript({ hasInstallScript: declared, scripts }: PackumentVersion): boolean {
  if (typeof declared === 'boolean') return declared
  if (typeof scripts !== 'object' || scripts === null) return false
  return ['preinstall', 'install', 'postinstall'].some((name) => name in scripts)
}

function stringify(value: unknown, name: string): Buffer {
  try {
    return Buffer.from(JSON.stringify(value))
  } catch (error) {
    throw invalid(name, 'is nested too deeply', error)
  }
}

function invalid(name: string, what: string, cause?: unknown): Problem {
  return new Problem('REGISTRY_ANSWER_INVALID', `The registry's answer for ${name} ${what}.`, {
    hint: 'See what the registry has with `npm view`, and configure another one if it stays so.',
    cause,
  })
}
