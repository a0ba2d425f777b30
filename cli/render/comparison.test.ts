import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { buildTar, gzip, honestEntries, honestPackage } from '../../fixtures/archives/tar-builder.ts'
import type { Comparison, Difference } from '../../verifiers/model/comparison.ts'
import { accountOfComparison } from './account.ts'
import { renderComparison } from './comparison.ts'
import { visible } from './visible.ts'

const honest = honestPackage()
const accountOf = (comparison: Comparison) =>
  accountOfComparison(comparison, { required: 'content-identical', met: false })

test('what matters stands first', async () => {
  const published = honestPackage((entries) => [...entries.reverse(), { path: 'package/evil.js', data: 'x' }])
  const lines = renderComparison(accountOf(await compareBytes(published, honest)), { color: false, width: 100 })
  expect(lines[0]).toMatch(/^different {2}5 of 6 published entries are the same$/)
  expect(lines.slice(3, 6)).toEqual(['', 'suspicious (1)', expect.stringContaining('- package/evil.js')])
  expect(lines.join('\n')).toContain('[order]')
})

test('names cannot write on the terminal, nor turn its text around', async () => {
  const path = 'package/\u001b[2J\u202ex\u200b\udcff\\u{1b}.js'
  const difference: Difference = {
    path,
    kind: 'removed',
    cause: 'missing',
    severity: 'suspicious',
    summary: `${path} is gone`,
    evidence: {},
  }
  const comparison = {
    ...(await compareBytes(honest, gzip(buildTar(honestEntries), { level: 1 }))),
    differences: [difference],
  }
  const text = renderComparison(accountOf(comparison), { color: false, width: 80 }).join('\n')
  expect(text).not.toMatch(/[\p{Cf}\p{Cs}\u001b]/u)
  expect(text).toContain('package/\\u{1b}[2J\\u{202e}x\\u{200b}\\xff\\\\u{1b}.js')
})

test('colours add nothing to the words', async () => {
  const comparison = await compareBytes(
    honestPackage((entries) => entries.slice(1)),
    honest,
  )
  const plain = renderComparison(accountOf(comparison), { color: false, width: 60 })
  const colored = renderComparison(accountOf(comparison), { color: true, width: 60 })
  expect(colored.map((line) => stripVTControlCharacters(line))).toEqual(plain)
  expect(colored.join('')).toContain('\u001b[')
})

test('lines keep to the width, but for words that are longer', async () => {
  const published = honestPackage((entries) =>
    entries.map((entry) => ({
      ...entry,
      data: `${entry.data}\nmore words than fit into one line of a narrow terminal`,
    })),
  )
  for (const line of renderComparison(accountOf(await compareBytes(published, honest)), {
    color: false,
    width: 60,
  }).slice(3)) {
    if (line.length > 60) expect(line.trim().split(' ').length).toBeLessThanOrEqual(2)
  }
})

test.each([
  ['plain', 'plain'],
  ['a\tb\nc', 'a\\u{9}b\\u{a}c'],
  ['\u00a0\u2028\u{e0041}', '\\u{a0}\\u{2028}\\u{e0041}'],
  ['ünï 漢字 😀', 'ünï 漢字 😀'],
  ['\udc80\ud800', '\\x80\\u{d800}'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test.each<[string, unknown, string[]]>([
  [
    'members of a document',
    [{ pointer: '/version', published: '"1.0.0"' }],
    ['at /version', 'published  "1.0.0"', 'rebuilt    nothing'],
  ],
  ['nothing where they are of no known shape', [{ pointer: 1, published: '"1.0.0"' }], []],
  ['nothing where they are endless', [{ pointer: '', published: 'x'.repeat(20_001) }], []],
  ['nothing where there are none', [], []],
])('shows what differs in a document: %s', async (_, changes, lines) => {
  const difference: Difference = {
    ...{ path: 'package/a.json', kind: 'changed', cause: 'json', severity: 'suspicious', summary: 'It differs.' },
    evidence: { changes },
  }
  const comparison = { ...(await compareBytes(honest, gzip(buildTar(honestEntries), { level: 1 }))) }
  const rendered = renderComparison(accountOf({ ...comparison, differences: [difference] }), {
    color: false,
    width: 80,
  })
  expect(rendered.slice(6).map((line) => line.trim())).toEqual(lines)
})
