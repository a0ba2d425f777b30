import { readEntries } from '../contents.ts'
import type { Difference } from '../difference.ts'
import type { ArchiveEntry } from '../entry.ts'
import type { ComparedInput } from '../input.ts'
import type { ReadOptions } from '../unpacked.ts'
import { parseCoreMetadata, valuesOf } from './core-metadata.ts'

const largestFile = 1024 * 1024
const mostFiles = 8

/** What a build takes dependencies from, and what setuptools notes of them; `python_requires` is none. */
const declaring = /^[^/]+\/(?:setup\.py|setup\.cfg|pyproject\.toml|(?:[^/]+\/)?[^/]+\.egg-info\/requires\.txt)$/
const declared = /\b(?:install_requires|extras_require|dependencies|requirements)\b/

/**
 * Metadata of a source archive that installers believe, and those of the rebuild not, though they name no dependency where
 * what is built does. From version 2.2 on, a field that is not called dynamic says what every wheel will say (PEP 643), so
 * that uv builds nothing to learn more; of older versions, and by dynamic fields, it asks the build. Builders cross that
 * version all the time, but those that write it name all dependencies in it.
 * https://packaging.python.org/en/latest/specifications/core-metadata/#dynamic
 */
export async function explainStaticDependencies(
  one: Difference,
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  options: ReadOptions,
): Promise<Difference> {
  const { within } = options
  if (within === undefined || one.severity === 'suspicious' || !/^[^/]+\/PKG-INFO$/.test(one.path)) return one
  const pairs = (['published', 'rebuilt'] as const).map((side) => ({ side, file: within.fileOf(side, one.path) }))
  const [published, rebuilt] = await Promise.all(
    pairs.map(async ({ side, file }) => (file ? (await textsOf(sides[side], [file], options))[0] : undefined)),
  )
  if (published === undefined || rebuilt === undefined || !isBelieved(published) || isBelieved(rebuilt)) return one
  if (valuesOf(parseCoreMetadata(published), 'requires-dist').length > 0) return one
  const files = within
    .entries('published')
    .filter(({ path, type, size }) => type === 'file' && size <= largestFile && declaring.test(path))
  const texts = await textsOf(sides.published, files.slice(0, mostFiles), options)
  const names = files.filter(({ path }, at) => isDeclaration(path, texts[at] ?? '')).map(({ path }) => path)
  if (names.length === 0) return one
  const summary = `The published metadata say that there are no dependencies, which installers believe from version 2.2 on; the rebuilt ones leave it to the build, and ${names[0]} names some.`
  return { ...one, severity: 'suspicious', summary, evidence: { ...one.evidence, declaredIn: names } }
}

function isDeclaration(path: string, text: string): boolean {
  return path.endsWith('.txt') ? text.trim() !== '' : declared.test(text)
}

async function textsOf(input: ComparedInput, files: readonly ArchiveEntry[], options: ReadOptions): Promise<string[]> {
  const contents = await readEntries(input, [...files], options)
  return files.map((file) => contents.get(file)?.toString('utf8') ?? '')
}

const decided = new Set(['requires-dist', 'provides-extra', 'requires-python'])

/** Whether installers take dependencies from it as they stand. */
function isBelieved(text: string): boolean {
  const metadata = parseCoreMetadata(text)
  const [version = ''] = valuesOf(metadata, 'metadata-version')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < 2 || (major === 2 && minor < 2)
  return !isOld && !valuesOf(metadata, 'dynamic').some((field) => decided.has(field.trim().toLowerCase()))
}
