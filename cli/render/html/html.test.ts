import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Content, html, markupOf, verbatim } from './html.ts'
import { renderPage } from './page.ts'
import { badge, facts, fold, permalinkId, section, table } from './parts.ts'

const hostile = `</style></title><script>alert(1)</script><img src=x onerror=alert(1)>"'&`

test.each<[string, Content, string]>([
  ['markup', '<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
  ['quotes', `"'`, '&quot;&#39;'],
  ['text that is turned around', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
  ['what nobody sees', 'a\u200bb\u0000\u00ad', 'a\\u{200b}b\\u{0}\\u{ad}'],
  ['bytes that are no UTF-8', '\udcff', '\\xff'],
  ['a piece of markup', html`<i>${'<'}</i>`, '<i>&lt;</i>'],
  ['a list', ['<', [html`<br>`, 1, 2n]], '&lt;<br>12'],
  ['nothing', [undefined, false, ''], ''],
])('%s is escaped as it must be', (_, content, markup) => {
  expect(markupOf(html`${content}`)).toBe(markup)
})

test('an object that only looks like markup is none', () => {
  const parsed = JSON.parse('{"markup":"<script>","toString":"x"}')
  expect(() => markupOf(html`${parsed}`)).toThrow(TypeError)
})

test('outside text is refused where escaping would not make it safe', () => {
  const text = 'javascript:alert(1)'
  expect(() => html`<a href="${text}">`).toThrow(TypeError)
  expect(() => html`<a title="x" href='//${text}'>`).toThrow(TypeError)
  expect(() => html`<a title=${text}>`).toThrow(TypeError)
  expect(() => html`<p style="${text}">`).toThrow(TypeError)
  expect(() => html`<p onclick="f('${text}')">`).toThrow(TypeError)
  expect(() => html`<${text}>`).toThrow(TypeError)
  expect(() => html`<!-- ${text}`).toThrow(TypeError)
  expect(markupOf(html`<!-- a --><a href="#${text}" title="b=${text}">c=${text}</a>`)).toContain('c=javascript')
})

test('text of a file keeps its lines and tabs; what nobody sees is set apart from what the file says', () => {
  expect(markupOf(verbatim('a\n\tb\\u{1}\r\n\u0001<'))).toBe(
    'a\n\tb\\u{1}<span class="point">\\u{d}</span>\n<span class="point">\\u{1}</span>&lt;',
  )
})

test('a page has one style sheet, allowed by its digest, and whatever it is given, nothing that runs or loads', () => {
  const page = renderPage({
    title: hostile,
    header: html`<h1>${hostile}</h1>`,
    contents: [{ id: 'a', title: hostile }],
    main: section({
      id: 'a',
      title: hostile,
      body: [
        table({ caption: hostile, columns: [hostile], rows: [[hostile, hostile]] }),
        facts([[hostile, hostile]]),
        fold({ summary: hostile, body: verbatim(hostile) }),
        badge(hostile, 'bad'),
      ],
    }),
  })
  expect(page).not.toMatch(/<(?:script|img|link|iframe|object|embed|base|form|svg)\b|\son\w+=x|javascript:|url\(/i)
  const style = page.match(/<style>(.*?)<\/style>/s)?.[1] ?? ''
  const digest = createHash('sha256').update(style).digest('base64')
  expect(page).toContain(
    `content="default-src &#39;none&#39;; style-src &#39;sha256-${digest}&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
  )
  expect(page.match(/<style/g)).toHaveLength(1)
  expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<title>'))
})

test('an id names the same thing in every page, and nothing else', () => {
  expect(permalinkId('d', 'a', 'b')).toBe(permalinkId('d', 'a', 'b'))
  expect(permalinkId('d', 'a', 'b')).not.toBe(permalinkId('d', 'ab'))
  expect(permalinkId('d', hostile)).toMatch(/^d-[0-9a-f]{12}$/)
})
