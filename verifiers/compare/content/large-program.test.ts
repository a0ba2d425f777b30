import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import { explainJavaScript } from './explain-javascript.ts'

/** Some two megabytes of code. */
const line = 'function f(a){return a/2+"some text"} // and a comment\n'
const filler = line.repeat(Math.ceil((2.2 * 1024 * 1024) / line.length))
const large = (middle: string) => `${filler}${middle}\n${filler}`

test.each([
  ['a stamp in a comment', '/* built 2024-05-01 */', '/* built 2026-11-23 */', 'generated-date', 'suspicious'],
  ['a stamp in a named value', 'x.version = "1.2.3"', 'x.version = "1.2.4"', 'version-stamp', 'suspicious'],
  ['a call', 'x(); steal()', 'x()', 'code', 'suspicious'],
  ['an eval', 'x(eval(a))', 'x(a)', 'code', 'suspicious'],
  ['another name', 'var aa = check(1)', 'var bb = check(1)', 'code', 'suspicious'],
])(
  'what differs in the middle of more than four megabytes is found and judged: %s',
  (_, published, rebuilt, cause, severity) => {
    expect(explainJavaScript(large(published), large(rebuilt))).toMatchObject({ cause, severity })
  },
)

test.each([
  ['a comment that is left open', '/* x', 'x()'],
  ['a quote that is left open', '` + x', 'x()'],
])('what changes the meaning of all that follows is suspicious: %s', (_, published, rebuilt) => {
  expect(explainJavaScript(large(published), large(rebuilt)).severity).toBe('suspicious')
})

test('two large programs that have little in common are suspicious', () => {
  const other = 'x'.repeat(line.length).concat('\n').repeat(100_000)
  expect(explainJavaScript(`${other}a`, filler).severity).toBe('suspicious')
})

test('a large entry of an archive is looked into', async () => {
  const pack = (data: string) => gzip(buildTar([{ path: 'package/a.js', data }]), { level: 1 })
  const { differences } = await compareBytes(pack(large('x(); steal()')), pack(large('x()')))
  expect(differences[0]).toMatchObject({ cause: 'code', severity: 'suspicious', evidence: { alarms: ['calls steal'] } })
})
