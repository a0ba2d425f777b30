import { expect, test } from 'vitest'
import { excerpts, inlineDiff } from './inline-diff.ts'

const marks = (published: string, rebuilt: string) =>
  Object.values(inlineDiff(published, rebuilt)).map((segments) =>
    segments.map(({ text, differs }) => (differs ? `[${text}]` : text)).join(''),
  )

test.each([
  ['const a = 1', 'const b = 1', 'const [a] = 1', 'const [b] = 1'],
  ['same', 'same', 'same', 'same'],
  ['', 'new', '', '[new]'],
  ['"1.2.3"', '"1.2.4"', '"1.2.[3]"', '"1.2.[4]"'],
  ['nothing alike', 'entirely other words', '[nothing alike]', '[entirely other words]'],
  ['ein Süßes', 'ein Saures', 'ein [Süßes]', 'ein [Saures]'],
])('%j against %j', (published, rebuilt, ...marked) => {
  expect(marks(published, rebuilt)).toEqual(marked)
})

test('texts too long to be compared word by word are marked as a whole', () => {
  const long = 'word '.repeat(10_000)
  expect(inlineDiff(long, `${long}x`).published).toEqual([{ text: long, differs: true }])
})

test('an excerpt keeps what differs and little of what does not', () => {
  const [start, end] = ['a '.repeat(200), ' z'.repeat(200)]
  const [published, rebuilt] = excerpts(`${start}one${end}`, `${start}two${end}`)
  expect(published).toMatch(/^….{40}one.{40}…$/)
  expect(rebuilt).toMatch(/^….{40}two.{40}…$/)
})
