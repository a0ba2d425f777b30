import { generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statement } from '../statements/statement.ts'
import { createKey, readKey } from './local-key.ts'
import { planSigning } from './plan.ts'
import { signStatements } from './sign.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-key-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a key that was made can be read with its password, and signs what its public key verifies', async () => {
  const path = join(folder, 'key.pem')
  const made = await createKey(path, 'pass wörd')
  const read = await readKey(path, 'pass wörd')
  expect(read.hint).toBe(made.hint)
  expect(verify('sha256', Buffer.from('x'), await readFile(made.publicPath), read.sign(Buffer.from('x')))).toBe(true)
})

test('only its owner can read the private key, and it is encrypted', async () => {
  const path = join(folder, 'key.pem')
  await createKey(path, 'secret')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
})

test('a key is never written over', async () => {
  const path = join(folder, 'key.pem')
  await createKey(path, 'secret')
  const before = await readFile(path)
  await expect(createKey(path, 'secret')).rejects.toMatchObject({ code: 'OUTPUT_NOT_EMPTY' })
  expect(await readFile(path)).toEqual(before)
})

const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' })

test.each([
  ['P-384', () => pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
  ['Ed25519', () => pem(generateKeyPairSync('ed25519').privateKey)],
  ['RSA', () => pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
  [
    'a public key',
    () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'pem', type: 'spki' }),
  ],
  ['nothing', () => ''],
  ['a damaged key', () => '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  [
    'a damaged encrypted key',
    () => '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
  ],
])('a file with %s is no key to sign with', async (_, content) => {
  const path = join(folder, 'key.pem')
  await writeFile(path, content())
  await expect(readKey(path, 'secret')).rejects.toMatchObject({ code: 'KEY_INVALID' })
})

test.each([
  ['with another password', 'other'],
  ['without one', undefined],
])('a key is not read %s', async (_, password) => {
  const path = join(folder, 'key.pem')
  await createKey(path, 'secret')
  await expect(readKey(path, password)).rejects.toMatchObject({ code: 'KEY_INVALID' })
})

test('a key without a password is not made, and one that is not there not read', async () => {
  await expect(createKey(join(folder, 'key.pem'), '')).rejects.toMatchObject({ code: 'KEY_INVALID' })
  await expect(readKey(join(folder, 'none'), 'x')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('with a key and no configuration nobody is asked and nothing becomes public', async () => {
  const key = join(folder, 'key.pem')
  await createKey(key, 'secret')
  const plan = await planSigning({
    key,
    password: async () => 'secret',
    environment: {},
    now: () => new Date(),
    signal: new AbortController().signal,
  })
  expect(plan.services).toEqual({ certificates: undefined, logs: [], timestamps: [] })
  const notices: string[][] = []
  const subject = { name: 'x', digest: { sha256: 'a', sha512: 'b' } }
  const signed = await signStatements(new Map([['one', statement(subject, 'https://example/p', { a: 1 })]]), plan, {
    announce: (notice) => void notices.push(notice),
    signal: new AbortController().signal,
  })
  expect(notices).toEqual([])
  expect(JSON.parse(signed.get('one')?.bundle ?? '')).toMatchObject({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: {} },
    dsseEnvelope: { payloadType: 'application/vnd.in-toto+json' },
  })
})
