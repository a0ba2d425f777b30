import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from './atomic.ts'
import { loadNoun, type Run } from './runs.ts'

/** Nouns kept in a folder that is no run of its own, one file each, written whole. */
export function nounsIn(folder: string): Pick<Run, 'load' | 'save'> {
  return {
    load: (name, schema) => loadNoun(folder, name, schema),
    save: (name, value) => writeFileAtomically(join(folder, `${name}.json`), `${JSON.stringify(value, null, 2)}\n`),
  }
}

export async function mkdirs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
}
