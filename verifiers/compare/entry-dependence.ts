import type { ArchiveEntry } from './entry.ts'

/**
 * Whether what is unpacked from two archives of the same entries depends on their order: a hard link leads to the file that
 * is there when the link is made, and what an image's layer takes away may have been added by the layer before that, at
 * this place or anywhere below it (OCI image layer specification, "Whiteouts").
 */
export function dependOnOrder(published: readonly ArchiveEntry[], rebuilt: readonly ArchiveEntry[]): boolean {
  if (!published.some(isDecisive) && !rebuilt.some(isDecisive)) return false
  const sides = [published, rebuilt].map((entries) => new Set(entries.map(({ path }) => withoutFrame(path))))
  const inBoth = (path: string) => sides.every((paths) => paths.has(path))
  return dependencesIn(published, inBoth).symmetricDifference(dependencesIn(rebuilt, inBoth)).size > 0
}

function isDecisive({ path, type }: ArchiveEntry): boolean {
  return type === 'hardlink' || path.includes('.wh.')
}

/** What only one side has stands in the report by itself. */
function dependencesIn(entries: readonly ArchiveEntry[], inBoth: (path: string) => boolean): ReadonlySet<string> {
  const found = new Set<string>()
  const there = new Set<string>()
  const taken = new Set<number>()
  for (const { path, type, linkTarget } of entries) {
    const plain = withoutFrame(path)
    const name = plain.slice(plain.lastIndexOf('/') + 1)
    const folder = plain.slice(0, plain.length - name.length)
    if (type === 'hardlink') found.add(`${plain} ${there.has(withoutFrame(linkTarget))}`)
    if (name === '.wh..wh..opq') taken.add(numberOf(folder))
    else if (name.startsWith('.wh.')) taken.add(numberOf(`${folder}${name.slice(4)}`))
    else {
      there.add(plain)
      const before = taken.size === 0 ? [] : placesOf(plain).filter((place) => taken.has(place))
      if (before.length > 0 && inBoth(plain)) found.add(`${plain} ${before.join(' ')}`)
    }
  }
  return found
}

const slash = 0x2f

/**
 * The places that an entry is at or below, as numbers: of `a/b` those of `` (all), `a`, `a/` (what is in it) and `a/b`. In
 * one pass however deep it is; that two places may have one number makes more depend on the order, never less.
 */
function placesOf(path: string): number[] {
  const places = [0]
  let number = 0
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at)
    if (code === slash) places.push(number)
    number = (Math.imul(number, 31) + code) | 0
    if (code === slash) places.push(number)
  }
  return [...places, number]
}

function numberOf(place: string): number {
  return placesOf(place).at(-1) ?? 0
}

/** `./a/` is `a`. */
function withoutFrame(path: string): string {
  const start = path.startsWith('./') ? 2 : 0
  return path.slice(start, path.endsWith('/') ? -1 : undefined)
}
