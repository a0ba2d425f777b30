/** Steps, lines and entries of one CI file with all that it includes; what people write has a few hundred. */
const most = 20_000

/** Takes note of that many steps of reading. @throws {TooMuchWork} */
export type Spend = (steps?: number) => void

/** A file that is small, and that its own rules make into millions of steps. */
export class TooMuchWork extends Error {
  readonly isTooMuchWork = true
}

export function workLimit(): Spend {
  let left = most
  return (steps = 1) => {
    left -= steps
    if (left < 0) throw new TooMuchWork(`it expands to more than ${most} steps`)
  }
}

/** For reading the text of a command, which has to be taken apart. */
export const textCost = (text: string): number => text.length / 100

/** For parsing another file, which takes as long as many steps. */
export const fileCost = 200
