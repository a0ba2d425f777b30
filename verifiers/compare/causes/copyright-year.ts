import type { StampCause } from './cause.ts'

const year = '(?:19|20)[0-9]{2}'
const years = new RegExp(
  `((?:©|\\(c\\)|copyright)[^\\n]{0,60}?)\\b${year}(?: ?[-–,] ?(?:${year}|present))*(?![\\w-])`,
  'gi',
)

export const copyrightYear: StampCause = {
  id: 'copyright-year',
  title: 'the years of a copyright, which builds take from the clock',
  mask: (literal) => literal.replace(years, '$1«year»'),
}
