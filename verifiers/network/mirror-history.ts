import semver from 'semver'

/** A mirror copies a package's versions within weeks of the first that it is asked for. In milliseconds. */
const settling = 30 * 86_400_000

type Line = {
  /** `2` for all of 2.x, `0.3` for all of 0.3.x. */
  name: string
  /** Versions, each with the moment by which it was published at the latest. */
  known: [string, number][]
  first: number
  /** Whether all of it came later than the moment. */
  isLater: boolean
}

/**
 * Versions that can be taken to have been published by a moment, of a registry that writes down when it copied a file.
 * A version was there before every later one of its line, whatever its own copy's time. Of what nobody had asked for by
 * then nothing is known: the rest of the highest line that was there is shown with it, any other line as the mirror had it
 * soon after its first copy, and so is a whole package of which nothing had been copied.
 *
 * @param times of all versions, in milliseconds, `Infinity` where there is none
 * @param moment in milliseconds
 * @param after of versions that cannot have been there before, in milliseconds: they are not shown before that, but for
 * lines that nothing else is known of
 */
export function mirroredBy(
  times: ReadonlyMap<string, number>,
  moment: number,
  after: ReadonlyMap<string, number> = new Map(),
): Mirrored {
  const isLater = (version: string) => (after.get(version) ?? 0) > moment
  const lines = linesOf(times).map((line) => without(line, isLater))
  const start = Math.min(...lines.map(({ first }) => first))
  const until = start <= moment ? moment : start + settling
  const top = lines.findIndex(({ first, isLater }) => first <= until && !isLater)
  const shown = lines.map(({ known, first }, index) => {
    const end = first <= until ? until : first + settling
    return known.filter(([, at]) => (index === top || at <= end) && at < Infinity)
  })
  const current = shown
    .slice(Math.max(top, 0))
    .map((known, index) => known.filter(([version, at]) => (index > 0 || at <= until) && !isLater(version)))
  return { versions: namesIn(shown), current: namesIn(current), until }
}

export type Mirrored = {
  versions: Set<string>
  /**
   * What a tag can lead to. npm and pnpm take what `latest` leads to where it is in the range, so that they come to the
   * others only where the range asks for what is not among these: then it was there, though nobody had asked for it.
   */
  current: Set<string>
  /** The moment, or the later one that the mirror knows about. In milliseconds. */
  until: number
}

function namesIn(lines: Line['known'][]): Set<string> {
  return new Set(lines.flat().map(([version]) => version))
}

/** Whoever asks for a line of which all came later had it all the same. */
function without(line: Line, isLater: (version: string) => boolean): Line {
  const known = line.known.filter(([version]) => !isLater(version))
  return known.length > 0 ? { ...line, known } : { ...line, isLater: true }
}

/** The highest first. */
function linesOf(times: ReadonlyMap<string, number>): Line[] {
  const lines = new Map<string, Line>()
  const parsed = [...times.keys()].flatMap((version) => semver.parse(version, { loose: true }) ?? [])
  for (const { raw, major, minor } of parsed.sort((a, b) => semver.rcompare(a, b))) {
    const name = major === 0 ? `0.${minor}` : `${major}`
    const line = lines.get(name) ?? { name, known: [], first: Infinity, isLater: false }
    line.first = Math.min(line.first, times.get(raw) ?? Infinity)
    line.known.push([raw, line.first])
    lines.set(name, line)
  }
  return [...lines.values()]
}
