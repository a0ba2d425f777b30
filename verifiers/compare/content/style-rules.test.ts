import { expect, test } from 'vitest'
import { alarmsOfStyle } from './style-rules.ts'

const alike: Record<string, [published: string, rebuilt: string]> = {
  'a prefix beside the same without it': [
    '.t{-webkit-transform:rotate(1deg);transform:rotate(1deg)}',
    '.t{transform:rotate(1deg)}',
  ],
  'boxes by their first names': [
    '.t{display:-webkit-box;display:-ms-flexbox;display:flex;-webkit-box-flex:1;-ms-flex:1;flex:1}',
    '.t{display:flex;flex:1}',
  ],
  'what sticks, by its first name': ['.t{position:-webkit-sticky;position:sticky}', '.t{position:sticky}'],
  'zeros and spaces': ['.t{opacity:.5;inset:0 auto}', '.t { opacity: 0.50 ; inset: 0px auto }'.replace('0.50', '0.5')],
  'another colour': ['.t{color:#000;border-color:transparent}', '.t{color:#fff}'],
  'a colour in another notation': ['.t{background:#0000}', '.t{background:transparent}'],
  'a colour of its own in another notation': [
    ':root{--a:#fff;--b:#0000002d;--c:.5rem}',
    ':root{--a:rgb(255, 255, 255);--b:rgba(0,0,0,.175);--c: 0.5rem}',
  ],
  'an address without quotes': ['.t{background:url(a.png)}', '.t{background:url("a.png")}'],
  'a text in other quotes': ['.t::after{content:"a"}', ".t:after{content:'a'}"],
  'places by other numbers': ['.t:nth-child(2n+1){top:0}', '.t:nth-child( odd ){top:0}'],
  'conditions with other spaces': [
    '@media(min-width:1px) and (max-width:9px){.t{display:none}}',
    '@media (min-width: 1px) and (max-width: 9px) { .t { display: none } }',
  ],
  'sides and sizes': ['.t{margin:0 1px;padding:1px;width:50%;height:100vh}', '.t{padding:2px;width:100%}'],
  'a pill': ['.t{border-radius:9999px;background-position:-200% 0}', '.t{color:red}'],
  'what the rebuild has alone': ['.t{color:red}', '.t{color:red;display:none;--a:b}'],
}

test.each(Object.entries(alike))('says nothing of what is another notation or look: %s', (_, [published, rebuilt]) => {
  expect(alarmsOfStyle(published, rebuilt)).toEqual([])
})

const hostile = [
  '{'.repeat(200_000),
  '.a{b:c;'.repeat(50_000),
  'url('.repeat(90_000),
  `a${'\\'.repeat(200_000)}`,
  '(['.repeat(90_000),
]

test.each(hostile)('takes time in proportion to a hostile sheet: %.12s', (css) => {
  expect(alarmsOfStyle(css, `${css} `)).toBeInstanceOf(Array)
})

test('a long selector is not read again for each of its declarations', () => {
  const css = `${'.a,'.repeat(200_000)}.b{${'c:d;'.repeat(100_000)}}`
  expect(alarmsOfStyle(css, `${css}.t{display:none}`)).toEqual([])
})
