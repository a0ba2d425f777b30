import type { PresentPaths } from './present-paths.ts'

const ofNode = ['.js', '.json', '.node']

/** Which of several files of one name is loaded by the name without an extension: the first that is there. */
const extensionOrders = [
  // Vite, `resolve.extensions`; @rollup/plugin-node-resolve begins in the same way.
  ['.mjs', '.js', '.mts', '.ts', '.jsx', '.tsx', '.json'],
  ['.mjs', '.js', '.json', '.node'],
  // webpack, `resolve.extensions`
  ['.js', '.json', '.wasm'],
  // esbuild, "Resolve extensions", as it is in node_modules
  ['.jsx', '.js', '.tsx', '.ts', '.json'],
  // Metro, `resolver.sourceExts`
  ['.js', '.jsx', '.json', '.ts', '.tsx'],
  // Ruby, Kernel#require
  ['.rb', '.so', '.bundle', '.dll', '.jar'],
  // Perl, `require`
  ['.pmc', '.pm'],
  // Lua, `package.path` before `package.cpath`
  ['.lua', '.so', '.dll'],
]

/** Which of several files of one folder is read: the first that is there. */
const nameOrders = [
  // GNU make, "What Name to Give Your Makefile"
  ['GNUmakefile', 'makefile', 'Makefile'],
  ['configure.ac', 'configure.in'],
  ['BUILD.bazel', 'BUILD'],
  ['MODULE.bazel', 'WORKSPACE.bazel', 'WORKSPACE'],
  ['settings.gradle', 'settings.gradle.kts'],
  ['build.gradle', 'build.gradle.kts'],
  ['meson.options', 'meson_options.txt'],
]

/** What is loaded or read by the same name once `path` is not there, where one of `paths` is. */
export function loadedInstead(path: string, paths: PresentPaths): string | undefined {
  return (
    byNode(path, paths) ??
    byExtension(path, paths) ??
    byName(path, paths) ??
    byPlatform(path, paths) ??
    byPython(path, paths)
  )
}

/**
 * `./a` is `a.js`, then `a.json`, `a.node`, `a/package.json`, `a/index.js` and so on (Node, "All together" in modules:
 * CommonJS).
 */
function byNode(path: string, paths: PresentPaths): string | undefined {
  const extension = ofNode.find((one) => path.endsWith(one)) ?? ''
  const stem = extension === '' ? path : path.slice(0, -extension.length)
  const names = [...ofNode.map((one) => `${stem}${one}`), ...inFolder(stem, ofNode)]
  if (stem.endsWith('/index') && extension !== '') {
    const folder = stem.slice(0, -'/index'.length)
    names.push(...ofNode.map((one) => `${folder}${one}`))
  }
  return names.find((name) => name !== path && paths.has(name))
}

function inFolder(folder: string, extensions: readonly string[]): string[] {
  return ['package.json', ...extensions.map((one) => `index${one}`)].map((name) => `${folder}/${name}`)
}

function byExtension(path: string, paths: PresentPaths): string | undefined {
  // Nothing runs these.
  if (/\.d\.[cm]?ts$/.test(path)) return undefined
  for (const order of extensionOrders) {
    const at = order.findIndex((one) => path.endsWith(one))
    if (at < 0) continue
    const stem = path.slice(0, -(order[at] ?? '').length)
    const there = order.findIndex((one, index) => index !== at && paths.has(`${stem}${one}`))
    if (there > at) return `${stem}${order[there]}`
    const folder = there < 0 && order.includes('.js') ? inFolder(stem, order) : []
    const other = folder.find((name) => paths.has(name))
    if (other !== undefined) return other
  }
  return undefined
}

function byName(path: string, paths: PresentPaths): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const order = nameOrders.find((one) => one.includes(name)) ?? []
  const folder = path.slice(0, -name.length)
  const there = order.findIndex((one) => one !== name && paths.has(`${folder}${one}`))
  return there > order.indexOf(name) ? `${folder}${order[there]}` : undefined
}

/** As React Native's bundler takes them before the plain name. */
const forPlatform = /\.(?:native|ios|android|web|windows|macos)(?=\.[cm]?[jt]sx?$)/

function byPlatform(path: string, paths: PresentPaths): string | undefined {
  if (!forPlatform.test(path)) return undefined
  const plain = path.replace(forPlatform, '')
  return paths.has(plain) ? plain : undefined
}

/** A module in machine code, and a package, come before a module of their name in Python's own language. */
const pythonModule = /(?:\.[\w-]{1,60})?\.(?:so|pyd)$|\/__init__\.py$|\.py$/

function byPython(path: string, paths: PresentPaths): string | undefined {
  if (!pythonModule.test(path)) return undefined
  const stem = path.replace(pythonModule, '')
  return [`${stem}.py`, `${stem}.pyc`, `${stem}/__init__.py`].find((one) => one !== path && paths.has(one))
}
