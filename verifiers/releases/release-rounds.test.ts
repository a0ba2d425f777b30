import { expect, test } from 'vitest'
import { nearbyReleases, oneOfEachLine, possibleReleases } from './release-rounds.ts'

const of = (...versions: string[]) => versions.map((version) => ({ version, isDeprecated: false }))

test('possible are those that everybody takes who got the one that was built with', () => {
  const published = of('2.1.0', '1.10.0', '1.2.0', '1.9.0', '1.11.0-rc.1', 'no version')
  const asked = ['^1.0.0', '^2.0.0', '>=1.2.0 <1.10.1']
  expect(possibleReleases(published, { built: '1.9.0', asked })).toEqual(['1.2.0', '1.9.0', '1.10.0'])
  expect(possibleReleases(published, { built: '1.9.0', asked: [] })).toEqual([])
})

test('not those that came later, nor those that nobody should use', () => {
  const published = [
    { version: '1.0.0', publishedAt: 1000, isDeprecated: false },
    { version: '1.1.0', publishedAt: 1000, isDeprecated: true },
    { version: '1.2.0', publishedAt: 3000, isDeprecated: false },
  ]
  expect(possibleReleases(published, { built: '1.0.0', asked: ['*'], until: 2000 })).toEqual(['1.0.0'])
})

test('of each minor version the last, evenly spread', () => {
  const sorted = ['1.0.0', '1.0.1', '1.1.0', '1.2.0', '1.2.9', '1.3.0']
  expect(oneOfEachLine(sorted, '1.3.0', 9)).toEqual(['1.0.1', '1.1.0', '1.2.9'])
  const many = Array.from({ length: 100 }, (_, minor) => `1.${minor}.0`)
  expect(oneOfEachLine(many, '2.0.0', 4)).toEqual(['1.12.0', '1.37.0', '1.62.0', '1.87.0'])
})

test('then the nearest that were not tried', () => {
  const sorted = ['1.0.0', '1.0.1', '1.1.0', '1.1.1', '1.1.2', '1.2.0']
  const tried = new Set(['1.0.1', '1.1.2', '1.2.0'])
  expect(nearbyReleases(sorted, '1.1.2', { tried, most: 2 })).toEqual(['1.1.1', '1.1.0'])
})
