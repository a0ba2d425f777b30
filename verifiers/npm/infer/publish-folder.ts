import { posix } from 'node:path'
import { parsedManifest } from '../manifest.ts'
import { asRecord, asText, parseYaml } from './ci/yaml.ts'
import type { PublishingJob } from './ci.ts'
import type { Project } from './install-root.ts'
import { linesOfMakefile } from './makefile.ts'
import { inside } from './manifest.ts'
import type { Published } from './published.ts'
import type { SourceReader } from './reader.ts'
import type { ReleasePlugin } from './semantic-release.ts'
import { commandsOf, publishedFolderOf, scriptsRunBy, wouldPublish } from './shell.ts'

/** A folder below the package's own that was published in its place, and what names it. */
export type PublishFolder = {
  directory: string
  from: string
  /** Whether pnpm goes there by itself. https://pnpm.io/package_json#publishconfigdirectory */
  isEntered?: boolean
}

/**
 * Where a build puts what is published with a package.json of its own: a folder that the publishing job, a script or a
 * Makefile that publishes, `publishConfig.directory`, or the configuration of a release tool names; or the one by which entry points
 * differ between the package.json of the source and the published one. A tarball that there is must agree: it has
 * nothing below a folder of that name.
 */
export async function findPublishFolder(options: {
  reader: SourceReader
  own: Project
  above: Project['manifest']
  job: PublishingJob | undefined
  /** Absent where nothing was published yet. */
  published: Pick<Published, 'files' | 'manifest'> | undefined
  /** Text of the package's package.json in the source. */
  sourceManifest: string
  plugins: ReleasePlugin[]
}): Promise<PublishFolder | undefined> {
  const { own, published } = options
  const agrees = ({ directory }: PublishFolder) => {
    const below = own.directory === '' ? directory : directory.slice(own.directory.length + 1)
    return !published?.files.some(({ path }) => path.startsWith(`${below}/`))
  }
  return [
    ...foldersInCommands(options),
    ...(await foldersInMakefile(options)),
    ...configuredIn(options.sourceManifest, own.directory),
    ...(await releaseToolFolders(options)),
    ...movedEntryPoints(options),
  ]
    .filter(({ directory }) => isBelow(directory, own.directory))
    .find(agrees)
}

function isBelow(directory: string, own: string): boolean {
  if (directory === '' || directory.startsWith('..') || directory.split('/').length > 16) return false
  return own === '' || directory.startsWith(`${own}/`)
}

type Naming = Parameters<typeof findPublishFolder>[0]

function foldersInCommands({ own, above, job }: Naming): PublishFolder[] {
  const scripts = { ...above.scripts, ...own.manifest.scripts }
  const ofJob = (job?.publishing ?? []).flatMap(({ run, directory }) => foldersIn(run, directory, scripts))
  const byHand = Object.entries(own.manifest.scripts)
    .slice(0, 200)
    .flatMap(([name, text]) => {
      const from = `${inside(own.directory, 'package.json')} scripts.${name}`
      return foldersIn(text, own.directory, {}).map((folder) => ({ ...folder, from }))
    })
    // What is published beside the rest, for those who ask for it.
    .toSorted((one, other) => Number(one.isTagged) - Number(other.isTagged))
  return [...ofJob.map((folder) => ({ ...folder, from: job?.from ?? '' })), ...byHand].map(({ directory, from }) => ({
    directory,
    from,
  }))
}

const makefileLimit = 256 * 1024

/** `cd build && npm publish` of a release that is made with make. */
async function foldersInMakefile({ reader, own: { directory } }: Naming): Promise<PublishFolder[]> {
  const path = inside(directory, 'Makefile')
  const text = reader.has(path) ? await reader.text(path) : undefined
  return linesOfMakefile((text ?? '').slice(0, makefileLimit)).flatMap((line) =>
    foldersIn(line, directory, {}).map((folder) => ({ directory: folder.directory, from: path })),
  )
}

