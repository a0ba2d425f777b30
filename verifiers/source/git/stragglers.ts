import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** The variable by which the helpers of one git command are found: git hands its environment on to them. */
export const callVariable = 'REPROOF_GIT_CALL'

export function newCall(): string {
  return randomUUID()
}

/** A helper that starts another one while the list is read is found the next time. */
const rounds = 5

/**
 * Ends what a git command that was ended has left running: simple-git only ends git itself, and git's transport helpers go
 * on waiting for their server. On systems without proc(5) they end by themselves, when the server has been slow too long.
 */
export async function endStragglers(call: string): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const found = await processesOf(call)
    if (found.length === 0) return
    for (const id of found) {
      try {
        process.kill(id, 'SIGKILL')
      } catch (error) {
        // It has ended in between.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
}

async function processesOf(call: string): Promise<number[]> {
  const names = await readdir('/proc').catch(() => [])
  const own = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        // Those of other users cannot be read, and are not ours.
        const variables = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
        return variables.split('\0').includes(`${callVariable}=${call}`) ? [Number(name)] : []
      }),
  )
  return own.flat()
}
