import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundle, digestsOf, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { type Attestation, readAttestations } from '../verification/read.ts'
import { openBundleStore } from './bundles.ts'

const pair = keyPair()
const file = Buffer.from('a file')
const { sha256, sha512 } = digestsOf(file)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-bundles-'))
})
afterEach(() => rm(folder, { recursive: true }))

function attestation(statement: unknown = statementAbout(file), space = 0): Attestation {
  const text = JSON.stringify(bundle(JSON.stringify(statement), pair), null, space)
  const [first] = readAttestations({ bytes: Buffer.from(text), file: 'a' }).attestations
  if (!first) throw new Error('nothing was read')
  return first
}

test('what is kept is found by every digest of what it speaks of, and by no other', async () => {
  const store = openBundleStore(folder)
  const added = await store.add(attestation())
  expect(added.outcome).toBe('added')
  for (const digests of [{ sha256 }, { sha512 }, { sha256, sha512 }]) {
    expect(await store.find(digests)).toMatchObject([added.outcome === 'added' ? { sha256: added.sha256 } : {}])
  }
  expect(await store.find({ sha256: '0'.repeat(64) })).toEqual([])
  expect(await store.find({ sha1: 'a'.repeat(40), sha256: '../../../etc' })).toEqual([])
})

test('the same attestation is kept once, however it is written', async () => {
  const store = openBundleStore(folder)
  const one = attestation()
  await store.add(one)
  if (!('raw' in one)) throw new Error('it cannot be read')
  const [again] = readAttestations({ bytes: Buffer.from(JSON.stringify(one.raw, null, 4)), file: 'b' }).attestations
  expect(again && (await store.add(again))).toMatchObject({ outcome: 'known' })
  expect(await store.list()).toHaveLength(1)
  expect(await readdir(join(folder, 'objects'))).toHaveLength(1)
})

test('a damaged one is said and not used, and is mended by adding it again', async () => {
  const store = openBundleStore(folder)
  await store.add(attestation())
  const [stored] = await store.list()
  await writeFile(stored?.path ?? '', '{"mediaType":')
  expect(await store.find({ sha256 })).toMatchObject([{ damaged: 'Its bytes are not those that were written.' }])
  await rm(stored?.path ?? '')
  expect(await store.find({ sha256 })).toMatchObject([{ damaged: 'It is listed, and the file is gone.' }])
  const one = attestation()
  const added = await store.add(one)
  const whole = await store.find({ sha256 })
  expect(whole.filter((found) => 'attestation' in found).map((found) => found.sha256)).toEqual([
    added.outcome === 'added' ? added.sha256 : '',
  ])
})

test('what cannot be read, and what names no file by a good digest, is refused', async () => {
  const store = openBundleStore(folder)
  const [broken] = readAttestations({ bytes: Buffer.from('{'), file: 'a' }).attestations
  expect(broken && (await store.add(broken))).toMatchObject({ outcome: 'refused' })
  const weak = statementAbout(file, { subject: [{ name: 'x', digest: { sha1: 'a'.repeat(40), sha256: '../../x' } }] })
  expect(await store.add(attestation(weak))).toMatchObject({ outcome: 'refused' })
  const many = Array.from({ length: 5000 }, (_, index) => ({
    digest: { sha256: index.toString(16).padStart(64, '0') },
  }))
  expect(await store.add(attestation(statementAbout(file, { subject: many })))).toMatchObject({ outcome: 'refused' })
  expect(await store.list()).toEqual([])
})

test('a store that is not there yet is empty', async () => {
  expect(await openBundleStore(join(folder, 'none')).list()).toEqual([])
})

test('other files in the folder are passed over', async () => {
  const store = openBundleStore(folder)
  await store.add(attestation())
  await writeFile(join(folder, 'objects', 'notes.json'), 'x')
  expect(await store.list()).toHaveLength(1)
})