/** `isTagged`: under another tag than that which installations take. */
type Named = { directory: string; isTagged: boolean }

/** Folders in which a text publishes, through the scripts that it runs and what it changes into before. */
function foldersIn(text: string, directory: string, scripts: Record<string, string>, depth = 0): Named[] {
  if (depth > 8) return []
  let current = directory
  return commandsOf(text).flatMap((words) => {
    if (words[0] === 'cd' && words[1] !== undefined) {
      current = joined(current, words[1]) ?? current
      return []
    }
    // One that only says what it would publish names the folder as well.
    if (wouldPublish(words)) {
      const folder = joined(current, publishedFolderOf(words) ?? '.')
      const isTagged = words.some((word, at) => /^--tag(?!=latest$)(?:=|$)/.test(word) && words[at + 1] !== 'latest')
      return folder === undefined ? [] : [{ directory: folder, isTagged }]
    }
    return scriptsRunBy(words).flatMap((name) =>
      Object.hasOwn(scripts, name) ? foldersIn(scripts[name] ?? '', current, scripts, depth + 1) : [],
    )
  })
}

function joined(base: string, folder: string): string | undefined {
  if (folder.startsWith('/') || /[$*~]/.test(folder)) return undefined
  const path = posix.join(base === '' ? '.' : base, folder).replace(/\/+$/, '')
  return path === '.' ? '' : path
}

/** What the manifest itself says to pnpm, lerna, np, rollout and release-it. */
function configuredIn(text: string, directory: string): PublishFolder[] {
  const manifest = asRecord(parsedManifest(text))
  const named: [string, unknown][] = [
    ['publishConfig.directory', asRecord(manifest.publishConfig).directory],
    ['np.contents', asRecord(manifest.np).contents],
    ['release.publishDir', asRecord(manifest.release).publishDir],
    ['release-it', asRecord(asRecord(manifest['release-it']).npm).publishPath],
  ]
  return named.flatMap(([key, value]) =>
    asFolder(directory, value, `package.json ${key}`).map((folder) =>
      key === 'publishConfig.directory' ? { ...folder, isEntered: true } : folder,
    ),
  )
}

const releaseFiles = ['.release-it.json', 'lerna.json']

async function releaseToolFolders({ reader, own, plugins }: Naming): Promise<PublishFolder[]> {
  // https://github.com/semantic-release/npm#options
  const found = plugins.flatMap(({ name, options, from }) =>
    name === '@semantic-release/npm' ? asFolder(own.directory, options.pkgRoot, from) : [],
  )
  for (const name of releaseFiles) {
    for (const path of new Set([inside(own.directory, name), name])) {
      const text = reader.has(path) ? await reader.text(path) : undefined
      const parsed = text === undefined ? undefined : parseYaml(text)
      if (parsed === undefined || 'problem' in parsed) continue
      const config = asRecord(parsed.value)
      const publish = asRecord(asRecord(config.command).publish)
      for (const value of [asRecord(config.npm).publishPath, publish.contents, publish.directory])
        found.push(...asFolder(own.directory, value, path))
    }
  }
  return found
}

function asFolder(base: string, value: unknown, from: string): PublishFolder[] {
  const text = asText(value)
  const directory = text === undefined ? undefined : joined(base, text)
  return directory === undefined ? [] : [{ directory, from }]
}

const entryFields = ['main', 'module', 'types', 'typings']

/** `dist/index.js` in the source and `index.js` in what was published. */
function movedEntryPoints({ own, published, sourceManifest }: Naming): PublishFolder[] {
  const [before, after] = [sourceManifest, published?.manifest ?? ''].map((text) => asRecord(parsedManifest(text)))
  return entryFields.flatMap((field) => {
    const [long, short] = [before?.[field], after?.[field]].map((value) => asText(value)?.replace(/^\.\//, ''))
    if (long === undefined || short === undefined || !long.endsWith(`/${short}`)) return []
    return asFolder(own.directory, long.slice(0, -short.length - 1), `package.json ${field}`)
  })
}
