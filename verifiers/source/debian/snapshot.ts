import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { Problem } from '../../model/problem.ts'
import type { ContentStore } from '../../store/content.ts'
import { download } from '../download.ts'

/**
 * Debian's archive of everything that it ever published, by its machine-readable interface:
 * https://salsa.debian.org/snapshot-team/snapshot/-/blob/master/API
 */
export type SnapshotOptions = {
  /** Base address of the service, with a slash at its end. */
  service: string
  store: ContentStore
  signal: AbortSignal
}

export const snapshotService = 'https://snapshot.debian.org/'

/** A file, by SHA-1: that is all that the service says, so that the .dsc's sha256 must follow. */
export type SnapshotFile = { name: string; url: string; sha1: string; size: number }

const answerLimit = 16 * 1024 * 1024
const versionsSchema = z.object({ result: z.array(z.object({ version: z.string().max(256) })).max(10_000) })
const sha1 = z.string().regex(/^[0-9a-f]{40}$/)
const filesSchema = z.object({
  fileinfo: z.record(sha1, z.array(z.object({ name: z.string().max(255), size: z.int().nonnegative() })).max(1024)),
})

/** All versions of a source package that there ever were. */
export async function snapshotVersions(name: string, options: SnapshotOptions): Promise<string[]> {
  const answer = await ask(`mr/package/${encodeURIComponent(name)}/`, versionsSchema, options)
  return answer.result.map(({ version }) => version)
}

/** The files of one version. */
export async function snapshotFiles(
  { name, version }: { name: string; version: string },
  options: SnapshotOptions,
): Promise<SnapshotFile[]> {
  const path = `mr/package/${encodeURIComponent(name)}/${encodeURIComponent(version)}/srcfiles?fileinfo=1`
  const { fileinfo } = await ask(path, filesSchema, options)
  return Object.entries(fileinfo).flatMap(([sha1, places]) =>
    places.map(({ name, size }) => ({ name, size, sha1, url: new URL(`file/${sha1}`, options.service).href })),
  )
}

async function ask<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  { service, store, signal }: SnapshotOptions,
): Promise<z.infer<Schema>> {
  const url = new URL(path, service).href
  const what = "The answer of Debian's snapshot archive"
  const content = await download({ url, store, limit: answerLimit, what, signal, transport: 'https' })
  const parsed = schema.safeParse(parseJson(await text(store.read(content.digests.sha512))))
  if (parsed.success) return parsed.data
  throw new Problem('SOURCE_UNREACHABLE', `${what} is not of the known form.`, { hint: 'Try again later.' })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
