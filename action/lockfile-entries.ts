import { z } from 'zod'
import { parseBoundedJson } from '../verifiers/network/json.ts'
import { isPackageName, isVersion } from '../verifiers/network/names.ts'

const lockfileSchema = z.object({ packages: z.record(z.string(), z.unknown()).default({}) })
const entrySchema = z.object({
  name: z.string().max(214).optional(),
  version: z.string().max(256).optional(),
  integrity: z.string().max(4096).optional(),
  link: z.boolean().optional(),
  inBundle: z.boolean().optional(),
})

const folder = 'node_modules/'

/** Name that an entry has by its place; nothing for one that is no dependency. */
function placedName(path: string): string | undefined {
  const start = path.lastIndexOf(folder)
  return start < 0 ? undefined : path.slice(start + folder.length)
}

const entriesOf = (bytes: Buffer) => Object.entries(lockfileSchema.parse(parseBoundedJson(bytes)).packages)

/**
 * Entries of an npm lockfile that name no package, and that whoever only reads packages passes over: npm installs what such
 * an entry leads to all the same.
 */
export function namelessEntries(bytes: Buffer): string[] {
  return entriesOf(bytes).flatMap(([path, entry]) => {
    const name = placedName(path)
    return name === undefined || entrySchema.safeParse(entry).data?.link || isPackageName(name) ? [] : [path]
  })
}

/** What stands in a lockfile without a digest, because it is said to come inside the file of another package. */
export type Carried = {
  name: string
  version: string
  /** Of the package whose file it is said to be in; absent where that is nothing that is fetched. */
  carrier?: { name: string; version: string; integrity?: string; place: string }
}

/** https://docs.npmjs.com/cli/configuring-npm/package-lock-json#packages */
export function carriedEntries(bytes: Buffer): Carried[] {
  const entries = new Map(entriesOf(bytes).map(([path, entry]) => [path, entrySchema.safeParse(entry).data]))
  const named = (path: string) => {
    const entry = entries.get(path)
    const name = entry?.name ?? placedName(path)
    const version = entry?.version
    if (!entry || name === undefined || version === undefined) return undefined
    return isPackageName(name) && isVersion(version) ? { ...entry, name, version } : undefined
  }
  return [...entries].flatMap(([path, entry]): Carried[] => {
    const own = named(path)
    if (!entry?.inBundle || entry.integrity !== undefined || !own) return []
    let from = path
    do from = from.slice(0, Math.max(0, from.lastIndexOf(`/${folder}`)))
    while (entries.get(from)?.inBundle)
    const carrier = from === '' ? undefined : named(from)
    const { name, version } = own
    if (!carrier) return [{ name, version }]
    const { integrity } = carrier
    const place = path.slice(from.length + 1)
    const of = { name: carrier.name, version: carrier.version, place, ...(integrity !== undefined && { integrity }) }
    return [{ name, version, carrier: of }]
  })
}
