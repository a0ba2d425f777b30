import type { StampCause } from './cause.ts'

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}'
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}'
const date = '(?:19|20)[0-9]{2}[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12][0-9]|0?[1-9])(?![0-9])'
const clock = '[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?: ?[AaPp][Mm])?'
const zone = '(?:Z|UTC|GMT)?(?: ?[+-][0-9]{2}:?[0-9]{2})?(?: \\((?:(?:[A-Z][a-z]{2,12} ){1,4}Time|[A-Z]{2,5})\\))?'

/** Dates and times as programs write them: ISO 8601, `Date.prototype.toString`, RFC 5322, `5/1/2024`, Unix time. */
const patterns = [
  new RegExp(`\\b${date}(?:[T ,]{1,2}${clock} ?${zone})?`, 'g'),
  new RegExp(
    `\\b(?:${day},? )?(?:${month} [0-3]?[0-9]|[0-3]?[0-9] ${month})(?:,? (?:19|20)[0-9]{2})(?:,? ${clock} ?${zone})?`,
    'g',
  ),
  new RegExp(`\\b(?:${day} )?${month} [ 0-3]?[0-9] ${clock} (?:[A-Z]{3,4} )?(?:19|20)[0-9]{2}`, 'g'),
  new RegExp(`\\b[0-3]?[0-9]/[0-3]?[0-9]/(?:19|20)[0-9]{2}(?:,? ${clock})?`, 'g'),
  // Seconds or milliseconds between 2001 and 2033.
  /\b1[0-9]{9}(?:[0-9]{3})?\b/g,
  new RegExp(`\\b${clock}\\b`, 'g'),
]

export const buildTime: StampCause = {
  id: 'build-time',
  title: 'the time of the build',
  mask: (literal) => patterns.reduce((text, pattern) => text.replace(pattern, '«time»'), literal),
}
