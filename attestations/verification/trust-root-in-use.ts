import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Problem } from '../../verifiers/model/problem.ts'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import { readBounded } from './bounded-file.ts'
import { embeddedRegistryKeys, embeddedTrustRoot } from './embedded-root.ts'
import { jsonFrom } from './json.ts'
import { type TrustRoot, trustRootsFrom } from './trust-root.ts'

/** Of TUF metadata and its two targets; those of the public instance have 40 KB together. */
const most = 32 * 1024 * 1024

const fileSchema = z.strictObject({
  /** As text; both signed by the repository through their digests. */
  content: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})

/** What an update brought, in one file, so that there is all of it or nothing. */
const updatedTrustSchema = z.strictObject({
  schema: z.literal('https://reproof.dev/trust/v1'),
  mirror: z.url(),
  /** Of the first root, where the user gave one; the embedded one otherwise. */
  firstRoot: z.string().optional(),
  updatedAt: z.iso.datetime(),
  trustedRoot: fileSchema,
  /** The npm registry's keys, of a repository that has them. */
  registryKeys: fileSchema.optional(),
  /** By file name: what the next update must not fall behind. */
  metadata: z.record(z.string().regex(/^[\w%.-]+\.json$/), z.string()),
})

export type UpdatedTrust = z.infer<typeof updatedTrustSchema>

const inUseSchema = z.strictObject({ repository: z.string().regex(/^[0-9a-f]{64}$/) })

/** Where the trust of this user is kept. */
export const trustFolder = (stateFolder: string): string => join(stateFolder, 'trust')

/** A repository is another one when it begins with another root, wherever it lies. */
export function repositoryId(mirror: string, firstRoot: string | undefined): string {
  return createHash('sha256')
    .update(`${mirror}\n${firstRoot ?? 'embedded'}`)
    .digest('hex')
}

export type TrustInUse = {
  root: TrustRoot
  registryKeys: Buffer
  /** Absent for what reproof was released with. */
  updated?: UpdatedTrust
}

/**
 * Whom verification believes when nobody says otherwise: what `reproof trust update` fetched, or what reproof was released
 * with. Opens no socket.
 *
 * @throws {Problem} TRUST_ROOT_INVALID when what was fetched is damaged: falling back in silence would change whom one trusts.
 */
export async function trustInUse(stateFolder: string): Promise<TrustInUse> {
  const updated = await readUpdated(stateFolder)
  if (!updated) return { root: embeddedTrustRoot(), registryKeys: embeddedRegistryKeys() }
  const [root] = trustRootsFrom(Buffer.from(updated.trustedRoot.content), `updated from ${updated.mirror}`)
  if (!root) throw damaged('It has no trusted root.')
  const { registryKeys } = updated
  return {
    root: { ...root, publishedOn: updated.updatedAt.slice(0, 10) },
    registryKeys: registryKeys ? Buffer.from(registryKeys.content) : embeddedRegistryKeys(),
    updated,
  }
}

async function readUpdated(stateFolder: string): Promise<UpdatedTrust | undefined> {
  const folder = trustFolder(stateFolder)
  const inUse = await readStored(join(folder, 'in-use.json'), inUseSchema)
  if (!inUse) return undefined
  const updated = await readRepository(stateFolder, inUse.repository)
  if (!updated) throw damaged('What it names as in use is not there.')
  return updated
}

/** What an earlier update of this repository brought. */
export async function readRepository(stateFolder: string, id: string): Promise<UpdatedTrust | undefined> {
  const updated = await readStored(join(trustFolder(stateFolder), `${id}.json`), updatedTrustSchema)
  for (const file of [updated?.trustedRoot, updated?.registryKeys]) {
    if (file && sha256Of(file.content) !== file.sha256)
      throw damaged('Its digest is not the one that was written with it.')
  }
  return updated
}

async function readStored<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema> | undefined> {
  const isThere = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  if (!isThere) return undefined
  const checked = schema.safeParse(jsonFrom(await readBounded(path, most)))
  if (!checked.success) throw damaged(`${path} is not what was written there.`)
  return checked.data
}

/** Keeps what an update brought, and uses it from now on. */
export async function keepUpdated(stateFolder: string, id: string, updated: UpdatedTrust): Promise<void> {
  const folder = trustFolder(stateFolder)
  await writeFileAtomically(join(folder, `${id}.json`), `${JSON.stringify(updated)}\n`)
  await writeFileAtomically(join(folder, 'in-use.json'), `${JSON.stringify({ repository: id })}\n`)
}

export function stored(content: string): z.infer<typeof fileSchema> {
  return { content, sha256: sha256Of(content) }
}

const sha256Of = (content: string): string => createHash('sha256').update(content).digest('hex')

function damaged(detail: string): Problem {
  return new Problem('TRUST_ROOT_INVALID', `The trusted root that was fetched is damaged: ${detail}`, {
    hint: 'Fetch it again with `reproof trust update`, or name one with --trusted-root.',
  })
}
