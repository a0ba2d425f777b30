import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../../verifiers/model/problem.ts'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import { readBounded } from './bounded-file.ts'
import { embeddedRegistryKeys, embeddedTrustRoot } from './embedded-root.ts'
import { jsonFrom } from './json.ts'
import { type TrustRoot, trustRootsFrom } from './trust-root.ts'
import type { StoredFile, UpdatedTrust } from './updated-trust.ts'

/** Of TUF metadata and its two targets; those of the public instance have 40 KB together. */
const most = 32 * 1024 * 1024

export type { UpdatedTrust }

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
  const inUse = await readStored(join(folder, 'in-use.json'), 'inUseSchema')
  if (!inUse) return undefined
  const updated = await readRepository(stateFolder, inUse.repository)
  if (!updated) throw damaged('What it names as in use is not there.')
  return updated
}

/** What an earlier update of this repository brought. */
export async function readRepository(stateFolder: string, id: string): Promise<UpdatedTrust | undefined> {
  const updated = await readStored(join(trustFolder(stateFolder), `${id}.json`), 'updatedTrustSchema')
  for (const file of [updated?.trustedRoot, updated?.registryKeys]) {
    if (file && sha256Of(file.content) !== file.sha256)
      throw damaged('Its digest is not the one that was written with it.')
  }
  return updated
}

type Schemas = Pick<typeof import('./updated-trust.ts'), 'inUseSchema' | 'updatedTrustSchema'>

async function readStored<Name extends keyof Schemas>(
  path: string,
  name: Name,
): Promise<ReturnType<Schemas[Name]['parse']> | undefined> {
  const isThere = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
  if (!isThere) return undefined
  // Nobody who never updated the trust has to wait for zod, which takes as long as a verification.
  const schemas: Schemas = await import('./updated-trust.ts')
  const checked = schemas[name].safeParse(jsonFrom(await readBounded(path, most)))
  if (!checked.success) throw damaged(`${path} is not what was written there.`)
  return checked.data as ReturnType<Schemas[Name]['parse']>
}

/** Keeps what an update brought, and uses it from now on. */
export async function keepUpdated(stateFolder: string, id: string, updated: UpdatedTrust): Promise<void> {
  const folder = trustFolder(stateFolder)
  await writeFileAtomically(join(folder, `${id}.json`), `${JSON.stringify(updated)}\n`)
  await writeFileAtomically(join(folder, 'in-use.json'), `${JSON.stringify({ repository: id })}\n`)
}

export function stored(content: string): StoredFile {
  return { content, sha256: sha256Of(content) }
}

const sha256Of = (content: string): string => createHash('sha256').update(content).digest('hex')

function damaged(detail: string): Problem {
  return new Problem('TRUST_ROOT_INVALID', `The trusted root that was fetched is damaged: ${detail}`, {
    hint: 'Fetch it again with `reproof trust update`, or name one with --trusted-root.',
  })
}
