import semver from 'semver'

/** A mirror copies a package's versions within weeks of the first that it is asked for. In milliseconds. */
const settling = 30 * 86_400_000

type Line = {
  /** `2` for all of 2.x, `0.3` for all of 0.3.x. */
  name: string
  /** Versions, each with the moment by which it was published at the latest. */
  known: [string, number][]
  first: number
}

/**
 * Versions that can be taken to have been published by a moment, of a registry that writes down when it copied a file.
 * A version was there before every later one of its line, whatever its own copy's time. Of what nobody had asked for by
 * then nothing is known: the rest of the highest line that was there is shown with it, any other line as the mirror had it
 * soon after its first copy, and so is a whole package of which nothing had been copied.
 *
 * @param times of all versions, in milliseconds, `Infinity` where there is none
 * @param moment in milliseconds
 */
export function mirroredBy(times: ReadonlyMap<string, number>, moment: number): Mirrored {
  const lines = linesOf(times)
  const start = Math.min(...lines.map(({ first }) => first))
  const until = start <= moment ? moment : start + settling
  const top = lines.findIndex(({ first }) => first <= until)
  const shown = lines.map(({ known, first }, index) => {
    const end = first <= until ? until : first + settling
    return known.filter(([, at]) => (index === top || at <= end) && at < Infinity)
  })
  const current = shown
    .slice(Math.max(top, 0))
    .map((known, index) => known.filter(([, at]) => index > 0 || at <= until))
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

/** The highest first. */
function linesOf(times: ReadonlyMap<string, number>): Line[] {
  const lines = new Map<string, Line>()
  const parsed = [...times.keys()].flatMap((version) => semver.parse(version, { loose: true }) ?? [])
  for (const { raw, major, minor } of parsed.sort((a, b) => semver.rcompare(a, b))) {
    const name = major === 0 ? `0.${minor}` : `${major}`
    const line = lines.get(name) ?? { name, known: [], first: Infinity }
    line.first = Math.min(line.first, times.get(raw) ?? Infinity)
    line.known.push([raw, line.first])
    lines.set(name, line)
  }
  return [...lines.values()]
}
