import { longestCommand } from '../../model/recipe.ts'
import type { PlannedStep } from './build-steps.ts'
import { npmTime } from './packer.ts'
import type { Published } from './published.ts'
import { quoted } from './shell.ts'

/**
 * Gives files and folders the times that they had on the publisher's disk, for packers that write them down: yarn 1, npm up
 * to 5.6. Others write a time of their own for all.
 */
export function diskTimes({ times }: Pick<Published, 'times'>, directory: string): PlannedStep[] {
  const byTime = new Map<number, string[]>()
  for (const [path, seconds] of times) byTime.set(seconds, [...(byTime.get(seconds) ?? []), path])
  if (byTime.size === 0 || (byTime.size === 1 && byTime.has(npmTime))) return []
  const run = [...byTime]
    .map(([seconds, paths]) => `touch -c -h -d @${seconds} -- ${paths.map((path) => quoted(path || '.')).join(' ')}`)
    .join('\n')
  if (run.length > longestCommand) return []
  const says =
    'The tarball has the times of the publisher’s disk, which are in no source: these are given to the files.'
  return [{ run, cwd: directory, from: 'published tarball', says }]
}
