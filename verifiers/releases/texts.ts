import type { Readable } from 'node:stream'
import { readTarball } from '../npm/tarball.ts'

/** In bytes. */
const largest = 512 * 1024

/**
 * Texts of a package by the paths of their entries; those that are too large are left out.
 *
 * @throws {Problem} ARCHIVE_…
 */
export async function readTexts(
  source: Readable,
  paths: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  await readTarball({
    ...{ source, what: 'the package', signal },
    onEntry({ path, size }) {
      if (!paths.has(path) || size > largest) return undefined
      const chunks: Uint8Array[] = []
      return {
        data: (chunk) => chunks.push(chunk),
        end: () => void texts.set(path, Buffer.concat(chunks).toString('utf8')),
      }
    },
  })
  return texts
}
