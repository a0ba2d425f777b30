import { expect, test } from 'vitest'
import { bundle, digestsOf, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { readAttestations } from './read.ts'
import { relevantTo, rememberedSubjects } from './relevant.ts'

const pair = keyPair()
const list = (count: number) =>
  readAttestations({
    bytes: Buffer.from(
      JSON.stringify(
        Array.from({ length: count }, (_, index) => bundle(JSON.stringify(statementAbout(`${index}`)), pair)),
      ),
    ),
    file: 'a',
  })
const artifact = (text: string) => ({ name: text, digests: digestsOf(text) })

test('of a long list only what names the file is verified; the others are counted', () => {
  const { attestations, ignored } = relevantTo(artifact('7'), list(100), rememberedSubjects())
  expect(attestations.map(({ origin }) => origin.index)).toEqual([7])
  expect(ignored).toHaveLength(99)
})

test('where none names it, all are verified, so that it is said what is wrong with them', () => {
  expect(relevantTo(artifact('other'), list(100), rememberedSubjects()).attestations).toHaveLength(100)
})

test('of a short list all are verified', () => {
  expect(relevantTo(artifact('7'), list(10), rememberedSubjects()).attestations).toHaveLength(10)
})

test('one that names another digest of the same file too is not passed over', () => {
  const odd = statementAbout('x', { subject: [{ digest: { sha256: digestsOf('7').sha256, sha512: 'f'.repeat(128) } }] })
  const { attestations } = readAttestations({
    bytes: Buffer.from(JSON.stringify(bundle(JSON.stringify(odd), pair))),
    file: 'b',
  })
  const reading = { attestations: [...list(100).attestations, ...attestations], ignored: [] }
  expect(relevantTo(artifact('7'), reading, rememberedSubjects()).attestations).toHaveLength(2)
})
