import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { sha256Schema } from '../model/digest.ts'
import { type Architecture, architectureSchema, type Image, imageSchema } from '../model/environment.ts'
import { Problem } from '../model/problem.ts'
import { isPoolPath } from './debian/resolve.ts'

export const lockSchemaUri = 'https://reproof.dev/environment-lock/v1'

const word = z.string().regex(/^[A-Za-z0-9.+:~_-]{1,128}$/)

const lockedPackageSchema = z.strictObject({
  name: word,
  version: word,
  architecture: z.enum(['amd64', 'arm64', 'all']),
  /** In bytes. */
  size: z
    .int()
    .positive()
    .max(256 * 1024 * 1024),
  sha256: sha256Schema,
  /** Inside the archive; no host, so that every mirror will do. */
  path: z.string().max(512).refine(isPoolPath, 'is not a path below pool/'),
})

const lockSchema = z.strictObject({
  schema: z.literal(lockSchemaUri),
  variant: z.enum(['base', 'build']),
  architecture: architectureSchema,
  suite: word,
  component: word,
  /** Of the distribution, as its Release file says: `12.15`. */
  release: word,
  /** When that Release was made, in the form of snapshot.debian.org; every file of the root gets this time. */
  snapshot: z.string().regex(/^\d{8}T\d{6}Z$/),
  /** Fingerprints of the keys whose signature of the Release was checked; empty when there was no keyring to do so. */
  signedBy: z.array(z.string().regex(/^[0-9A-F]{40,64}$/)).max(16),
  packages: z.array(lockedPackageSchema).min(1).max(2000),
})

export type Lock = z.infer<typeof lockSchema>
export type LockedPackage = z.infer<typeof lockedPackageSchema>
export type Variant = Image['variant']

/** Where the locks of this version of reproof are. */
export const locksFolder = fileURLToPath(new URL('./locks/', import.meta.url))

export type LockChoice = { variant: Variant; architecture: Architecture; locks?: string }

export const lockName = ({ variant, architecture }: LockChoice) => `${variant}.${architecture}`

/** Which image each lock gives: sha256 of the lock's bytes and digest of the OCI manifest. */
const imagesSchema = z.record(word, imageSchema.pick({ lock: true, digest: true }))

/** The lock's bytes, with their sha256 and the digest that the image made of them must have. */
export async function readLockFile(choice: LockChoice): Promise<{ bytes: Buffer; sha256: string; digest?: string }> {
  const { locks = locksFolder } = choice
  const [bytes, images] = await Promise.all([readLocksFile(locks, `${lockName(choice)}.json`), readImages(locks)])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const recorded = images[lockName(choice)]
  return { bytes, sha256, ...(recorded?.lock === sha256 && { digest: recorded.digest }) }
}

/** @throws {Problem} LOCK_INVALID */
export function parseLock(bytes: Uint8Array, what: string): Lock {
  return parsed(lockSchema, bytes, what)
}

export async function readImages(locks: string): Promise<z.infer<typeof imagesSchema>> {
  return parsed(imagesSchema, await readLocksFile(locks, 'images.json'), 'images.json')
}

const seedsSchema = z.record(
  z.enum(['base', 'build']),
  z.strictObject({ extends: z.literal('base').optional(), packages: z.array(word), without: z.array(word) }),
)

/** What a variant is made for: the packages it needs, and the dependencies that it does without. */
export async function readSeeds(
  variant: Variant,
  locks = locksFolder,
): Promise<{ seeds: string[]; without: string[] }> {
  const all = parsed(seedsSchema, await readLocksFile(locks, 'seeds.json'), 'seeds.json')
  const { extends: parent, packages, without } = all[variant]
  return { seeds: [...(parent ? all[parent].packages : []), ...packages], without }
}

async function readLocksFile(locks: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(locks, name))
  } catch (error) {
    throw new Problem('LOCK_INVALID', `The environment lock ${name} cannot be read.`, {
      hint: 'Reinstall reproof, or make it anew with "reproof env lock".',
      cause: error,
    })
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array, what: string): z.infer<Schema> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (error) {
    throw new Problem('LOCK_INVALID', `${what} is not JSON.`, { cause: error })
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new Problem('LOCK_INVALID', `${what} is not a valid lock: ${issue?.path.join('.')} ${issue?.message}`, {
    cause: result.error,
  })
}

/** The time that every file of the root gets. */
export function lockTime({ snapshot }: Lock): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(snapshot) ?? []
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
