import type { Architecture } from '../../model/environment.ts'
import type { RecipeEvidence } from '../../model/recipe.ts'
import type { PublishTime } from './publish-time.ts'

const triplets: Record<Architecture, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/**
 * What gives every program that asks the C library another time, once `FAKETIME` says which. Timers go on as they do, and
 * so do the times of files. https://github.com/wolfcw/libfaketime
 */
export function fakedClock(architecture: Architecture): Record<string, string> {
  return {
    LD_PRELOAD: `/usr/lib/${triplets[architecture]}/faketime/libfaketimeMT.so.1`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  }
}

/**
 * Starts the clock of each program at a moment, in the time zone of every step, which is UTC.
 *
 * @param at milliseconds since 1970
 */
export function clockFrom(at: number, architecture: Architecture): Record<string, string> {
  const moment = new Date(at).toISOString().replace('T', ' ').slice(0, 19)
  return { ...fakedClock(architecture), FAKETIME: `@${moment}` }
}

export function clockEvidence({ at, from }: PublishTime): RecipeEvidence {
  return { line: '/steps', from, says: `What builds has the clock of ${new Date(at).toISOString()}.` }
}
