import type { Severity } from '../difference.ts'
import type { Around } from './document-place.ts'
import { beyondExcuse, mayBeExcused } from './excuses.ts'
import { explainBinary } from './explain-binary.ts'
import { explainJavaScript } from './explain-javascript.ts'
import { explainJson } from './explain-json.ts'
import { explainManifest } from './explain-manifest.ts'
import { explainSourceMap } from './explain-source-map.ts'
import { explainText } from './explain-text.ts'
import type { Explanation } from './explanation.ts'
import { type FileContent, readContent } from './file-kind.ts'
import { explainWriting } from './json-writing.ts'
import { explainLineEnds, hidesInLineEnds } from './line-ends.ts'
import { hidesInSpace } from './plain-space.ts'
import { explainFormattedTypes } from './same-declarations.ts'

/** How bad the difference of another file is, or `undefined` where it is the same. */
export type Differs = (path: string) => Severity | undefined

type Surroundings = {
  around?: Around | undefined
  /** Says it of files that the tools of an ecosystem write. */
  known?: ((path: string, published: string, rebuilt: string) => Explanation | undefined) | undefined
}

/**
 * Why two contents of one path differ. `differs` says it of another path of the package.
 *
 * Whatever is said here, the two are different; a content is only called `benign` when all of what differs has a cause
 * that cannot carry behaviour.
 */
export function explainContent(
  path: string,
  published: Buffer,
  rebuilt: Buffer,
  differs: Differs,
  { known, around }: Surroundings = {},
): Explanation {
  const [a, b] = [readContent(path, published, around), readContent(path, rebuilt, around)]
  if (!('text' in a) || !('text' in b))
    return explainBinary({ kind: a.kind, bytes: published }, { kind: b.kind, bytes: rebuilt })
  if (a.text.startsWith('#!') === b.text.startsWith('#!')) {
    const lineEnds = explainLineEnds(a.text, b.text, a.kind, { path, around })
    if (lineEnds) return lineEnds
  }
  const explanation = known?.(path, a.text, b.text) ?? explainByKind(path, a, b.text, differs)
  const written = jsonKinds.has(a.kind) ? explainWriting(a.text, b.text, a.kind === 'manifest') : undefined
  if (written && (mayBeExcused(explanation) || written.cause === 'repeated-keys')) {
    return beyondExcuse(explanation, written)
  }
  if (!mayBeExcused(explanation)) return explanation
  if ((a.kind === 'javascript' || a.kind === 'types') && hidesInLineEnds(a.text, b.text, a.kind)) {
    const summary =
      'Some lines of the published program end in CRLF and others in LF, so that data can be written in them.'
    return beyondExcuse(explanation, { cause: 'line-endings', summary })
  }
  if (!hidesInSpace(a.text, b.text)) return explanation
  const summary =
    'The published text has white space at the ends of lines, or mixed in front of them, as hidden data has.'
  return beyondExcuse(explanation, { cause: 'invisible-characters', summary })
}

const jsonKinds = new Set(['manifest', 'json', 'source-map'])

function explainByKind(
  path: string,
  a: Extract<FileContent, { text: string }>,
  b: string,
  differs: Differs,
): Explanation {
  switch (a.kind) {
    case 'javascript':
      return explainJavaScript(a.text, b, { isTyped: /\.[cm]?tsx?$/.test(path) })
    case 'types':
      return explainFormattedTypes(a.text, b) ?? explainText(a.text, b, 'types')
    case 'manifest':
      return explainManifest(a.text, b) ?? explainText(a.text, b, 'program')
    case 'json': {
      const explanation = explainJson(a.text, b) ?? explainText(a.text, b, 'program')
      // npm installs what a published shrinkwrap says (https://docs.npmjs.com/cli/configuring-npm/npm-shrinkwrap-json).
      const decides = path.endsWith('npm-shrinkwrap.json') && explanation.cause !== 'json-formatting'
      return decides ? beyondExcuse(explanation, explanation) : explanation
    }
    case 'source-map':
      return explainSourceMap(a.text, b, differs(path.replace(/\.map$/, ''))) ?? explainText(a.text, b, 'program')
    default:
      return explainText(a.text, b, a.kind)
  }
}
