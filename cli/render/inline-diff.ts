import { diffSequences } from '../../verifiers/compare/content/sequence-diff.ts'

/** A piece of one side, and whether the other side has it too. */
export type Segment = { text: string; differs: boolean }

const words = /[\p{L}\p{N}_$]+|\s+|[^\p{L}\p{N}_$\s]/gu
const longest = 20_000

/** Which words of two texts differ. Where hardly a word is the same, all of it differs: scattered marks tell nothing. */
export function inlineDiff(published: string, rebuilt: string): { published: Segment[]; rebuilt: Segment[] } {
  const whole = { published: all(published), rebuilt: all(rebuilt) }
  if (published === '' || rebuilt === '' || published.length + rebuilt.length > longest) return whole
  const [a, b] = [published.match(words) ?? [], rebuilt.match(words) ?? []]
  if (!areAlike(a, b)) return whole
  const hunks = diffSequences(a, b)
  const result = {
    published: segments(
      a,
      hunks.map((hunk) => hunk.published),
    ),
    rebuilt: segments(
      b,
      hunks.map((hunk) => hunk.rebuilt),
    ),
  }
  const letters = (text: string) => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  const same = result.published.reduce((sum, { text, differs }) => sum + (differs ? 0 : letters(text)), 0)
  return same * 4 < Math.min(letters(published), letters(rebuilt)) || same === 0 ? whole : result
}

/** Cheaper than to find out how they differ, which takes longest where all does. */
function areAlike(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a)
  const shared = b.filter((word) => word.trim() !== '' && known.has(word)).length
  return shared * 4 >= Math.min(a.length, b.length) / 2
}

function all(text: string): Segment[] {
  return text === '' ? [] : [{ text, differs: true }]
}

function segments(items: readonly string[], ranges: readonly [number, number][]): Segment[] {
  const list: Segment[] = []
  const add = (from: number, to: number, differs: boolean) => {
    if (from < to) list.push({ text: items.slice(from, to).join(''), differs })
  }
  let last = 0
  for (const [from, to] of ranges) {
    add(last, from, false)
    add(from, to, true)
    last = to
  }
  add(last, items.length, false)
  return list
}

const longSame = 80

/** Both texts with what is the same cut down to what stands around a difference. */
export function excerpts(
  published: string | undefined,
  rebuilt: string | undefined,
): [string | undefined, string | undefined] {
  if (published === undefined || rebuilt === undefined) return [published, rebuilt]
  const marked = inlineDiff(published, rebuilt)
  return [cut(marked.published), cut(marked.rebuilt)]
}

function cut(list: readonly Segment[]): string {
  const half = longSame / 2
  return list
    .map(({ text, differs }, index) => {
      if (differs || text.length <= longSame || list.length === 1) return text
      const start = index === 0 ? '' : text.slice(0, half)
      const end = index === list.length - 1 ? '' : text.slice(-half)
      return `${start}…${end}`
    })
    .join('')
}
