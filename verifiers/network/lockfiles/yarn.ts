import { parseSyml } from '@yarnpkg/parsers'
import { z } from 'zod'
import { lockfileProblem, most, rangesSchema } from './limits.ts'

/** Of both generations: classic has `resolved` and `integrity`, berry `resolution` and `checksum`. */
export const yarnEntrySchema = z.object({
  version: z.string().max(256).catch(''),
  resolved: z.string().max(8192).optional(),
  integrity: z.string().max(4096).optional(),
  resolution: z.string().max(8192).optional(),
  checksum: z
    .string()
    .max(512)
    .regex(/^[\w/+=-]+$/)
    .optional()
    .catch(undefined),
  conditions: z.string().max(1024).optional().catch(undefined),
  dependencies: rangesSchema,
  optionalDependencies: rangesSchema,
  dependenciesMeta: z
    .record(z.string(), z.object({ optional: z.unknown().optional() }).catch({ optional: false }))
    .catch({}),
})

export type YarnEntry = z.infer<typeof yarnEntrySchema>
/**
 * The entries of a lockfile of yarn by their descriptors, several of which may stand in one key, with commas between.
 *
 * @throws {Problem} SOURCE_MANIFEST_INVALID
 */
export function parseYarnLock(bytes: Buffer): Record<string, unknown> {
  if (bytes.length > most.bytes) throw lockfileProblem('yarn.lock', `is larger than ${most.bytes} bytes`)
  const text = bytes.toString('utf8')
  const isClassic = /^\ufeff?(?:#.*\r?\n)*?#\s+yarn\s+lockfile\s+v1\r?\n/i.test(text.slice(0, 4096))
  try {
    const entries = z.record(z.string(), z.unknown()).parse(parseSyml(text))
    if (isClassic || text.trim() === '' || Object.hasOwn(entries, '__metadata')) return entries
    throw new SyntaxError('neither generation of yarn wrote it')
  } catch (error) {
    throw lockfileProblem('yarn.lock', 'cannot be read as yarn reads it', error)
  }
}

/** `@scope/name@range`, and `alias@npm:name@range` in classic's lockfiles; berry's resolutions name the package itself. */
export function yarnNameOf(descriptor: string, isBerry: boolean): string {
  const at = descriptor.indexOf('@', 1)
  if (at === -1) return descriptor
  const range = descriptor.slice(at + 1)
  const aliased = !isBerry && range.startsWith('npm:') ? range.slice('npm:'.length) : undefined
  return aliased?.includes('@', 1) ? aliased.slice(0, aliased.lastIndexOf('@')) : descriptor.slice(0, at)
}
