import type { PlannedStep } from './build-steps.ts'
import { quoted } from './shell.ts'

/** How `JSON.stringify` wrote a text: what it indents with, and what ends it. */
type Format = { indent: string; end: string }

/** A program for the pinned Node: writes package.json anew in a format. */
const program =
  'var fs = require("fs"), manifest = JSON.parse(fs.readFileSync("package.json", "utf8")); fs.writeFileSync("package.json", JSON.stringify(manifest, null, JSON.parse(process.argv[1])) + JSON.parse(process.argv[2]))'

/**
 * Writes package.json anew as the tool did with which it was released, where the published one says the same as the
 * source's in another format: `json -I`, scripts that set a version. Nothing of the published one but its format is taken.
 *
 * @param source text of package.json in the source
 * @param published text of the published one
 * @param directory of the package
 */
export function manifestFormat(options: {
  source: string
  published: string | undefined
  version: string
  directory: string
}): PlannedStep[] {
  const { source, published, version, directory: cwd } = options
  const format = published === undefined ? undefined : formatOf(published)
  if (published === undefined || format === undefined || writtenIn(source, version, format) !== published) return []
  // What only writes the version keeps the rest.
  if (source === published || writtenIn(source, undefined, format) === source) return []
  const words = [format.indent, format.end].map((part) => quoted(JSON.stringify(part)))
  const says = 'The published package.json says the same as the one of the source, written anew in another format.'
  return [{ run: `node -e '${program}' -- ${words.join(' ')}`, cwd, from: 'published tarball', says }]
}

/** All on one line is a format, too. */
function formatOf(text: string): Format | undefined {
  const indent = text.startsWith('{"') ? '' : /^\{\n([ \t]{1,10})"/.exec(text)?.[1]
  return indent === undefined ? undefined : { indent, end: text.endsWith('\n') ? '\n' : '' }
}

function writtenIn(source: string, version: string | undefined, { indent, end }: Format): string | undefined {
  try {
    const manifest = JSON.parse(source.replace(/^\uFEFF/, '')) as Record<string, unknown>
    return JSON.stringify({ ...manifest, ...(version !== undefined && { version }) }, null, indent) + end
  } catch {
    // Not JSON, or nested so deep that the stack ended.
    return undefined
  }
}
