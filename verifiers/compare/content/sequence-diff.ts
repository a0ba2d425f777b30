/** Items that only one side has, as half-open ranges of indexes; between two hunks both sides are the same. */
export type Hunk = { published: [number, number]; rebuilt: [number, number] }

/** Edits that are followed before the middle of two sequences is called too different, and steps that may take. */
const editLimit = 1500
const stepLimit = 10_000_000

/**
 * The shortest list of hunks that turns one sequence into the other: Myers, "An O(ND) Difference Algorithm and Its
 * Variations" (1986). Past the limits the part that was not understood is one hunk.
 */
export function diffSequences(published: readonly string[], rebuilt: readonly string[]): Hunk[] {
  let start = 0
  let [endA, endB] = [published.length, rebuilt.length]
  while (start < endA && start < endB && published[start] === rebuilt[start]) start++
  while (endA > start && endB > start && published[endA - 1] === rebuilt[endB - 1]) {
    endA--
    endB--
  }
  if (start === endA && start === endB) return []
  const ids = new Map<string, number>()
  const identify = (item: string) => {
    const known = ids.get(item)
    if (known !== undefined) return known
    ids.set(item, ids.size)
    return ids.size - 1
  }
  const middle = shortestEdits(
    Int32Array.from(published.slice(start, endA), identify),
    Int32Array.from(rebuilt.slice(start, endB), identify),
  )
  const whole: Hunk = { published: [0, endA - start], rebuilt: [0, endB - start] }
  return (middle ?? [whole]).map(({ published: p, rebuilt: r }) => ({
    published: [p[0] + start, p[1] + start],
    rebuilt: [r[0] + start, r[1] + start],
  }))
}

function shortestEdits(a: Int32Array, b: Int32Array): Hunk[] | undefined {
  if (a.length === 0 || b.length === 0) return undefined
  const limit = Math.min(editLimit, a.length + b.length)
  const center = limit + 1
  const furthest = new Int32Array(2 * limit + 3)
  const trace: Int32Array[] = []
  let steps = 0
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(furthest.slice(center - edits - 1, center + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down =
        diagonal === -edits ||
        (diagonal !== edits && at(furthest, center + diagonal - 1) < at(furthest, center + diagonal + 1))
      let x = down ? at(furthest, center + diagonal + 1) : at(furthest, center + diagonal - 1) + 1
      let y = x - diagonal
      const begin = x
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++
        y++
      }
      steps += 1 + x - begin
      furthest[center + diagonal] = x
      if (x >= a.length && y >= b.length) return backtrack(trace, a.length, b.length)
    }
    if (steps > stepLimit) return undefined
  }
  return undefined
}

function backtrack(trace: Int32Array[], lengthA: number, lengthB: number): Hunk[] {
  const hunks: Hunk[] = []
  let [x, y] = [lengthA, lengthB]
  for (let edits = trace.length - 1; edits > 0; edits--) {
    const row = trace[edits]
    if (row === undefined) break
    const reached = (diagonal: number) => at(row, diagonal + edits + 1)
    const diagonal = x - y
    const down = diagonal === -edits || (diagonal !== edits && reached(diagonal - 1) < reached(diagonal + 1))
    const fromX = down ? reached(diagonal + 1) : reached(diagonal - 1)
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1)
    addEdit(
      hunks,
      down
        ? { published: [fromX, fromX], rebuilt: [fromY, fromY + 1] }
        : { published: [fromX, fromX + 1], rebuilt: [fromY, fromY] },
    )
    ;[x, y] = [fromX, fromY]
  }
  return hunks.reverse()
}

/** Edits come from the last to the first; those that touch become one hunk. */
function addEdit(hunks: Hunk[], edit: Hunk): void {
  const later = hunks.at(-1)
  if (later && later.published[0] === edit.published[1] && later.rebuilt[0] === edit.rebuilt[1]) {
    later.published[0] = edit.published[0]
    later.rebuilt[0] = edit.rebuilt[0]
  } else hunks.push(edit)
}

function at(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0
}
