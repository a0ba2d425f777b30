import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { holdsForDigest } from './curve.ts'

describe.each([
  { curve: 'prime256v1', hash: 'sha256' },
  { curve: 'prime256v1', hash: 'sha512' },
  { curve: 'secp384r1', hash: 'sha256' },
  { curve: 'secp384r1', hash: 'sha384' },
])('$curve over $hash', ({ curve, hash }) => {
  const pairs = Array.from({ length: 5 }, () => generateKeyPairSync('ec', { namedCurve: curve }))

  test('holds for what Node signed, and for nothing else', () => {
    for (const [index, { privateKey, publicKey }] of pairs.entries()) {
      const message = Buffer.from(`message ${index}`)
      const digest = createHash(hash).update(message).digest()
      const signature = sign(hash, message, privateKey)
      expect(holdsForDigest(publicKey, digest, signature)).toBe(true)
      const another = createHash(hash).update('another').digest()
      expect(holdsForDigest(publicKey, another, signature)).toBe(false)
      const stranger = generateKeyPairSync('ec', { namedCurve: curve }).publicKey
      expect(holdsForDigest(stranger, digest, signature)).toBe(false)
    }
  })

  test('refuses a signature that is not the one DER form of two numbers in range', () => {
    const [pair] = pairs
    if (!pair) throw new Error('no pair')
    const digest = createHash(hash).update('m').digest()
    const signature = sign(hash, Buffer.from('m'), pair.privateKey)
    const broken = [
      Buffer.alloc(0),
      Buffer.from([0x30, 0]),
      Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0]),
      Buffer.from([0x30, 6, 2, 1, 1, 2, 1, 0]),
      Buffer.from([0x30, 6, 2, 1, 0x81, 2, 1, 1]),
      Buffer.concat([signature, Buffer.from([0])]),
      signature.subarray(0, -1),
      Buffer.from('zzzz'),
    ]
    for (const bytes of broken) expect(holdsForDigest(pair.publicKey, digest, bytes)).toBe(false)
  })
})

test('a key of another kind cannot be decided on a digest', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  expect(holdsForDigest(publicKey, Buffer.alloc(32), Buffer.alloc(64))).toBeUndefined()
})
