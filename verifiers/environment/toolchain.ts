import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import semver from 'semver'
import { type Architecture, type Toolchain, toolchainSchema } from '../model/environment.ts'
import { Problem, problemFrom } from '../model/problem.ts'
import type { Progress } from '../model/progress.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import { type ResolveOptions, resolveArtifact } from '../npm/resolve.ts'
import { readTarball } from '../npm/tarball.ts'
import type { ContentStore } from '../store/content.ts'
import { type InFlight, sharing } from '../store/in-flight.ts'
import { removeTree } from '../store/remove.ts'
import { placeFolder } from './place.ts'
import { refetching } from './refetching.ts'
import { fetchSignedNode, signedNodeUnavailable } from './signed-node.ts'
import { createTree } from './tree.ts'

export type ToolchainOptions = {
  name: Toolchain['name']
  /** Exact. */
  version: string
  /** Of Node not the program, but the headers that native modules are compiled with. */
  headers?: true
  architecture: Architecture
  store: ContentStore
  /** Where unpacked toolchains are kept, one folder each; shared by all runs on the machine. */
  folder: string
  registry: RegistryOptions
  /** Where it has to come from, when a recipe says so: the same release is another file there. */
  origin?: Toolchain['origin']
  /** Files with the keys of Node's releasers; with them Node comes from nodejs.org where that can be reached. */
  nodeKeyrings?: string[]
  /** Instead of nodejs.org. */
  nodeAddress?: string
  progress: Progress
  signal: AbortSignal
  inFlight?: InFlight
}

export type UnpackedToolchain = {
  toolchain: Toolchain
  /**
   * To be mounted read-only: `bin/node`, or for the headers `include/node`, or `bin/npm`, `bin/npx` and `lib/node_modules/npm`, as in
   * Node's own distribution; npm runs on the node that is on the PATH. pnpm and yarn are laid out as npm is, of bun
   * there is `bin/bun`; of pako, one file.
   */
  folder: string
}

const markerFile = 'toolchain.json'

/**
 * A Node, a package manager or a pako at an exact version, unpacked for the sandbox unless it already is.
 *
 * @throws {Problem} TOOLCHAIN_UNAVAILABLE, naming the nearest versions that there are; TOOLCHAIN_MISMATCH when what
 * arrives is not what was declared; REGISTRY_… when nobody can be asked
 */
export async function ensureToolchain(options: ToolchainOptions): Promise<UnpackedToolchain> {
  const { name, architecture, headers, folder } = options
  const version = semver.valid(options.version)
  if (version === null) throw unavailable(options, `"${options.version.slice(0, 64)}" is not a version`)
  const origins = options.origin ? [options.origin] : (['nodejs.org', 'registry'] as const)
  for (const origin of origins) {
    const place = join(folder, placeOf({ name, version, origin }, options))
    const isThere = existsSync(place)
    const kept = await readMarker(place, options)
    if (kept) return { toolchain: kept, folder: place }
    // It is placed whole, so that somebody has taken something out of it since.
    if (isThere) await removeTree(place)
  }
  const making = JSON.stringify(['toolchain', name, version, headers, architecture, options.origin, folder])
  const made = await sharing(options.inFlight, making, () => makeToolchain({ ...options, version }))
  const toolchain = await readMarker(made, options)
  if (toolchain) return { toolchain, folder: made }
  throw new Problem('STORE_DAMAGED', `The toolchain in ${made} is not complete.`, {
    hint: 'Delete that folder; it is made anew the next time.',
  })
}

async function makeToolchain(options: ToolchainOptions): Promise<string> {
  const { store, folder } = options
  const make = async (temporary: string) => {
    let isUnpacked = false
    const found = await fetchToolchain({
      ...options,
      async meanwhile(bytes) {
        // Of a try that failed something may be there.
        await removeTree(temporary)
        await unpack(bytes, temporary, options)
        isUnpacked = true
      },
    })
    if (!isUnpacked) await unpack(store.read(found.digests.sha512), temporary, options)
    await writeFile(join(temporary, markerFile), JSON.stringify(found))
    return placeOf(found, options)
  }
  return await refetching(store, () => placeFolder({ parent: folder, make }))
}

function placeOf(
  { name, version, origin }: Pick<Toolchain, 'name' | 'version' | 'origin'>,
  { architecture, headers }: Pick<ToolchainOptions, 'architecture' | 'headers'>,
) {
  if (name === 'bun') return `bun-${version}-${architecture}`
  if (name !== 'node') return `${name}-${version}`
  return `node-${version}-${architecture}${origin === 'registry' ? '' : '-signed'}${headers ? '-headers' : ''}`
}

type Fetching = ToolchainOptions & Pick<ResolveOptions, 'meanwhile'>

async function fetchToolchain(options: Fetching): Promise<Toolchain> {
  const { name, version, origin, nodeKeyrings = [], nodeAddress } = options
  if (name !== 'node' || origin === 'registry') return fetchFromRegistry(options)
  const address = nodeAddress === undefined ? {} : { address: nodeAddress }
  const signed = await fetchSignedNode({ ...options, ...address, keyrings: nodeKeyrings })
  if (signed === undefined && origin === 'nodejs.org') throw signedNodeUnavailable(version)
  return signed ?? fetchFromRegistry(options)
}

