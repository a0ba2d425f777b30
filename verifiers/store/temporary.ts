import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeTree } from './remove.ts'

/** A folder for the time of one job. */
export type TemporaryFolder = AsyncDisposable & { path: string }

/**
 * A new folder below the system's own for temporary files. It also goes when `process.exit` ends the process, as the
 * second Ctrl-C does.
 */
export async function temporaryFolder(prefix: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), prefix))
  const remove = () => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    path,
    async [Symbol.asyncDispose]() {
      process.off('exit', remove)
      await removeTree(path)
    },
  }
}
