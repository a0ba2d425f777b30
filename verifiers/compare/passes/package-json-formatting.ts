import { type Json, parseJson, withoutSpace } from '../content/json.ts'
import { isPlainlySpaced } from '../content/plain-space.ts'
import type { ContentPass, PassedFile } from './pass.ts'

export const packageJsonFormatting: ContentPass = {
  kind: 'content',
  id: 'package-json-formatting',
  version: 2,
  formats: ['npm'],
  changes:
    "The white space between the tokens of the package's own package.json, as pnpm and release tools write it anew.",
  safe: 'White space between tokens means nothing in JSON (RFC 8259, 2), and programs read the file with JSON.parse.',
  never:
    'Values, keys, their order, how strings are escaped, a file in which an object has a key twice, and white space that no program writes which formats JSON.',
  apply(file) {
    const value = ownManifest(file)
    if (value === undefined) return undefined
    const written = `${JSON.stringify(value, null, 2)}\n`
    return written === file.text ? undefined : { text: written, changed: 'white space' }
  },
}

/**
 * The value of the package's own package.json, where writing it anew gives the same tokens: JSON.parse loses repeated
 * keys, the order of keys like "1", and how a string or number was written. White space that could hold data is not
 * looked away from.
 */
export function ownManifest({ kind, path, text }: PassedFile): Json | undefined {
  if (kind !== 'manifest' || path.split('/').length !== 2 || !isPlainlySpaced(text)) return undefined
  const value = parseJson(text)
  return value !== undefined && withoutSpace(text) === JSON.stringify(value) ? value : undefined
}
