import { expect, test } from 'vitest'
import { makeCommands } from './makefile.ts'

test.each([
  [
    'the targets that it needs come first, each once',
    'a: b c\n\tone\nb: c\n\t@two\nc:\n\t-three\n',
    ['three', 'two', 'one'],
  ],
  ['targets that need each other end', 'a: b\n\tone\nb: a\n\ttwo\n', ['two', 'one']],
  [
    'variables and comments are no rules',
    '# a: x\nA := 1\nB=2\na: # note\n\n\tone\n\n\ttwo\nb:\n\tthree\n',
    ['one', 'two'],
  ],
  ['a line goes on after a backslash', 'a: \\\n  b\n\tone \\\n\t  more\nb:\n\ttwo\n', ['two', 'one  \t  more']],
  ['several targets of one rule', 'x a: \n\tone\n', ['one']],
  ['a target that is not there', 'b:\n\tone\n', []],
])('%s', (_, makefile, expected) => {
  expect(makeCommands(makefile, 'a')).toEqual(expected)
})

test('a Makefile that was made to exhaust is read in time', () => {
  const wide = Array.from(
    { length: 2000 },
    (_, i) => `t${i}: ${Array.from({ length: 50 }, (_, j) => `t${i + j}`).join(' ')}`,
  )
  expect(makeCommands(wide.join('\n'), 't0')).toEqual([])
  expect(makeCommands(`${' '.repeat(100_000)}${':'.repeat(100_000)}`, 'a')).toEqual([])
  expect(makeCommands(`a${' a'.repeat(100_000)}`, 'a')).toEqual([])
  expect(makeCommands(`a${' '.repeat(200_000)}b`, 'a')).toEqual([])
  expect(makeCommands(`a: ${'b '.repeat(200_000)}\n\tone`, 'a')).toEqual(['one'])
  const targets = Array.from({ length: 20_000 }, (_, i) => `t${i}`).join(' ')
  expect(makeCommands(`${targets}:\n${'\tone\n'.repeat(20_000)}`, 't0')).toHaveLength(20_000)
})
