import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { absenceAttacks } from '../../fixtures/attacks/absence.ts'
import { formatAttacks } from '../../fixtures/attacks/adversary-formats.ts'
import type { Attack } from '../../fixtures/attacks/archives.ts'
import { packageAttacks } from '../../fixtures/attacks/nested.ts'
import { outsiderPackages } from '../../fixtures/attacks/outsider-packages.ts'
import { packagingAttacks } from '../../fixtures/attacks/packaging.ts'
import { reviewerPackages } from '../../fixtures/attacks/reviewer-packages.ts'
import { visitorArchives } from '../../fixtures/attacks/visitor-archives.ts'
import { visitorPackages } from '../../fixtures/attacks/visitor-documents.ts'
import { visitorFiles } from '../../fixtures/attacks/visitor-files.ts'
import { zipAttacks } from '../../fixtures/attacks/zip.ts'

const attacks: readonly Attack[] = [
  ...zipAttacks,
  ...packageAttacks,
  ...formatAttacks,
  ...reviewerPackages,
  ...outsiderPackages,
  ...absenceAttacks,
  ...packagingAttacks,
  ...visitorFiles,
  ...visitorArchives,
  ...visitorPackages,
]

test.each(attacks)(
  'is found and named: $name',
  async ({ published, path, rebuilt = Buffer.alloc(0), fileName = '' }) => {
    const { verdict, differences } = await compareBytes(published, rebuilt, { fileName })
    expect(verdict).toBe('different')
    expect(differences[0]?.severity).toBe('suspicious')
    const paths = differences.filter(({ severity }) => severity === 'suspicious').map((one) => one.path)
    expect(paths).toContain(path)
  },
)

test('the names of the attacks are all different', () => {
  expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length)
})
