import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { readSourceFile } from '../../source/source-tree.ts'
import type { Tracer } from './tracer.ts'

const largest = 64 * 1024 * 1024

/**
 * A file that was published as it is in the source, and that the build has written anew: a table of contents, a list of
 * languages, whatever has other versions of what makes it today. It stays as severe as it is; a recipe that leaves the
 * file alone gives the published one.
 */
export const rewrittenSource: Tracer = {
  id: 'rewritten-source',
  async trace(difference, { source, tree, signal }) {
    const { path, kind, evidence } = difference
    const { sha256, type } = (evidence.published ?? {}) as { sha256?: string; type?: string }
    const inside = path.split('/').slice(1).join('/')
    if (kind !== 'changed' || type !== 'file' || sha256 === undefined || inside === 'package.json') return undefined
    signal.throwIfAborted()
    const bytes = await readSourceFile(tree, posix.join(source.directory, inside), largest)
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) return undefined
    return { ...difference, evidence: { ...evidence, asInSource: inside } }
  },
}
