import { isDeepStrictEqual } from 'node:util'
import type { Copy } from './copies.ts'
import type { BuildManifest } from './manifest.ts'
import type { Published } from './published.ts'
import { scriptsReachedBy } from './scripts.ts'
import { commandsOf } from './shell.ts'
import type { SourceMatch } from './source-match.ts'

/** Whether anything has to be made before packing, and why. */
export type Need = {
  build: boolean
  says: string
  /** Whether all of it is in the source, and what is run only decides which files are packed. */
  onlyLists?: boolean
}

/**
 * Nothing has to be installed or built where every published file is in the source with the same bytes, but for the
 * version in package.json where the release tool writes it; and where no script changes which files are packed.
 *
 * @param sourceManifest text of package.json in the source
 */
export function needOf(options: {
  match: SourceMatch
  published: Pick<Published, 'manifest'>
  manifest: BuildManifest
  sourceManifest: string
  version: string
  /** Whether what packed it writes package.json anew, which it then does again. */
  rewritten?: boolean
  /** What the source has at another place, from which it is copied. */
  copies?: readonly Copy[]
}): Need {
  const { match, published, manifest, sourceManifest, version, rewritten = false, copies = [] } = options
  const copied = new Set(copies.map(({ path }) => path))
  const isPacker = rewritten && !/"(?:workspace|catalog):/.test(sourceManifest)
  const missing = match.missing.filter((path) => !copied.has(path))
  const isChanged = (path: string) =>
    path !== 'package.json' || !(isPacker || isSameButVersion(sourceManifest, published.manifest, version))
  const changed = match.changed.filter((path) => !copied.has(path) && isChanged(path))
  const inSource = `${match.same} of ${match.total} published files are in the source with the same bytes`
  if (missing.length + changed.length > 0) {
    const none = missing.length > 0 ? `; not in it: ${listed(missing)}` : ''
    const other = changed.length > 0 ? `; other bytes there: ${listed(changed)}` : ''
    return { build: true, says: `${inSource}${none}${other}.` }
  }
  const lister = listChangingScript(manifest)
  if (lister !== undefined) {
    return { build: true, says: `${inSource}, but ${lister} decides which files are packed.`, onlyLists: true }
  }
  const isStamped = match.changed.includes('package.json')
  const but = isStamped ? ', package.json but for the version that the release tool writes' : ''
  return {
    build: false,
    says: `All ${match.total} published files are in the source${but}: nothing has to be installed or built.`,
  }
}

function listed(paths: string[]): string {
  const shown = paths.slice(0, 5).map((path) => path.slice(0, 100))
  return paths.length > shown.length ? `${shown.join(', ')} and ${paths.length - shown.length} more` : shown.join(', ')
}

function isSameButVersion(source: string, published: string | undefined, version: string): boolean {
  if (published === undefined) return false
  try {
    const [before, after] = [source, published].map((text) => JSON.parse(text.replace(/^\uFEFF/, '')) as unknown)
    return isDeepStrictEqual({ ...(before as object), version }, after)
  } catch {
    // Not JSON, or nested so deep that the comparison ran out of stack: not the same.
    return false
  }
}

/** Programs that write .npmignore before packing. */
const listers = new Set(['npmignore'])

function listChangingScript({ scripts }: BuildManifest): string | undefined {
  for (const event of ['prepack', 'prepublishOnly', 'prepare', 'prepublish']) {
    const text = Object.hasOwn(scripts, event) ? scripts[event] : undefined
    if (text === undefined) continue
    const texts = [
      text,
      ...[...scriptsReachedBy(text, scripts)].map((name) =>
        Object.hasOwn(scripts, name) ? (scripts[name] ?? '') : '',
      ),
    ]
    const program = texts.flatMap(commandsOf).find(([first]) => first !== undefined && listers.has(first))?.[0]
    if (program !== undefined) return `${program} in ${event}`
  }
  return undefined
}
