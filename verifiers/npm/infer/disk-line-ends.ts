import { createHash } from 'node:crypto'
import { longestCommand } from '../../model/recipe.ts'
import type { SourceTree } from '../../source/source-tree.ts'
import type { PlannedStep } from './build-steps.ts'
import { homeFolder } from './layout.ts'
import { inside } from './manifest.ts'
import type { Published } from './published.ts'
import { quoted } from './shell.ts'
import type { SourceMatch } from './source-match.ts'

const sizeLimit = 1024 * 1024
const mostFiles = 1000

/** For any Node: a file keeps its mode. */
const program =
  'var fs = require("fs"); process.argv.slice(1).forEach(function (path) { fs.writeFileSync(path, fs.readFileSync(path, "binary").replace(/\\n/g, "\\r\\n"), "binary") })'

/**
 * Gives files the line ends that they had on the publisher's disk. git writes those of Windows where it is set up so
 * (https://git-scm.com/docs/gitattributes#_end_of_line_conversion), and leaves a file alone that has not changed since; a
 * file that was never checked out keeps those of its editor. Only files that are then the published ones, byte for byte.
 */
export async function diskLineEnds(options: {
  published: Pick<Published, 'files'>
  match: Pick<SourceMatch, 'changed'>
  tree: Pick<SourceTree, 'readMany'>
  /** Of the package, from the source's root. */
  directory: string
  /** Of the blob ids of what was published. */
  algorithm: 'sha1' | 'sha256'
}): Promise<PlannedStep[]> {
  const { published, match, tree, directory, algorithm } = options
  const blobs = new Map(published.files.map(({ path, blob }) => [path, blob]))
  const changed = match.changed.slice(0, mostFiles)
  const readings = await tree.readMany(
    changed.map((path) => inside(directory, path)),
    sizeLimit,
  )
  const found = changed.filter((path) => {
    const bytes = readings.get(inside(directory, path))
    if (bytes === undefined || bytes === 'too-large' || bytes.includes('\r') || !bytes.includes('\n')) return false
    const other = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    return createHash(algorithm).update(`blob ${other.length}\0`).update(other).digest('hex') === blobs.get(path)
  })
  const run = `node -e '${program}' -- ${found.map(quoted).join(' ')}`
  if (found.length === 0 || run.length > longestCommand) return []
  const says =
    'The published files are those of the source but for these line ends, which they had on the publisher’s disk.'
  return [{ run, cwd: directory, from: 'published tarball', says }]
}

/** What Node gives as the line end of the machine, https://nodejs.org/api/os.html#oseol, in any version that has NODE_OPTIONS. */
const underWindows =
  'var os = require("os"); Object.defineProperty(os, "EOL", { value: "\\r\\n", enumerable: true, configurable: true }); var sync = require("module").syncBuiltinESMExports; if (sync) sync()'

const preloaded = `${homeFolder}/windows-line-ends.js`

/** What a build begins with, and the variables of each of its steps. */
export type BuiltLineEnds = { step: PlannedStep; variables: { NODE_OPTIONS: string } }

/**
 * Lets compilers end lines as under Windows, where published programs that the source does not have show that they did:
 * TypeScript takes what Node says of the machine (https://www.typescriptlang.org/tsconfig/#newLine).
 *
 * @param has whether the source has a path
 * @param directory of the package, from the source's root
 * @param options NODE_OPTIONS of the build without it
 */
export function builtLineEnds(
  published: Pick<Published, 'files'>,
  { has, directory, options }: { has(path: string): boolean; directory: string; options: string | undefined },
): BuiltLineEnds | undefined {
  const isBuilt = ({ path, unixBlob }: Published['files'][number]) =>
    unixBlob !== undefined && /\.[cm]?[jt]sx?$/.test(path) && !has(inside(directory, path))
  if (!published.files.some(isBuilt)) return undefined
  const run = `printf '%s' '${underWindows}' >${preloaded}`
  const says = 'Programs that were built end their lines as under Windows, which Node is asked for as on that system.'
  return {
    step: { run, cwd: '', from: 'published tarball', says },
    variables: { NODE_OPTIONS: [options, `--require=${preloaded}`].filter((one) => one !== undefined).join(' ') },
  }
}
