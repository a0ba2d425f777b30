import { expect, test } from 'vitest'
import type { ArchiveEntry } from '../entry.ts'
import { withinArchives } from './within.ts'

function entry(path: string, asked = () => {}): ArchiveEntry {
  const facts = { mode: 0o644, size: 1, linkTarget: '', mtime: '', owner: '', offset: 0, dataOffset: 0 }
  const content = { bytes: Buffer.from(path) }
  return Object.defineProperty({ path, type: 'file' as const, content, ...facts }, 'path', {
    get: () => {
      asked()
      return path
    },
  })
}

test('however many files a list names, the entries are gone through once', () => {
  let asked = 0
  const entries = Array.from({ length: 50 }, (_, index) => entry(`${index}.py`, () => asked++))
  const within = withinArchives({ kind: 'wheel', entries }, { kind: 'wheel', entries: [] }, { outer: undefined })
  for (let index = 0; index < 50; index++) expect(within.fileOf('published', `${index}.py`)).toBeDefined()
  expect(asked).toBeLessThanOrEqual(3 * entries.length)
})

test('of several entries at one path there is no digest', () => {
  const side = (...paths: string[]) => ({ kind: 'tar' as const, entries: paths.map((path) => entry(path)) })
  const within = withinArchives(side('a', 'b', 'a', 'a'), side('a', 'b'), { outer: undefined })
  expect(within.fileOf('published', 'a')).toBeUndefined()
  expect(within.sameEntry('a')).toBeUndefined()
  expect(within.sameEntry('b')?.path).toBe('b')
})
