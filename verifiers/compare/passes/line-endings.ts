import type { ContentPass } from './pass.ts'

const kinds = new Set(['javascript', 'types', 'json', 'manifest', 'source-map', 'style', 'text'])

export const lineEndings: ContentPass = {
  kind: 'content',
  id: 'line-endings',
  version: 2,
  formats: ['npm'],
  changes: 'CRLF becomes LF in JavaScript, TypeScript, JSON and plain text.',
  safe: 'ECMA-262 and JSON treat both as one line end, also inside of template literals; a document reads the same.',
  never:
    'Files that begin with #!, programs in other languages, binary files, a CR that stands alone, and a file in which only some lines end in CRLF.',
  apply({ kind, text }) {
    if (!kinds.has(kind) || text.startsWith('#!')) return undefined
    const parts = text.split('\r\n')
    // No checkout changes some lines and others not.
    if (parts.length === 1 || parts.some((part) => part.includes('\n'))) return undefined
    return { text: parts.join('\n'), changed: `${parts.length - 1} line ends` }
  },
}
