/** The paths that one side has, to be asked about each entry that only the other side has. */
export type PresentPaths = {
  has(path: string): boolean
  /** Whether anything begins with the path of the folder, which ends in a slash. */
  hasBelow(folder: string): boolean
}

/** They are sorted once, however often is asked: a folder stands directly before what is in it. */
export function presentPaths(paths: Iterable<string>): PresentPaths {
  const all = new Set(paths)
  let sorted: string[] | undefined
  return {
    has: (path) => all.has(path),
    hasBelow(folder) {
      sorted ??= [...all].sort()
      return sorted[firstFrom(sorted, folder)]?.startsWith(folder) ?? false
    },
  }
}

/** Where the first of the sorted paths is that does not stand before the given one. */
function firstFrom(sorted: readonly string[], path: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? '') < path) low = middle + 1
    else high = middle
  }
  return low
}
