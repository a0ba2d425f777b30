/**
 * When each line of TypeScript was first released, as year, month and day; of all build tools the one whose version most
 * packages name. https://github.com/microsoft/TypeScript/releases
 */
const released: Record<string, [number, number, number]> = {
  '2.0': [2016, 9, 22],
  '2.1': [2016, 12, 7],
  '2.2': [2017, 2, 22],
  '2.3': [2017, 4, 27],
  '2.4': [2017, 6, 27],
  '2.5': [2017, 8, 31],
  '2.6': [2017, 10, 31],
  '2.7': [2018, 1, 31],
  '2.8': [2018, 3, 27],
  '2.9': [2018, 5, 31],
  '3.0': [2018, 7, 30],
  '3.1': [2018, 9, 27],
  '3.2': [2018, 11, 29],
  '3.3': [2019, 1, 31],
  '3.4': [2019, 3, 29],
  '3.5': [2019, 5, 29],
  '3.6': [2019, 8, 28],
  '3.7': [2019, 11, 5],
  '3.8': [2020, 2, 20],
  '3.9': [2020, 5, 12],
  '4.0': [2020, 8, 20],
  '4.1': [2020, 11, 19],
  '4.2': [2021, 2, 23],
  '4.3': [2021, 5, 26],
  '4.4': [2021, 8, 26],
  '4.5': [2021, 11, 17],
  '4.6': [2022, 2, 28],
  '4.7': [2022, 5, 24],
  '4.8': [2022, 8, 25],
  '4.9': [2022, 11, 15],
  '5.0': [2023, 3, 16],
  '5.1': [2023, 6, 1],
  '5.2': [2023, 8, 24],
  '5.3': [2023, 11, 20],
  '5.4': [2024, 3, 6],
  '5.5': [2024, 6, 20],
  '5.6': [2024, 9, 9],
  '5.7': [2024, 11, 22],
  '5.8': [2025, 2, 28],
  '5.9': [2025, 8, 1],
}

const lines = Object.keys(released)

/** In milliseconds; `undefined` of a line that is not known. */
export function typescriptReleased(line: string): number | undefined {
  const date = Object.hasOwn(released, line) ? released[line] : undefined
  return date && Date.UTC(date[0], date[1] - 1, date[2])
}

/** The one before: `4.9` of `5.0`. */
export function typescriptBefore(line: string): string | undefined {
  const index = lines.indexOf(line)
  return index > 0 ? lines[index - 1] : undefined
}
