import { expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import { explainOrder } from './file-order.ts'

test.each([
  ['locale', ['a', 'B', 'c'], ['B', 'a', 'c']],
  ['locale', ['Zebra', 'apple'], ['apple', 'Zebra']],
  ['file-order', ['src/b.js', 'src/a.js', 'c.css'], ['src/a.js', 'c.css', 'src/b.js']],
  ['member-order', ['two', 'one', 'three'], ['three', 'two', 'one']],
])('a list in another order is explained by %s: %s and %s', (cause, published, rebuilt) => {
  expect(explainOrder(published, rebuilt).cause).toBe(cause)
})

test('a list of files in JSON whose order differs is named, and not called harmless', async () => {
  const pack = (list: string[]) => gzip(buildTar([{ path: 'package/files.json', data: JSON.stringify(list) }]))
  const { differences } = await compareBytes(pack(['b.js', 'a.js', 'c.js']), pack(['c.js', 'b.js', 'a.js']))
  expect(differences[0]).toMatchObject({ cause: 'file-order', severity: 'unexplained' })
})
