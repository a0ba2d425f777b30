import type { ArchiveEntry } from './entry.ts'
import type { Finding } from './findings.ts'

/** Deeper paths are sorted and not taken apart, which costs more for each path and never much more. */
const usualDepth = 32

/** A file where another entry needs a folder: which of the two is there afterwards depends on order and program. */
export function checkConflicts(entries: readonly ArchiveEntry[], found: (finding: Finding) => void): void {
  const report = (path: string, file: string) => {
    const summary = `The entry is below ${file}, which is not a folder.`
    found({ code: 'path-conflict', path, summary, evidence: { file } })
  }
  if (entries.some(({ path }) => isDeep(path))) checkDeep(entries, report)
  else checkUsual(entries, report)
}

function isDeep(path: string): boolean {
  let depth = 0
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) depth++
  return depth > usualDepth
}

/** Looks at every folder once, however many files are in it. */
function checkUsual(entries: readonly ArchiveEntry[], report: (path: string, file: string) => void): void {
  const files = new Set<string>()
  for (const { path, type } of entries) if (type !== 'directory') files.add(withoutSlash(path))
  const known = new Map<string, string | undefined>()
  for (const entry of entries) {
    const path = withoutSlash(entry.path)
    const file = fileAbove(path, files, known)
    if (file !== undefined) report(path, file)
  }
}

function fileAbove(
  path: string,
  files: ReadonlySet<string>,
  known: Map<string, string | undefined>,
): string | undefined {
  const slash = path.lastIndexOf('/')
  if (slash <= 0) return undefined
  const folder = path.slice(0, slash)
  if (known.has(folder)) return known.get(folder)
  const file = files.has(folder) ? folder : fileAbove(folder, files, known)
  known.set(folder, file)
  return file
}

function checkDeep(entries: readonly ArchiveEntry[], report: (path: string, file: string) => void): void {
  // With NUL for the slash a folder sorts directly before what is in it. `join` makes a flat string, `replaceAll` none.
  const keyOf = ({ path }: ArchiveEntry) => withoutSlash(path).split('/').join('\0')
  const files = entries.filter(({ type }) => type !== 'directory').map(keyOf)
  const all = [...files, ...entries.filter(({ type }) => type === 'directory').map(keyOf)]
  all.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const isFile = new Set(files)
  const above: string[] = []
  for (const path of all) {
    while (above.length > 0 && !path.startsWith(`${above.at(-1)}\0`)) above.pop()
    const file = above.at(-1)
    if (file !== undefined) report(path.replaceAll('\0', '/'), file.replaceAll('\0', '/'))
    if (isFile.has(path) && path !== file) above.push(path)
  }
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.replace(/(?<!\/)\/+$/, '') : path
}
