// Makes package-lock.json install the same under every npm and on every platform. Run it after `npm install`.
//
// 1. npm leaves packages of other platforms out of the lock when the registry at hand does not serve them, and `npm ci`
//    then refuses the lock everywhere. They are added by name and version.
// 2. npm silently skips an optional package whose `engines` do not match the Node that runs npm. Here the pinned Node runs
//    everything, so that the Node which runs npm is no reason to leave a platform's binary out: `engines` goes.
// 3. What was added has no digest; where the registry at hand has the package by now, its digest is noted.
//
// `--check` says whether there is something to do.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const packageSchema = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  optional: z.boolean().optional(),
  dev: z.boolean().optional(),
  os: z.array(z.string()).optional(),
  engines: z.unknown().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
const lockSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) })

type Packages = z.infer<typeof lockSchema>['packages']

/** The packages as they should stand in the lock, in npm's order. */
export function settledPackages(packages: Packages): Packages {
  const settled = { ...packages }
  for (const [path, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    if (path === '') continue
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const platform = platformOf(name)
      if (!platform || settled[`node_modules/${name}`] || settled[`${path}/node_modules/${name}`]) continue
      settled[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platform }
    }
  }
  for (const [path, entry] of Object.entries(settled)) {
    if (!entry.optional || !entry.os || entry.engines === undefined) continue
    const { engines: _, ...rest } = entry
    settled[path] = rest
  }
  return Object.fromEntries(Object.entries(settled).sort(([a], [b]) => a.localeCompare(b, 'en')))
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32']

/** What the name of a package with a binary says of its platform: `…-linux-x64-gnu`, `…-wasm32-wasi`. */
function platformOf(name: string): { os?: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.slice(name.indexOf('/') + 1).split('-')
  if (words.includes('wasm32')) return { cpu: ['wasm32'] }
  const at = words.findIndex((word) => systems.includes(word))
  const [os, cpu, abi] = words.slice(at)
  if (at === -1 || os === undefined || cpu === undefined) return undefined
  if (os !== 'linux' || abi === undefined) return { os: [os], cpu: [cpu] }
  return { os: [os], cpu: [cpu], libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] }
}

/** The packages with the digests that `digestOf` knows of those that have none. */
export async function withDigests(
  packages: Packages,
  digestOf: (name: string, version: string) => Promise<string | undefined>,
): Promise<Packages> {
  const entries = Object.entries(packages).map(async ([path, entry]) => {
    const { version, integrity, optional } = entry
    if (!optional || version === undefined || integrity !== undefined) return [path, entry] as const
    const found = await digestOf(path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version)
    return [path, found === undefined ? entry : { version, integrity: found, ...entry }] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** @returns undefined where the registry does not have it, which differs between registries and days */
async function digestInRegistry(name: string, version: string): Promise<string | undefined> {
  const { manifest } = await import('pacote').then(({ default: pacote }) => pacote)
  const { readNpmConfiguration } = await import('../verifiers/npm/configuration.ts')
  const options = await readNpmConfiguration({ env: process.env })
  return await manifest(`${name}@${version}`, options).then(
    ({ _integrity }) => _integrity,
    (error: { code?: string }) => {
      if (error.code === 'E404' || error.code === 'ETARGET') return undefined
      throw error
    },
  )
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '..', 'package-lock.json')
  const text = readFileSync(file, 'utf8')
  // Checked, and used as it stands: what zod gives has its keys in another order.
  const lock = JSON.parse(text)
  lockSchema.parse(lock)
  const packages = settledPackages(lock.packages)
  const written = (all: Packages) => `${JSON.stringify({ ...lock, packages: all }, null, 2)}\n`
  if (!process.argv.includes('--check')) writeFileSync(file, written(await withDigests(packages, digestInRegistry)))
  else if (written(packages) !== text) {
    process.stderr.write('package-lock.json does not install everywhere; run: node tools/settle-lock.ts\n')
    process.exit(1)
  }
}
