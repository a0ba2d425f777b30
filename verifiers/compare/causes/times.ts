/** A moment that a text names, in milliseconds, and how exactly. */
export type NamedTime = { at: number; precision: 'second' | 'day' }

const iso =
  /\b((?:19|20)\d{2})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?/g
const written =
  /\b(?:[A-Z][a-z]{2,8},? )?(?:[A-Z][a-z]{2,8} [0-3]?\d|[0-3]?\d [A-Z][a-z]{2,8}),? (?:19|20)\d{2}(?:,? \d{1,2}:\d{2}(?::\d{2})?(?: ?(?:GMT|UTC)(?:[+-]\d{4})?| ?[AP]M)?)?/g
const unix = /(?<![\w.])(1\d{9})(\d{3})?(?![\w])/g

/** The moments that a text names: ISO 8601, as JavaScript and e-mail write them, and Unix time. Without a zone: UTC. */
export function timesIn(text: string): NamedTime[] {
  const found: { index: number; time: NamedTime }[] = []
  const add = (index: number, at: number, precision: NamedTime['precision']) => {
    if (!Number.isNaN(at)) found.push({ index, time: { at, precision } })
  }
  for (const match of text.matchAll(iso)) {
    const [, year, month, day, clock, zone] = match
    const date = `${year}-${month}-${day}`
    if (clock === undefined) add(match.index, Date.parse(`${date}T00:00:00Z`), 'day')
    else
      add(
        match.index,
        Date.parse(`${date}T${clock}${zone === undefined || /^[A-Z]/.test(zone) ? 'Z' : withColon(zone)}`),
        'second',
      )
  }
  for (const match of text.matchAll(written)) {
    const exact = match[0].includes(':')
    const zoned = /GMT|UTC/.test(match[0]) ? match[0] : `${match[0]} UTC`
    add(match.index, Date.parse(zoned), exact ? 'second' : 'day')
  }
  for (const match of text.matchAll(unix)) {
    add(match.index, Number(match[1]) * 1000 + Number(match[2] ?? 0), 'second')
  }
  return found.sort((a, b) => a.index - b.index).map(({ time }) => time)
}

function withColon(zone: string): string {
  return zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
}
