import { builtinModules } from 'node:module'
import type { PlannedStep } from './build-steps.ts'
import { describesBuild } from './ci-reading.ts'
import type { Project } from './install-root.ts'
import { modulesAskedFor, modulesImported } from './job-programs.ts'
import { withParents } from './manifest.ts'
import type { SourceReader } from './reader.ts'
import { configuresChecker, scriptsReachedBy } from './scripts.ts'
import { quoted } from './shell.ts'

const mostFiles = 48
const textLimit = 256 * 1024

/** Programs that are not called as their package is. */
const packageOf: Record<string, string[]> = {
  tsc: ['typescript'],
  babel: ['@babel/cli', 'babel-cli'],
  'babel-node': ['@babel/node', 'babel-cli'],
  swc: ['@swc/cli'],
  webpack: ['webpack', 'webpack-cli'],
  remark: ['remark-cli'],
}

/**
 * Of what a project is developed with, that which its build names: in the scripts that it runs, in the programs of the source
 * that these run, or in the files that configure it. What only tests and checks use is not among it. Where something is
 * compiled, what the source itself asks for is, since bundlers take it in, and TypeScript with all types, which compilers load
 * though nothing names them.
 */
export async function neededByBuild(
  reader: SourceReader,
  { own, root }: { own: Project; root: Project },
  steps: readonly PlannedStep[],
  { compiles = true }: { compiles?: boolean } = {},
): Promise<string[]> {
  const { devDependencies = {} } = root.manifest
  const texts = steps.flatMap(({ run, cwd }) => {
    const { scripts } = (cwd === root.directory ? root : own).manifest
    return [run, ...[...withHooks(scriptsReachedBy(run, scripts), scripts)].map((name) => scripts[name] ?? '')]
  })
  const configuration = await configurationOf(reader, own.directory)
  const imported = compiles ? await modulesImported(reader, own.directory) : []
  const asked = [...(await modulesAskedFor(reader, texts, own.directory)), ...imported]
  const named = [...texts, ...configuration, ...asked].map((text) => text.replaceAll('node_modules/', ' '))
  const found = named.flatMap((text) => text.match(/@?[\w-][\w./-]*/g) ?? [])
  // What is asked for may be a file of a package: `bundle-collapser/plugin`.
  const words = new Set(found.flatMap((word) => [word, /^(?:@[^/]+\/)?[^/]+/.exec(word)?.[0] ?? '']))
  const isNamed = (name: string) => namesOf(name).some((one) => words.has(one))
  const called = new Set([...words].flatMap((word) => (Object.hasOwn(packageOf, word) ? (packageOf[word] ?? []) : [])))
  // Plugins and presets, by what package.json or a file beside it tells remark.
  const documents = words.has('remark')
  const isLoaded = (name: string) =>
    (documents && name.startsWith('remark-')) || (compiles && (name.startsWith('@types/') || unnamed.has(name)))
  return Object.keys(devDependencies).filter((name) => isNamed(name) || called.has(name) || isLoaded(name))
}

/** What compilers load by themselves, and what bundlers take in place of Node's own modules: `util`. */
const unnamed = new Set(['typescript', ...builtinModules])

/** `precompile` and `postcompile` run with `compile`, and lead to others. */
function withHooks(reached: ReadonlySet<string>, scripts: Record<string, string>): Set<string> {
  const all = new Set(reached)
  for (const name of all) {
    for (const hook of [`pre${name}`, `post${name}`]) {
      if (!Object.hasOwn(scripts, hook)) continue
      for (const one of [hook, ...scriptsReachedBy(scripts[hook] ?? '', scripts)]) all.add(one)
    }
  }
  return all
}

/** What a package may be called by: a plugin or preset of Babel's without what they all begin with. */
function namesOf(name: string): string[] {
  const [, scope, short] = /^(@babel\/|babel-)(?:plugin|preset)-(.+)$/.exec(name) ?? []
  const shorter = short === undefined ? [] : [scope === '@babel/' ? `@babel/${short}` : short]
  return [name, name.slice(name.indexOf('/') + 1), ...shorter]
}

/** Configuration that is no program. */
const written = /(?:^|\/)(?:\.(?:babel|swc|postcss|parcel)rc(?:\.json)?|babel\.config\.json|tsconfig[\w.-]*\.json)$/

async function configurationOf(reader: SourceReader, directory: string): Promise<string[]> {
  const paths = [...reader.entries.keys()]
    .filter((path) => (describesBuild(path, directory) && !configuresChecker(path)) || isWritten(path, directory))
    .slice(0, mostFiles)
  const texts = await Promise.all(paths.map((path) => reader.text(path)))
  return texts.map((text) => (text ?? '').slice(0, textLimit))
}

function isWritten(path: string, directory: string): boolean {
  return written.test(path) && withParents(directory).includes(path.slice(0, Math.max(path.lastIndexOf('/'), 0)))
}

/** A program for the pinned Node: takes all but these out of what package.json asks for to develop with. */
const program = `
const fs = require("fs")
const names = new Set(process.argv.slice(1))
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"))
manifest.devDependencies = manifest.devDependencies || {}
Object.keys(manifest.devDependencies).filter((name) => !names.has(name)).forEach((name) => delete manifest.devDependencies[name])
fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2))`

/** Whether a command installs only what the build names. */
export function installsNeeded(run: string): boolean {
  return run.includes(program.trim())
}

/** A command that leaves those alone. */
export function neededEdit(names: readonly string[]): string {
  return [`node -e '${program.trim()}' --`, ...names.map(quoted)].join(' ')
}