async function fetchFromRegistry(options: Fetching): Promise<Toolchain> {
  const { name, version, store, registry, meanwhile, signal } = options
  const spec = `${toolchainPackage(options)}@${version}`
  const progress: Progress = (event) => options.progress({ ...event, stage: 'environment' })
  try {
    const { artifact } = await resolveArtifact({
      ...{ spec, store, registry, progress, signal },
      ...(meanwhile && { meanwhile }),
    })
    const { purl, fileName, digests } = artifact
    return { name, version, purl, fileName, digests, origin: 'registry' }
  } catch (error) {
    const problem = problemFrom(error)
    if (problem.code === 'VERSION_NOT_FOUND' || problem.code === 'PACKAGE_NOT_FOUND') {
      throw unavailable(options, problem.message, problem)
    }
    if (problem.code === 'ARTIFACT_INTEGRITY_MISMATCH') {
      throw new Problem('TOOLCHAIN_MISMATCH', problem.message, {
        ...(problem.hint !== undefined && { hint: problem.hint }),
        details: problem.details,
        cause: problem,
      })
    }
    throw problem
  }
}

/**
 * The package that a toolchain is in. Yarn 2 and later are another package than yarn 1; of bun each architecture has one.
 */
export function toolchainPackage({
  name,
  version,
  architecture,
}: Pick<ToolchainOptions, 'name' | 'version' | 'architecture'>): string {
  if (name === 'node') return nodePackage(architecture)
  if (name === 'bun') return `@oven/bun-linux-${architecture === 'amd64' ? 'x64' : 'aarch64'}`
  return name === 'yarn' && semver.major(version) >= 2 ? '@yarnpkg/cli-dist' : name
}

/** The npm package that carries Node's own binary for Linux. */
export function nodePackage(architecture: Architecture): string {
  return `node-linux-${architecture === 'amd64' ? 'x64' : 'arm64'}`
}

function unavailable({ name, version }: ToolchainOptions, why: string, cause?: Problem): Problem {
  return new Problem('TOOLCHAIN_UNAVAILABLE', `${name} ${version} cannot be had: ${why}`, {
    hint: cause?.hint ?? 'Name another version in the recipe.',
    details: { ...cause?.details, name, version },
    ...(cause && { cause }),
  })
}

/** `undefined` where there is none, or no longer what is run. */
async function readMarker(
  folder: string,
  { name, headers }: Pick<ToolchainOptions, 'name' | 'headers'>,
): Promise<Toolchain | undefined> {
  if (!existsSync(join(folder, headers ? 'include' : programOf(name)))) return undefined
  try {
    const result = toolchainSchema.safeParse(JSON.parse(await readFile(join(folder, markerFile), 'utf8')))
    return result.success ? result.data : undefined
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** npm gives every file of a package this time, so that archives made of them do not change. */
const time = new Date('1985-10-26T08:15:00.000Z')

async function unpack(source: Readable, into: string, options: ToolchainOptions): Promise<void> {
  const { name, version, headers, signal } = options
  const what = `${name} ${version}`
  const wanted = headers ? nodeHeaders : wantedFiles[name]
  const tree = createTree(into, { time })
  const isScript = Object.hasOwn(scripts, name)
  const prefix = isScript ? `lib/node_modules/${name}/` : ''
  await readTarball({
    source,
    what,
    limits: { unpacked: 2 * 1024 ** 3, entries: 200_000, path: 4000 },
    signal,
    onEntry({ path, type, mode }) {
      // npm takes the first folder off, whatever its name, and unpacks nothing but files.
      const place = path.replace(/^\.?\/?[^/]+\//, '')
      if ((type !== 'File' && type !== 'OldFile') || !wanted.test(place)) return undefined
      const programs = isScript ? /^bin\// : /^bin\/(?:node|bun)$/
      const file = tree.openFile(prefix + place, { executable: (mode & 0o111) !== 0 || programs.test(place) })
      return { data: (chunk) => file.write(chunk), end: () => file.close() }
    },
  })
  for (const [program, files] of Object.entries(scripts[name] ?? {})) {
    const script = files.map((file) => `${prefix}bin/${file}`).find((file) => tree.has(file))
    // As Node's own distribution does it: the script's first line has env look for node on the PATH.
    if (script !== undefined) tree.addSymlink(`bin/${program}`, `../${script}`)
  }
  if (name === 'bun' && tree.has('bin/bun')) tree.addSymlink('bin/bunx', 'bun')
  if (!headers && !tree.has(programOf(name))) throw new Problem('TOOLCHAIN_MISMATCH', `${what} has no ${name} in it.`)
  // Where the headers are mounted.
  if (name === 'node') tree.addFolder('include')
  tree.finish()
}

/** Programs of toolchains that run on Node, and the file of the package that each is, in the order of preference. */
const scripts: Partial<Record<Toolchain['name'], Record<string, string[]>>> = {
  npm: { npm: ['npm-cli.js'], npx: ['npx-cli.js'] },
  pnpm: { pnpm: ['pnpm.mjs', 'pnpm.cjs', 'pnpm.js'], pnpx: ['pnpx.mjs', 'pnpx.cjs', 'pnpx.js'] },
  yarn: { yarn: ['yarn.js'], yarnpkg: ['yarn.js'] },
}

/** Where the library is below its folder, for any Node. */
export const pakoFile = 'dist/pako.es5.js'

function programOf(name: Toolchain['name']): string {
  return name === 'pako' ? pakoFile : `bin/${name}`
}

/** Of what few builds need there is more than of all else. */
const nodeHeaders = /^include\/./s

/** Of Node only the program, not the npm that some packages carry; of npm not its manuals, which are a quarter of its files. */
const wantedFiles: Record<Toolchain['name'], RegExp> = {
  node: /^(?:bin\/node|LICENSE)$/,
  npm: /^(?!(?:changelogs|docs?|html|man)\/)(?!.*\.md$)./s,
  pako: /^(?:dist\/pako\.es5\.js|LICENSE)$/,
  pnpm: /^./s,
  yarn: /^./s,
  bun: /^(?:bin\/bun|LICENSE)$/,
}
