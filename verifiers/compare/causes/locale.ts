import type { StampCause } from './cause.ts'

const locales = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'pl', 'da', 'cs']

/** The months' names in the languages of most builders, each with its number. */
function monthNames(): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  for (const locale of locales) {
    const format = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' })
    for (let month = 0; month < 12; month++)
      names.set(format.format(Date.UTC(2024, month, 15)).toLowerCase(), month + 1)
  }
  return names
}

// Made when the first word is looked at: it takes longer than to compare a small package.
let months: ReadonlyMap<string, number> | undefined

/** Digits in groups, with the same sign between all of them: `1,234,567.8`, `1.234.567,8`, `1 234 567,8`. */
const grouped = /(?<![\d.,])\d{1,3}(?:([,.'’\u00a0\u202f ])\d{3})(?:\1\d{3}){0,6}(?:[.,]\d{1,9})?(?![\d.,]*\d)/g

export const locale: StampCause = {
  id: 'locale',
  title: 'how the language of the machine writes months and numbers',
  mask(literal) {
    return literal
      .replace(/\p{L}{3,12}/gu, (word) => {
        months ??= monthNames()
        const month = months.get(word.toLowerCase())
        return month === undefined ? word : `«month ${month}»`
      })
      .replace(grouped, (number) => `«${number.replace(/\D/g, '')}»`)
  },
}

/** Whether a list is sorted as code points are, or as a language sorts words. */
export function sortingOf(list: readonly string[]): 'code points' | 'language' | undefined {
  if (isSorted(list, (a, b) => (a < b ? -1 : a > b ? 1 : 0))) return 'code points'
  return isSorted(list, new Intl.Collator('en').compare) ? 'language' : undefined
}

function isSorted(list: readonly string[], compare: (a: string, b: string) => number): boolean {
  return list.every((item, index) => index === 0 || compare(list[index - 1] ?? '', item) <= 0)
}
