import type { SourceTree } from '../../source/source-tree.ts'

/** A variable that the build reads, and where it is named. */
export type StampVariable = { name: string; kind: StampKind; from: string[] }

export type StampKind = 'version' | 'commit' | 'time'

const kinds: Record<StampKind, RegExp> = {
  commit: /COMMIT|(?:^|_)SHA(?:_|$)|REVISION|(?:^|_)REV(?:_|$)|GIT_?HASH/i,
  time: /(?:BUILD|RELEASE).*(?:DATE|TIME|STAMP)|^(?:DATE|TIMESTAMP|BUILT_AT)$/i,
  version: /VERSION|(?:^|_)TAG(?:_|$)|RELEASE|REF_NAME/i,
}

/** Nothing but a stamp may be put into a build by what a published file says. */
const forbidden =
  /^(?:npm_|node_|ld_|path$|home$|shell$|git_(?:dir|work|exec|ssh|config))|TOKEN|SECRET|PASSW|AUTH|OPTIONS|ARGS/i

export function kindOfVariable(name: string): StampKind | undefined {
  if (forbidden.test(name)) return undefined
  return (['commit', 'time', 'version'] as const).find((kind) => kinds[kind].test(name))
}

const configuration =
  /(?:^|\/)(?:[\w.-]*(?:webpack|rollup|vite|esbuild|babel|gulp|grunt|tsup|rspack|parcel|build|bundle|release|publish|config)[\w.-]*\.(?:[cm]?[jt]s|json|ya?ml|sh)|package\.json|Makefile|[\w-]+\.mk)$|^(?:scripts?|tools?|build|config)\/[\w./-]+\.(?:[cm]?[jt]s|sh)$/i
const ciFiles = /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|\.circleci\/config\.ya?ml)$/
const largest = 512 * 1024
const mostFiles = 100

/** How programs, shells and CI files name a variable of the environment. */
const readings = [
  /process\.env\.([A-Za-z_]\w{0,63})/g,
  /process\.env\[["'`]([A-Za-z_]\w{0,63})["'`]\]/g,
  /\benv\.([A-Z_][A-Z0-9_]{0,63})/g,
  /\bEnvironmentPlugin\([^)]{0,400}?["'`]([A-Z_][A-Z0-9_]{0,63})["'`]/g,
  /\bexport[ \t]{1,64}([A-Za-z_]\w{0,63})=/g,
  /^[ \t]{0,64}(?:-[ \t]{0,64})?([A-Z_][A-Z0-9_]{0,63})[ \t]{0,64}[:?+]?[:=]/gm,
  /\$[{(]?([A-Z_][A-Z0-9_]{0,63})\b/g,
]

/**
 * Variables of the environment from which the source's build could take a stamp: those that its build configuration reads
 * first, and of these those first that its CI files set too.
 */
export async function findStampVariables(tree: SourceTree, directory: string): Promise<StampVariable[]> {
  const paths = (await tree.list())
    .filter(({ kind, path }) => (kind === 'file' || kind === 'executable') && isRead(path, directory))
    .map(({ path }) => path)
    .slice(0, mostFiles)
  const found = new Map<string, StampVariable & { inBuild: boolean; inCi: boolean }>()
  for (const [path, reading] of await tree.readMany(paths, largest)) {
    if (reading === 'too-large') continue
    for (const name of variablesIn(reading.toString('utf8'))) {
      const kind = kindOfVariable(name)
      if (kind === undefined) continue
      const known = found.get(name) ?? { name, kind, from: [], inBuild: false, inCi: false }
      if (known.from.length < 8) known.from.push(path)
      if (ciFiles.test(path)) known.inCi = true
      else known.inBuild = true
      found.set(name, known)
    }
  }
  const rank = ({ inBuild, inCi }: { inBuild: boolean; inCi: boolean }) => (inBuild ? 2 : 0) + (inCi ? 1 : 0)
  return [...found.values()]
    .filter(({ inBuild }) => inBuild)
    .sort((a, b) => rank(b) - rank(a))
    .map(({ name, kind, from }) => ({ name, kind, from }))
}

function isRead(path: string, directory: string): boolean {
  if (/(?:^|\/)node_modules\//.test(path)) return false
  if (ciFiles.test(path)) return true
  const inside = directory !== '' && path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path
  return inside.split('/').length <= 3 && configuration.test(inside)
}

function variablesIn(text: string): Set<string> {
  return new Set(readings.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')))
}
