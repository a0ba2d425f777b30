import type { ContentPass } from './pass.ts'

const kinds = new Set(['javascript', 'types', 'json', 'manifest', 'source-map', 'style', 'text'])

export const lineEndings: ContentPass = {
  kind: 'content',
  id: 'line-endings',
  version: 1,
  formats: ['npm'],
  changes: 'CRLF becomes LF in JavaScript, TypeScript, JSON and plain text.',
  safe: 'ECMA-262 and JSON treat both as one line end, also inside of template literals; a document reads the same.',
  never: 'Files that begin with #!, programs in other languages, binary files, and a CR that stands alone.',
  apply({ kind, text }) {
    if (!kinds.has(kind) || text.startsWith('#!')) return undefined
    const parts = text.split('\r\n')
    if (parts.length === 1) return undefined
    return { text: parts.join('\n'), changed: `${parts.length - 1} line ends` }
  },
}
