import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestEntries, honestPackage } from '../../fixtures/archives/tar-builder.ts'

test('both archives are listed side by side, what differs with both sizes', async () => {
  const [first, second] = honestEntries
  const name = (entry: typeof first) => String(entry?.path)
  const { listing } = await compareBytes(
    honestPackage((entries) => [...entries.slice(1), { path: 'package/only-published.js', data: '12' }]),
    honestPackage((entries) => entries.map((entry, index) => (index === 1 ? { ...entry, data: '1' } : entry))),
  )
  expect(listing?.omitted).toBe(0)
  expect(listing?.entries).toHaveLength(honestEntries.length + 1)
  expect(listing?.entries).toContainEqual(expect.objectContaining({ path: name(second), state: 'changed', rebuilt: 1 }))
  expect(listing?.entries).toContainEqual({ path: 'package/only-published.js', state: 'removed', published: 2 })
  expect(listing?.entries.at(-1)).toMatchObject({ path: name(first), state: 'added' })
})

test('of more entries than a reader looks at, those that differ are listed and the others counted', async () => {
  const many = (tail: string) =>
    honestPackage(() => [
      ...Array.from({ length: 10_050 }, (_, index) => ({ path: `package/${index}`, data: '' })),
      { path: 'package/last', data: tail },
    ])
  const { listing } = await compareBytes(many('a'), many('b'))
  expect(listing?.entries).toHaveLength(10_000)
  expect(listing?.entries.at(-1)).toMatchObject({ path: 'package/last', state: 'changed' })
  expect(listing?.omitted).toBe(51)
})
