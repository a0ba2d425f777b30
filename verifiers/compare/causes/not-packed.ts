import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { readSourceFile } from '../../source/source-tree.ts'
import { readContent } from '../content/file-kind.ts'
import type { Tracer } from './tracer.ts'

const largest = 64 * 1024 * 1024
const licence = /^(?:licen[cs]e|copying|notice|readme|patents|authors)(?:[-.][\w.-]{1,24})?$/i

/** What npm and Node act on where it is there, and nothing asks for it: https://docs.npmjs.com/cli/using-npm/scripts */
const acts = /^(?:binding\.gyp|server\.js|\.npmrc)$|\.node$/

/**
 * A published file that the rebuild has not, though the source has the very same bytes: under its own path it was left
 * out when the rebuild was packed; a licence or readme of the root was put beside the package.json of a member, as
 * release tools do for monorepos.
 *
 * Nothing is hidden in it, since everybody reads it in the source; but a program that the package's own list leaves out
 * is still no harmless thing to add, so that it stays `unexplained`, and `suspicious` where something acts on its being there.
 */
export const notPacked: Tracer = {
  id: 'not-packed',
  async trace(difference, { source, tree, signal }) {
    const { path, cause, kind, evidence } = difference
    if (kind !== 'removed' || cause !== 'missing') return undefined
    const { sha256, type, mode } = evidence.published as { sha256?: string; type?: string; mode?: string }
    if (type !== 'file' || sha256 === undefined) return undefined
    const inside = path.split('/').slice(1).join('/')
    const places = [...new Set([posix.join(source.directory, inside), ...(licence.test(inside) ? [inside] : [])])]
    for (const place of places) {
      signal.throwIfAborted()
      const bytes = await readSourceFile(tree, place, largest)
      if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) continue
      const added = place !== posix.join(source.directory, inside)
      const executable = (Number.parseInt(mode ?? '0', 8) & 0o111) !== 0
      const isDocument = licence.test(inside) && readContent(inside, bytes).kind === 'text'
      const counts = executable || evidence.effect !== undefined || acts.test(inside)
      return {
        ...difference,
        cause: added ? 'licence-added' : 'not-packed',
        severity: counts ? 'suspicious' : isDocument ? 'benign' : 'unexplained',
        summary: added
          ? `The publisher put ${place} of the source beside the package; the bytes are the same.`
          : `The source has ${place} with the same bytes, but it was not packed.`,
        evidence: { ...evidence, source: place },
      }
    }
    return undefined
  },
}
