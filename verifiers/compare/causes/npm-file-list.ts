import { alarmsOfLiteral, withoutStrayedSeparator } from '../content/alarms.ts'
import { readContent } from '../content/file-kind.ts'
import { alarmsOfLonelyDocument, type KnownOfPackage } from '../content/lonely-document.ts'
import type { ArchiveEntry } from '../entry.ts'

const nestedDocument = /^(?:readme|licen[cs]e|copying)(?:\.(?:md|markdown|txt|rst))?$/i
const rootDocument = /^(?:notice|changelog|changes|history)(?:\.(?:md|markdown|txt|rst))?$/i

/** Versions of npm that pack a file of this name whatever the package lists, or `undefined` where none does. */
export function npmsThatPack({ path, type, mode, size }: ArchiveEntry): string[] | undefined {
  const segments = path.split('/')
  const name = segments.at(-1) ?? ''
  if (type !== 'file' || (mode & 0o111) !== 0 || size > 1024 * 1024) return undefined
  if (segments.length > 2 && nestedDocument.test(name)) return ['10.0.0 to 10.2.4', '9.0.0 to 9.9.2', '6']
  return segments.length === 2 && rootDocument.test(name) ? ['6'] : undefined
}

/**
 * npm 6, 9.0 to 9.9.2 and 10.0 to 10.2.4 put every README and LICENSE below the package into the tarball, npm 6 also a
 * CHANGELOG, HISTORY and NOTICE beside package.json; other versions leave them out (npm-packlist 1 and 2, ignore-walk
 * 6.0.3 and 6.0.4). Measured on klaro 0.7.22 (four nested README.md) and yargs-parser 22.0.0 (CHANGELOG.md).
 *
 * It must be a document in plain text, that tells nobody to run or fetch what the rebuild does not. What it says is still not in the rebuild, so that it stays `unexplained`.
 */
export function explainByFileList(
  entry: ArchiveEntry,
  bytes: Buffer | undefined,
  known: KnownOfPackage,
): { summary: string; evidence: Record<string, unknown> } | undefined {
  const npms = npmsThatPack(entry)
  if (npms === undefined || bytes === undefined) return undefined
  const content = readContent(entry.path, bytes)
  if (content.kind !== 'text') return undefined
  const alarms = alarmsOfLiteral(withoutStrayedSeparator(content.text))
  if (alarms.includes('escaped characters') || alarms.includes('invisible characters')) return undefined
  const isHistory = /(?:^|\/)(?:change|history)[^/]*$/i.test(entry.path)
  if (alarmsOfLonelyDocument(content.text, known, { isHistory }).length > 0) return undefined
  return {
    summary: `The published document is not in the rebuild; npm ${npms.join(', ')} packed such files whatever the package lists.`,
    evidence: { npms, npmRange: npms.map((range) => range.replace(/^(\S+) to (\S+)$/, '>=$1 <=$2')).join(' || ') },
  }
}
