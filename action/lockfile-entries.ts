import { z } from 'zod'
import { parseBoundedJson } from '../verifiers/network/json.ts'
import { isPackageName } from '../verifiers/network/names.ts'

const lockfileSchema = z.object({ packages: z.record(z.string(), z.unknown()).default({}) })
const linkSchema = z.object({ link: z.literal(true) })

/**
 * Entries of an npm lockfile that name no package, and that whoever only reads packages passes over: npm installs what such
 * an entry leads to all the same.
 */
export function namelessEntries(bytes: Buffer): string[] {
  const { packages } = lockfileSchema.parse(parseBoundedJson(bytes))
  return Object.entries(packages).flatMap(([path, entry]) => {
    const start = path.lastIndexOf('node_modules/')
    if (start < 0 || linkSchema.safeParse(entry).success) return []
    return isPackageName(path.slice(start + 'node_modules/'.length)) ? [] : [path]
  })
}
