import { buildTime } from './build-time.ts'
import type { StampCause } from './cause.ts'

/** What stands before the date in the first lines of generated code. */
const said = /\b(?:(?:auto-?)?generated|built|compiled|created|bundled|updated|build (?:date|time)|timestamp)\b/i

export const generatedDate: StampCause = {
  id: 'generated-date',
  title: 'the date that a generator writes into what it makes',
  mask: (literal) => (said.test(literal) ? buildTime.mask(literal) : literal),
}
