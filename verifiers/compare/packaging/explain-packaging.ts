import type { Explanation } from '../content/explanation.ts'
import type { Within } from '../passes/within.ts'
import { explainCargoLock, explainCargoManifest, explainVcsInfo } from './cargo-files.ts'
import { explainCoreMetadata } from './core-metadata.ts'
import { explainRecord, explainWheelFile } from './wheel-files.ts'

/**
 * Why two files differ that a packaging tool of another ecosystem than npm has written, as its specification reads them;
 * `undefined` where it is no such file, or is not of the form that such a tool writes.
 */
export function explainPackaging(
  path: string,
  published: string,
  rebuilt: string,
  { kind, entries }: Pick<Within, 'kind' | 'entries'>,
): Explanation | undefined {
  if (kind === 'wheel') {
    const name = /^[^/]+\.dist-info\/([A-Z]+)$/.exec(path)?.[1]
    if (name === 'METADATA') return explainCoreMetadata(published, rebuilt)
    if (name === 'WHEEL') return explainWheelFile(published, rebuilt)
    if (name !== 'RECORD') return undefined
    const side = (text: string, which: 'published' | 'rebuilt') => ({ text, entries: entries(which) })
    return explainRecord(path, side(published, 'published'), side(rebuilt, 'rebuilt'))
  }
  if (kind === 'sdist' && /^[^/]+\/(?:(?:[^/]+\/)?[^/]+\.egg-info\/)?PKG-INFO$/.test(path)) {
    return explainCoreMetadata(published, rebuilt)
  }
  if (kind !== 'crate') return undefined
  const name = /^[^/]+\/([^/]+)$/.exec(path)?.[1]
  if (name === 'Cargo.toml') return explainCargoManifest(published, rebuilt, layoutOf(entries))
  if (name === 'Cargo.lock') return explainCargoLock(published, rebuilt)
  return name === '.cargo_vcs_info.json' ? explainVcsInfo(published, rebuilt) : undefined
}

/** What either side has below its folder. */
export function layoutOf(entries: Within['entries']): { paths: ReadonlySet<string> } {
  const all = [...entries('published'), ...entries('rebuilt')]
  return { paths: new Set(all.map(({ path }) => path.replace(/^[^/]*\//, ''))) }
}
