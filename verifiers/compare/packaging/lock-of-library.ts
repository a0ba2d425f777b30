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
 */
export async function explainLockOfLibrary(
  one: Difference,
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  options: ReadOptions,
): Promise<Difference> {
  const { within } = options
  if (within === undefined) return one
  const layout = layoutOf(within.entries)
  for (const side of ['published', 'rebuilt'] as const) {
    const found = within.entries(side).filter(({ path, type }) => type === 'file' && /^[^/]+\/Cargo\.toml$/.test(path))
    const [manifest] = found
    if (found.length !== 1 || manifest === undefined || manifest.size > largestManifest) return one
    const text = (await readEntries(sides[side], [manifest], options)).get(manifest)?.toString('utf8')
    if (text === undefined || !isLibraryOnly(text, layout)) return one
  }
  const summary = `${one.summary} The crate has no program, so that cargo reads it for nobody who uses it.`
  return { ...one, severity: 'unexplained', summary }
}
