import type { ServerResponse } from 'node:http'
import { download } from '../source/download.ts'
import type { Content, ContentStore } from '../store/content.ts'
import type { FileDeclaration } from './declarations.ts'
import { deliverContent } from './delivery.ts'
import { expectedOf, meets, mismatch, requirementOf } from './integrity.ts'
import type { NetworkLimits } from './limits.ts'
import type { Outcome } from './recording.ts'

/** Serves files that a lockfile names by address and digest: whoever has such a file may give it, and no other. */
export type Files = {
  /**
   * @throws {Problem} DEPENDENCY_INTEGRITY_MISMATCH, ARTIFACT_TOO_LARGE, REGISTRY_UNREACHABLE, SOURCE_REFUSED for an
   * address that is not https, with nothing written to the response yet.
   */
  deliver(file: FileDeclaration, request: { method: string; response: ServerResponse }): Promise<Outcome>
}

type FilesOptions = { store: ContentStore; limits: NetworkLimits; signal: AbortSignal }

export function openFiles(options: FilesOptions): Files {
  const underway = new Map<string, Promise<Fetched>>()
  return {
    async deliver(file, { method, response }) {
      const fetched = underway.get(file.url) ?? obtain(file, options)
      underway.set(file.url, fetched)
      const { content, from } = await fetched
      const headers = { 'content-type': 'application/octet-stream' }
      await deliverContent(content, { store: options.store, method, response, headers, stallMs: options.limits.idleMs })
      const { size, digests } = content
      return { status: 200, size, sha256: digests.sha256, sha512: digests.sha512, from, declaredBy: 'lockfile' }
    },
  }
}

type Fetched = { content: Content; from: 'cache' | 'network' }

async function obtain({ url, integrity }: FileDeclaration, { store, limits, signal }: FilesOptions): Promise<Fetched> {
  const requirement = requirementOf('lockfile', integrity)
  const requirements = requirement ? [requirement] : []
  const key = `file:${url}`
  const kept = await store.recall(key)
  if (kept && meets(kept, requirements)) return { content: kept, from: 'cache' }
  const what = `The file at ${new URL(url).host}`
  const content = await download({
    url,
    store,
    limit: limits.tarballBytes,
    expected: expectedOf(requirements),
    what,
    signal,
    transport: 'https',
    silence: limits.idleMs,
    codes: {
      unreachable: 'REGISTRY_UNREACHABLE',
      mismatch: 'DEPENDENCY_INTEGRITY_MISMATCH',
      tooLarge: 'ARTIFACT_TOO_LARGE',
    },
  })
  // Of several values that are allowed, the store could not check them while it wrote; SHA-384 it did.
  if (requirement?.algorithm !== 'sha384' && !meets(content, requirements)) {
    await store.discard(content.digests.sha512)
    throw mismatch(`${what} is none of what the lockfile declares.`, { actual: content.digests.sha512 })
  }
  await store.remember(key, content)
  return { content, from: 'network' }
}
