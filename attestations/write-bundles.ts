import { join } from 'node:path'
import { writeFileAtomically } from '../verifiers/store/atomic.ts'

/** Where the bundle of this name of a file is written, and looked for. */
export function bundleFile(folder: string, fileName: string, name: string): string {
  return join(folder, `${fileName}.${name}.sigstore.json`)
}

/** One of the bundles that {@link writeBundles} writes. */
export async function writeBundle(file: string, bundle: string): Promise<void> {
  await writeFileAtomically(file, [bundle, '\n'])
}

/**
 * Writes bundles where `reproof verify` and others look for them: each as `FILE.NAME.sigstore.json`, which cosign takes, and
 * all of them as lines of `FILE.intoto.jsonl`, which `gh attestation verify --bundle` takes.
 *
 * @returns the paths that were written
 */
export async function writeBundles(
  folder: string,
  fileName: string,
  bundles: ReadonlyMap<string, string>,
): Promise<string[]> {
  const paths: string[] = []
  for (const [name, bundle] of bundles) {
    const path = bundleFile(folder, fileName, name)
    await writeBundle(path, bundle)
    paths.push(path)
  }
  const all = join(folder, `${fileName}.intoto.jsonl`)
  await writeFileAtomically(
    all,
    bundles.values().flatMap((bundle) => [bundle, '\n']),
  )
  return [...paths, all]
}
