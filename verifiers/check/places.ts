import type { Place } from '../model/check.ts'
import type { Recipe } from '../model/recipe.ts'
import { inside, parseBuildManifest, withParents } from '../npm/infer/manifest.ts'
import { scriptsReachedBy } from '../npm/infer/scripts.ts'
import { commandsOf } from '../npm/infer/shell.ts'
import type { SourceTree } from '../source/source-tree.ts'
import { type Blamed, knowledge } from './causes-of-variation.ts'

/** A file that takes part in a build, and how surely it does: the lower the nearer. */
export type BuildFile = { path: string; text: string; distance: number }

const mostFiles = 300
const largestFile = 256 * 1024
const deepest = 4

/** By their names: where tools look for their settings, and where projects keep what builds them. */
const configuration =
  /^(?:[\w.-]+\.config\.[cm]?[jt]s|\.[\w-]+rc(?:\.[cm]?js|\.json)?|Gruntfile\.\w+|[Gg]ulpfile(?:\.\w+)+|Makefile|reproof\.yaml|(?:build|bundle|rollup|webpack|vite|esbuild|tsup|release|publish|prepack|prepare|karma|browserify|make)[\w.-]*\.(?:[cm]?[jt]s|sh|py))$/
const buildFolder = /^(?:build|scripts?|tools?|config|tasks?|gulp|grunt|bin|\.config|rollup|webpack)\//
const code = /\.(?:[cm]?[jt]sx?|json|sh|py|mk)$|(?:^|\/)(?:Makefile|Gruntfile|gulpfile)[^/]*$/

/**
 * The files of a project that decide how it is built, of the package and of the folders above it: what its scripts name,
 * what those import, and configuration by its usual names. Dependencies are not among them.
 */
export async function buildFiles(tree: SourceTree, recipe: Recipe): Promise<BuildFile[]> {
  const { directory } = recipe.source
  const folders = withParents(directory)
  const paths = new Set((await tree.list()).filter(({ kind }) => kind !== 'symlink').map(({ path }) => path))
  const files = new Map<string, BuildFile>()
  const add = async (wanted: string[], distance: number) => {
    const fresh = [...new Set(wanted)].filter((path) => paths.has(path) && !files.has(path))
    const room = Math.max(0, mostFiles - files.size)
    const readings = await tree.readMany(fresh.slice(0, room), largestFile)
    const added = [...readings].flatMap(([path, bytes]) =>
      bytes === 'too-large' ? [] : [{ path, text: bytes.toString('utf8'), distance }],
    )
    for (const file of added) files.set(file.path, file)
    return added
  }
  const manifests = await add(
    folders.map((folder) => inside(folder, 'package.json')),
    0,
  )
  let frontier = await add(
    manifests.flatMap((manifest) => namedByScripts(manifest, recipe, paths)),
    1,
  )
  const usual = [...paths].filter((path) => isConfiguration(path, folders))
  for (let distance = 2; distance <= deepest && frontier.length > 0; distance++) {
    frontier = await add(
      frontier.flatMap((file) => importsOf(file, paths)),
      distance,
    )
  }
  const configured = await add(usual, 3)
  await add(
    configured.flatMap((file) => importsOf(file, paths)),
    4,
  )
  return [...files.values()]
}

function isConfiguration(path: string, folders: string[]): boolean {
  const folder = folders.find((folder) => folder === '' || path.startsWith(`${folder}/`)) ?? ''
  const rest = folder === '' ? path : path.slice(folder.length + 1)
  if (/(?:^|\/)(?:node_modules|tests?|__tests__|docs|examples?|dist)\//.test(rest)) return false
  return rest.includes('/') ? buildFolder.test(rest) && code.test(rest) : configuration.test(rest)
}

/** Words of the scripts that are run which are paths of files. */
function namedByScripts({ path, text }: BuildFile, recipe: Recipe, paths: ReadonlySet<string>): string[] {
  const { scripts = {} } = parseBuildManifest(text) ?? {}
  const folder = path === 'package.json' ? '' : path.slice(0, -'/package.json'.length)
  const steps = recipe.steps.filter(({ phase, cwd }) => phase !== 'install' && cwd === folder)
  const texts = steps.flatMap(({ run }) => [run, ...[...scriptsReachedBy(run, scripts)].flatMap(withHooks(scripts))])
  return texts.flatMap(commandsOf).flatMap((words) =>
    words.flatMap((word) => {
      const bare = word.replace(/^.*=/, '').replace(/^\.\//, '')
      return ['', '.js', '.mjs', '.cjs', '.ts', '/index.js'].flatMap((ending) => {
        const found = inside(folder, bare + ending)
        return bare !== '' && paths.has(found) ? [found] : []
      })
    }),
  )
}

function withHooks(scripts: Record<string, string>): (name: string) => string[] {
  return (name) =>
    [`pre${name}`, name, `post${name}`].flatMap((one) => (Object.hasOwn(scripts, one) ? (scripts[one] ?? []) : []))
}

const importing = /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*["'](\.{1,2}\/[^"']{1,200})["']/g

function importsOf({ path, text }: BuildFile, paths: ReadonlySet<string>): string[] {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  return [...text.matchAll(importing)].flatMap(([, to = '']) => {
    const target = joined(folder, to)
    const found = ['', '.js', '.mjs', '.cjs', '.ts', '.json', '/index.js', '/index.ts'].map((ending) => target + ending)
    return found.filter((one) => paths.has(one)).slice(0, 1)
  })
}

function joined(folder: string, relative: string): string {
  const parts = folder === '' ? [] : folder.split('/')
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

const mostPlaces = 8
const longestLine = 2000

/**
 * Lines that may be why something that is varied shows in the output, the likeliest first.
 *
 * @param written files of the source that the build writes anew, with another content: they show it, and are not why
 */
export function placesFor(
  blamed: readonly Blamed[],
  files: readonly BuildFile[],
  written: ReadonlySet<string> = new Set(),
): Place[] {
  const found: (Place & { rank: number })[] = []
  for (const { path, text, distance } of files) {
    if (written.has(path)) continue
    const isManifest = /(?:^|\/)package\.json$/.test(path)
    for (const [index, line] of text.split('\n').entries()) {
      if (line.length > longestLine || isComment(line)) continue
      if (isManifest && !/^\s*"[^"]+"\s*:\s*"[^"]*[ $`|&>][^"]*",?\s*$/.test(line)) continue
      for (const id of blamed) {
        const known = knowledge[id].patterns.find(({ pattern }) => pattern.test(line))
        if (known === undefined) continue
        const rank = (known.direct ? 0 : 20) + distance
        found.push({ file: path, line: index + 1, text: line.trim().slice(0, 240), says: known.says, rank })
        break
      }
    }
  }
  const sorted = found.sort((a, b) => a.rank - b.rank)
  // What only might have to do with it says nothing beside what does.
  const best = sorted.some(({ rank }) => rank < 20) ? sorted.filter(({ rank }) => rank < 20) : sorted
  return best.slice(0, mostPlaces).map(({ rank: _, ...place }) => place)
}

function isComment(line: string): boolean {
  return /^\s*(?:\/\/|\*|\/\*|#(?!!))/.test(line)
}
