import { expect, test } from 'vitest'
import fc from '../../../fixtures/property.ts'
import { standingApart, tokenizeJavaScript } from './javascript-tokens.ts'

const show = (text: string) =>
  tokenizeJavaScript(text).map(({ kind, start, end }) => `${kind[0]} ${text.slice(start, end)}`)

test.each([
  ['a=b/c/d', ['w a', 'p =', 'w b', 'p /', 'w c', 'p /', 'w d']],
  ['x=/[/]"/g.test(y)', ['w x', 'p =', 'r /[/]"/g', 'p .', 'w test', 'p (', 'w y', 'p )']],
  ['return/re/i', ['w return', 'r /re/i']],
  ['f()/2', ['w f', 'p (', 'p )', 'p /', 'n 2']],
  ['"a\\"b"+\'c\'', ['s "a\\"b"', 'p +', "s 'c'"]],
  ['`a${b+`c${d}`}e`', ['t `a${', 'w b', 'p +', 't `c${', 'w d', 't }`', 't }e`']],
  ['a={b:{c:1}}', ['w a', 'p =', 'p {', 'w b', 'p :', 'p {', 'w c', 'p :', 'n 1', 'p }', 'p }']],
  ['#!/usr/bin/env node\na // b\n/* c */', ['c #!/usr/bin/env node', 'w a', 'c // b', 'c /* c */']],
  ['1e-5+0xff-.5n', ['n 1e-5', 'p +', 'n 0xff', 'p -', 'n .5n']],
  ['ünï.\u{1d4d0}', ['w ünï', 'p .', 'w \u{1d4d0}']],
  ['if(a)/[/*]"/.b;c', ['w if', 'p (', 'w a', 'p )', 'r /[/*]"/', 'p .', 'w b', 'p ;', 'w c']],
  ['(a)/b/c', ['p (', 'w a', 'p )', 'p /', 'w b', 'p /', 'w c']],
  ['{}/"/.a', ['p {', 'p }', 'r /"/', 'p .', 'w a']],
  ['a={}/b/c', ['w a', 'p =', 'p {', 'p }', 'p /', 'w b', 'p /', 'w c']],
  ['a.return/b/c', ['w a', 'p .', 'w return', 'p /', 'w b', 'p /', 'w c']],
  ['// a\rb', ['c // a', 'w b']],
  ['// a\u2028b', ['c // a', 'w b']],
  ['this.#x=@y', ['w this', 'p .', 'w #x', 'p =', 'w @y']],
])('tokens of %s', (text, tokens) => {
  expect(show(text)).toEqual(tokens)
})

test.each([
  ['a++ +b', ['+']],
  ['a - -b', ['-']],
  ['a-/* b */-c', ['-']],
  ['a! = b', ['=']],
  ['a! == b', ['=']],
  ['a<b> = c', ['=']],
  ['a++ + ++b', ['+', '+']],
])('signs that stand apart in %s', (text, signs) => {
  const tokens = tokenizeJavaScript(text)
  expect([...standingApart(text, tokens)].map((at) => text[tokens[at]?.start ?? 0])).toEqual(signs)
})

test.each([
  'a = !b',
  'a = -b',
  'a ? .5 : b',
  'f(...a)',
  'a=>b',
  'a !== b',
  'Map<A, List<B> >',
  'function * a() {}',
  'a-- > b',
])('no sign stands apart in %s', (text) => {
  expect([...standingApart(text, tokenizeJavaScript(text))]).toEqual([])
})

test('every character of any text is white space or in one token, in order', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'`${}/\\"\'*[]a1. \n#') })),
      (text) => {
        let end = 0
        for (const token of tokenizeJavaScript(text)) {
          expect(text.slice(end, token.start).trim()).toBe('')
          expect(token.end).toBeGreaterThan(token.start)
          end = token.end
        }
        expect(text.slice(end).trim()).toBe('')
      },
    ),
    { numRuns: 1000 },
  )
})
