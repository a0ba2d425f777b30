import type { ArtifactKind } from './kind.ts'
import type { PresentPaths } from './present-paths.ts'

const extensions = ['.js', '.json', '.node']

/**
 * The file that Node loads by the same specifier once `path` is not there, where one of `paths` is: `./a` is `a.js`, then
 * `a.json`, `a.node`, `a/package.json`, `a/index.js` and so on (Node, "All together" in modules: CommonJS).
 */
function loadedInstead(path: string, paths: PresentPaths): string | undefined {
  const extension = extensions.find((one) => path.endsWith(one)) ?? ''
  const stem = extension === '' ? path : path.slice(0, -extension.length)
  const inFolder = ['package.json', ...extensions.map((one) => `index${one}`)]
  const names = [...extensions.map((one) => `${stem}${one}`), ...inFolder.map((name) => `${stem}/${name}`)]
  if (stem.endsWith('/index') && extension !== '') {
    const folder = stem.slice(0, -'/index'.length)
    names.push(...extensions.map((one) => `${folder}${one}`))
  }
  return names.find((name) => name !== path && paths.has(name))
}

/** As React Native's bundler takes them before the plain name. */
const forPlatform = /\.(?:native|ios|android|web|windows|macos)(?=\.[cm]?[jt]sx?$)/
/** A module in machine code, and a package, come before a module of their name in Python's own language. */
const pythonModule = /(?:\.[\w-]{1,60})?\.(?:so|pyd)$|\/__init__\.py$|\.py$/

/**
 * What is otherwise where a file is left out: what counts in its place, or that it counted for others by being there.
 * `undefined` where it is only missed by what asks for it.
 *
 * @param archive its kind, and whether it is the control archive of a Debian package
 */
export function effectOfAbsence(
  path: string,
  paths: PresentPaths,
  archive: { kind: ArtifactKind | undefined; inControl: boolean },
): string | undefined {
  const { kind, inControl } = archive
  const loaded = loadedInstead(path, paths) ?? takenInstead(path, paths)
  if (loaded !== undefined) return `by the same name ${loaded} is loaded instead`
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (inControl) return 'dpkg does or checks less without it'
  if (name.startsWith('.wh.')) return 'what it takes away from the layers below stays'
  if (kind === 'npm') return absenceForNode(path, name, paths)
  if (kind === 'jar' && /^META-INF\/(?!maven\/)/i.test(path))
    return 'Java takes its services, classes and signatures from there'
  if (kind === 'crate' && /^[^/]+\/(?:build\.rs|Cargo\.lock)$/.test(path)) return 'cargo builds otherwise without it'
  if (kind === 'gem') return 'RubyGems checks less without it'
  if (kind === 'wheel' && /^[^/]+\.dist-info\/(?:RECORD|WHEEL|METADATA|entry_points\.txt)$/.test(path)) {
    return 'installers take from there what is installed, and how'
  }
  if ((kind === 'wheel' || kind === 'sdist') && name === '__init__.py') {
    if (paths.hasBelow(path.slice(0, -name.length))) return 'other packages can add to its folder, and it is not run'
  }
  if (kind === 'sdist' && name === 'pyproject.toml') return 'another program builds the package without it'
  return undefined
}

function absenceForNode(path: string, name: string, paths: PresentPaths): string | undefined {
  if (path.includes('/node_modules/')) return 'another version can be loaded instead'
  if (/^[^/]+\/npm-shrinkwrap\.json$/.test(path)) return 'npm chooses the versions of what is installed with it anew'
  const folder = path.slice(0, -name.length)
  const isNested = name === 'package.json' && folder.split('/').length > 2
  const isSettings = isNested && paths.hasBelow(folder)
  return isSettings ? 'it says what the programs beside it are, and which of them is loaded' : undefined
}

function takenInstead(path: string, paths: PresentPaths): string | undefined {
  if (forPlatform.test(path)) {
    const plain = path.replace(forPlatform, '')
    return paths.has(plain) ? plain : undefined
  }
  if (!pythonModule.test(path)) return undefined
  const stem = path.replace(pythonModule, '')
  return [`${stem}.py`, `${stem}.pyc`, `${stem}/__init__.py`].find((one) => one !== path && paths.has(one))
}
