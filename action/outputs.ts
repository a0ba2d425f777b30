import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { World } from './world.ts'

/** Where a mode leaves what other steps read. */
export async function outputFolder({ job }: Pick<World, 'job'>): Promise<string> {
  const folder = join(job.temporary, 'reproof')
  await mkdir(folder, { recursive: true })
  return folder
}
