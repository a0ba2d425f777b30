import { posix } from 'node:path'
import { readSourceFile } from '../../source/source-tree.ts'
import { isObject, parseJson } from '../content/json.ts'
import type { Tracer } from './tracer.ts'

const largest = 1024 * 1024

type FieldChange = { pointer?: unknown; published?: unknown; rebuilt?: unknown; cause?: unknown; severity?: unknown }

/**
 * Scripts of the published package.json that the rebuilt one lacks, and that the source's has word for word: pnpm takes those
 * away that lead up to publishing, and npm leaves them. Only those that nothing runs which installs the package; the others
 * are called `install-script`, and stay.
 */
export const sourceScript: Tracer = {
  id: 'source-script',
  async trace(difference, { source, tree, signal }) {
    const { cause, path, evidence } = difference
    if (cause !== 'manifest-scripts' || difference.severity !== 'suspicious' || path !== 'package/package.json')
      return undefined
    const changes = Array.isArray(evidence.changes) ? (evidence.changes as FieldChange[]) : []
    // All of them must be there to be looked at.
    if (changes.length === 0 || evidence.count !== changes.length) return undefined
    const grave = changes.filter(({ severity }) => severity === 'suspicious')
    signal.throwIfAborted()
    const bytes = await readSourceFile(tree, posix.join(source.directory, 'package.json'), largest)
    const manifest = bytes && parseJson(bytes.toString('utf8'))
    const scripts = isObject(manifest) && isObject(manifest.scripts) ? manifest.scripts : {}
    const isInSource = ({ pointer, published, rebuilt, cause: why }: FieldChange) => {
      const [, field, name = ''] = String(pointer).split('/')
      const isOwn = why === 'manifest-scripts' && field === 'scripts' && Object.hasOwn(scripts, name)
      return isOwn && rebuilt === undefined && JSON.stringify(scripts[name]) === published
    }
    if (!grave.every(isInSource)) return undefined
    return {
      ...difference,
      cause: 'source-script',
      severity: 'unexplained',
      summary:
        `Only the published package.json has ${grave.map(({ pointer }) => pointer).join(', ')}, word for word as the source has it; nothing runs it where the package is installed.`.slice(
          0,
          4096,
        ),
    }
  },
}
