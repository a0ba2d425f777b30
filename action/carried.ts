import { z } from 'zod'
import { integrityDigests } from '../attestations/dependencies/integrity.ts'
import { oneLine } from '../cli/context.ts'
import { openContext } from '../cli/open-context.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { resolveArtifact } from '../verifiers/npm/resolve.ts'
import { readTarball } from '../verifiers/npm/tarball.ts'
import type { Carried } from './lockfile-entries.ts'
import type { World } from './world.ts'

/** Why a package does not come inside the file that the lockfile says, or the package that brings it. */
export type Carrying = { by: string } | { not: string }

const identitySchema = z.object({ name: z.string(), version: z.string() })
const most = { manifests: 20_000, bytes: 1024 * 1024 }

/** @returns a function that looks into the file of each carrier once */
export function openCarriers(world: World) {
  const known = new Map<string, Promise<Map<string, string>>>()
  return async ({ name, version, carrier }: Carried): Promise<Carrying> => {
    if (!carrier)
      return { not: 'The lockfile says that it comes inside another package, and names none that has a file.' }
    const by = `${carrier.name}@${carrier.version}`
    const key = `${by} ${carrier.integrity}`
    const pending = known.get(key) ?? packagesInside(carrier, world)
    known.set(key, pending)
    try {
      const found = (await pending).get(carrier.place)
      if (found === `${name}@${version}`) return { by }
      const has = found === undefined ? 'does not have it' : `has ${oneLine(found)} in its place`
      return {
        not: `The lockfile says that it comes inside ${by}, whose file ${has}: npm would fetch it without a digest.`,
      }
    } catch (error) {
      world.context.signal.throwIfAborted()
      if (!(error instanceof Problem)) throw error
      return { not: `The lockfile says that it comes inside ${by}, whose file cannot be looked into: ${error.message}` }
    }
  }
}

/** By the folder inside of the package, `name@version` of each package that its file brings along. */
async function packagesInside(
  carrier: NonNullable<Carried['carrier']>,
  { context }: World,
): Promise<Map<string, string>> {
  const { name, version, integrity } = carrier
  const digests = integrityDigests(integrity)
  const declared = (['sha1', 'sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => {
    const value = digests[algorithm]
    return value === undefined ? [] : [{ by: 'lockfile' as const, algorithm, value }]
  })
  const { registry, store, progress, signal } = await openContext(context)
  const spec = `npm:${name}@${version}`
  const { open } = await resolveArtifact({ spec, registry, store, declared, progress, signal })
  const found = new Map<string, string>()
  await readTarball({
    source: open(),
    what: `${name}@${version}`,
    signal,
    onEntry({ path, size }) {
      const place = /^[^/]+\/(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1]
      if (place === undefined || size > most.bytes || found.size >= most.manifests) return undefined
      const chunks: Uint8Array[] = []
      return {
        data: (chunk) => chunks.push(chunk),
        end() {
          const identity = identitySchema.safeParse(parsed(Buffer.concat(chunks).toString('utf8'))).data
          if (identity) found.set(place, `${identity.name}@${identity.version}`)
        },
      }
    },
  })
  return found
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
