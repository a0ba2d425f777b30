import { readEntries } from '../contents.ts'
import type { Difference } from '../difference.ts'
import type { ComparedInput } from '../input.ts'
import type { ReadOptions } from '../unpacked.ts'
import { isLibraryOnly } from './cargo-files.ts'
import { layoutOf } from './explain-packaging.ts'

const largestManifest = 1024 * 1024

/**
 * Other versions in the lockfile of a crate that has no program on either side: cargo asks no lockfile of a dependency, so
 * that nobody who uses the crate is given them. https://doc.rust-lang.org/cargo/faq.html#why-have-cargolock-in-version-control
 *
 * An example can be installed as a program is, with the versions of the lockfile, by who asks for both. Many libraries have
 * some, and cargo packs a lockfile made that day into each of them (before 1.84 into those with examples and programs), so
 * that its versions are others in every honest rebuild: this is told, and no alarm.
 */
export async function explainLockOfLibrary(
  one: Difference,
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  options: ReadOptions,
): Promise<Difference> {
  const { within } = options
  if (within === undefined) return one
  const layout = layoutOf(within.entries)
  let hasExamples = [...layout.paths].some((path) => path.startsWith('examples/'))
  for (const side of ['published', 'rebuilt'] as const) {
    const found = within.entries(side).filter(({ path, type }) => type === 'file' && /^[^/]+\/Cargo\.toml$/.test(path))
    const [manifest] = found
    if (found.length !== 1 || manifest === undefined || manifest.size > largestManifest) return one
    const text = (await readEntries(sides[side], [manifest], options)).get(manifest)?.toString('utf8')
    if (text === undefined || !isLibraryOnly(text, layout)) return one
    hasExamples ||= /^\[\[example\]\]/m.test(text)
  }
  const programs = hasExamples ? 'no program but examples' : 'no program'
  const readers = hasExamples ? 'only for who installs an example with --locked' : 'for nobody who uses it'
  const summary = `${one.summary} The crate has ${programs}, so that cargo reads it ${readers}.`
  return { ...one, severity: 'unexplained', summary }
}
