import { expect, test } from 'vitest'
import { presentPaths } from './present-paths.ts'
import { effectOfAbsence } from './resolution.ts'

test.each([
  ['a/', true],
  ['a/b/', true],
  ['a/b/c.js', true],
  ['b/', true],
  ['a/bc/', false],
  ['a-/', false],
  ['', true],
  ['z/', false],
])('is there anything below %s: %s', (folder, expected) => {
  expect(presentPaths(['b/x', 'a/b/c.js', 'a-b', 'a.js']).hasBelow(folder)).toBe(expected)
})

test('nothing is below a folder where there is nothing', () => {
  expect(presentPaths([]).hasBelow('a/')).toBe(false)
})

test('however many files are left out, the paths of the other side are gone through once', () => {
  let gone = 0
  function* paths() {
    for (let index = 0; index < 100; index++) {
      gone++
      yield `package/lib/${index}.js`
    }
  }
  const there = presentPaths(paths())
  const compared = countingStarts(() => {
    for (let index = 0; index < 100; index++) {
      effectOfAbsence(`package/${index}/package.json`, there, { kind: 'npm', inControl: false })
      effectOfAbsence(`a/${index}/__init__.py`, there, { kind: 'wheel', inControl: false })
    }
  })
  expect(gone).toBe(100)
  expect(compared).toBeLessThanOrEqual(200)
})

/** How often the beginning of a path is looked at. */
function countingStarts(run: () => void): number {
  const plain = String.prototype.startsWith
  let count = 0
  String.prototype.startsWith = function (this: string, ...args) {
    if (args[0].endsWith('/')) count++
    return plain.apply(this, args)
  }
  try {
    run()
  } finally {
    String.prototype.startsWith = plain
  }
  return count
}
