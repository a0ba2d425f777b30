import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { honestPackage } from '../../fixtures/archives/tar-builder.ts'
import { adversaryAttacks } from '../../fixtures/attacks/adversary.ts'
import { codeAttacks } from '../../fixtures/attacks/adversary-code.ts'
import { fileAttacks } from '../../fixtures/attacks/adversary-files.ts'
import { archiveAttacks } from '../../fixtures/attacks/archives.ts'
import { besideNoise, besideOwnVersion, contentAttacks, packagesOf } from '../../fixtures/attacks/contents.ts'
import { examinerDocuments } from '../../fixtures/attacks/examiner-documents.ts'
import { latecomerCode } from '../../fixtures/attacks/latecomer-code.ts'
import { latecomerFiles } from '../../fixtures/attacks/latecomer-files.ts'
import { outsiderCode } from '../../fixtures/attacks/outsider-code.ts'
import { outsiderFiles } from '../../fixtures/attacks/outsider-files.ts'
import { reviewerArchives } from '../../fixtures/attacks/reviewer-archives.ts'
import { reviewerCode } from '../../fixtures/attacks/reviewer-code.ts'
import { reviewerFiles } from '../../fixtures/attacks/reviewer-files.ts'
import { reviewerManifests } from '../../fixtures/attacks/reviewer-manifests.ts'
import { rewrittenCode } from '../../fixtures/attacks/rewritten-code.ts'
import { strangerCode } from '../../fixtures/attacks/stranger-code.ts'
import { strangerFiles } from '../../fixtures/attacks/stranger-files.ts'
import { visitorCode, visitorStamps, visitorVersions } from '../../fixtures/attacks/visitor-code.ts'
import { lonelyDocuments, visitorDocuments } from '../../fixtures/attacks/visitor-documents.ts'
import { visitorPrograms } from '../../fixtures/attacks/visitor-programs.ts'
import { visitorStyles } from '../../fixtures/attacks/visitor-styles.ts'
import { traceContext } from '../../fixtures/honest/trace-context.ts'
import { traceCauses } from './causes/trace.ts'

const honest = honestPackage()
const inContents = [
  ...[...contentAttacks, ...codeAttacks, ...fileAttacks],
  ...[...reviewerCode, ...reviewerFiles, ...reviewerManifests],
  ...[
    ...strangerCode,
    ...strangerFiles,
    ...rewrittenCode,
    ...outsiderCode,
    ...outsiderFiles,
    ...latecomerCode,
    ...latecomerFiles,
    ...examinerDocuments,
    ...visitorCode,
    ...visitorDocuments,
    ...visitorStyles,
    ...visitorPrograms,
  ],
]
const beside = [besideNoise, besideOwnVersion].flatMap((put) => inContents.map(put)).filter((one) => one !== undefined)
const attacks = [
  ...[...archiveAttacks, ...adversaryAttacks, ...reviewerArchives, ...lonelyDocuments],
  ...[...inContents.map((one) => packagesOf(one)), ...beside],
  ...visitorVersions,
]

test.each(attacks)('is found and named: $name', async ({ published, path, rebuilt = honest }) => {
  const { verdict, differences } = await compareBytes(published, rebuilt)
  expect(verdict).toBe('different')
  expect(differences[0]?.severity).toBe('suspicious')
  const paths = differences.filter(({ severity }) => severity === 'suspicious').map((one) => one.path)
  expect(paths).toContain(path)
})

test.each(visitorStamps)('is found, whatever the rebuild knows: $name', async ({ published, path, rebuilt, facts }) => {
  const compared = await compareBytes(published, rebuilt ?? honest)
  const { verdict, differences } = await traceCauses(compared, traceContext(facts))
  expect(verdict).toBe('different')
  expect(differences.filter(({ severity }) => severity === 'suspicious').map((one) => one.path)).toContain(path)
})

test('the names of the attacks are all different', () => {
  const all = [...attacks, ...visitorStamps]
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})
