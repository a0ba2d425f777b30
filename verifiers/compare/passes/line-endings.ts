import { lineEndsAreSeen } from '../content/seen-line-ends.ts'
import type { ContentPass } from './pass.ts'

export const lineEndings: ContentPass = {
  kind: 'content',
  id: 'line-endings',
  version: 3,
  formats: ['npm'],
  changes: 'CRLF becomes LF in JavaScript, TypeScript, JSON, styles, and documents that stand where documents do.',
  safe: 'ECMA-262 and JSON treat both as one line end, also inside of template literals; a document reads the same.',
  never:
    'Files that begin with #!, programs that name what gives the text of a function or have a comment for all of one, programs in other languages, documents elsewhere, what is called JSON and is none, binary files, a CR that stands alone, and a file in which only some lines end in CRLF.',
  apply({ place, kind, text }) {
    const parts = text.split('\r\n')
    // No checkout changes some lines and others not.
    if (parts.length === 1 || parts.some((part) => part.includes('\n'))) return undefined
    if (lineEndsAreSeen(place, kind, text)) return undefined
    return { text: parts.join('\n'), changed: `${parts.length - 1} line ends` }
  },
}
