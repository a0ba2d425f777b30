import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestPackage } from '../../fixtures/archives/tar-builder.ts'
import { adversaryAttacks } from '../../fixtures/attacks/adversary.ts'
import { archiveAttacks } from '../../fixtures/attacks/archives.ts'
import { contentAttacks } from '../../fixtures/attacks/contents.ts'

const honest = honestPackage()
const attacks = [...archiveAttacks, ...contentAttacks, ...adversaryAttacks]

test.each(attacks)('is found and named: $name', async ({ published, path, rebuilt = honest }) => {
  const { verdict, differences } = await compareBytes(published, rebuilt)
  expect(verdict).toBe('different')
  expect(differences[0]?.severity).toBe('suspicious')
  const paths = differences.filter(({ severity }) => severity === 'suspicious').map((one) => one.path)
  expect(paths).toContain(path)
})

test('the names of the attacks are all different', () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
})
