import type { ArchiveEntry } from './entry.ts'

/**
 * Whether what is unpacked from two archives of the same entries depends on their order: a hard link leads to the file that
 * is there when the link is made, and what an image's layer takes away may have been added by the layer before that (OCI
 * image layer specification, "Whiteouts").
 */
export function dependOnOrder(published: readonly ArchiveEntry[], rebuilt: readonly ArchiveEntry[]): boolean {
  return dependencesIn(published).symmetricDifference(dependencesIn(rebuilt)).size > 0
}

function dependencesIn(entries: readonly ArchiveEntry[]): ReadonlySet<string> {
  const found = new Set<string>()
  const isDependent = ({ path, type }: ArchiveEntry) => type === 'hardlink' || path.includes('.wh.')
  if (!entries.some(isDependent)) return found
  const there = new Set<string>()
  const filled = new Set<string>()
  for (const { path, type, linkTarget } of entries) {
    const plain = withoutFrame(path)
    const name = plain.slice(plain.lastIndexOf('/') + 1)
    const folder = plain.slice(0, plain.length - name.length)
    if (type === 'hardlink') found.add(`${plain} ${there.has(withoutFrame(linkTarget))}`)
    if (name === '.wh..wh..opq') found.add(`${plain} ${filled.has(folder)}`)
    else if (name.startsWith('.wh.')) found.add(`${plain} ${there.has(`${folder}${name.slice(4)}`)}`)
    else {
      there.add(plain)
      filled.add(folder)
    }
  }
  return found
}

/** `./a/` is `a`. */
function withoutFrame(path: string): string {
  const start = path.startsWith('./') ? 2 : 0
  return path.slice(start, path.endsWith('/') ? -1 : undefined)
}
