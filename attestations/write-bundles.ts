import { join } from 'node:path'
import { writeFileAtomically } from '../verifiers/store/atomic.ts'

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
    const path = join(folder, `${fileName}.${name}.sigstore.json`)
    await writeFileAtomically(path, [bundle, '\n'])
    paths.push(path)
  }
  const all = join(folder, `${fileName}.intoto.jsonl`)
  await writeFileAtomically(
    all,
    bundles.values().flatMap((bundle) => [bundle, '\n']),
  )
  return [...paths, all]
}
