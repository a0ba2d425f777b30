import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
  sign,
} from 'node:crypto'
import { link, rm, writeFile } from 'node:fs/promises'
import { Problem } from '../../verifiers/model/problem.ts'
import { integer, objectIdentifier, octets, sequence } from '../../verifiers/network/der.ts'
import { readBounded } from '../verification/bounded-file.ts'

/** An ECDSA P-256 key: the one kind that every verifier and both generations of Rekor take. */
export type LocalKey = {
  sign(data: Uint8Array): Buffer
  publicKey: KeyObject
  /** base64 of the sha256 of the SubjectPublicKeyInfo, as cosign writes it. */
  hint: string
}

/** What OWASP recommends for PBKDF2 with HMAC-SHA-256; OpenSSL's own default is 2048. */
const iterations = 600_000
const largestKey = 64 * 1024

/**
 * Makes a key pair: `path` gets the private key, encrypted, readable by its owner only, and `path.pub` the public one.
 *
 * @throws {Problem} OUTPUT_NOT_EMPTY when one of them exists, KEY_INVALID when the password is empty.
 */
export async function createKey(path: string, password: string): Promise<LocalKey & { publicPath: string }> {
  if (password === '') throw invalid(path, 'it would have no password', 'Choose one: whoever has the file could sign.')
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicPath = `${path}.pub`
  await writeNew(path, pem('ENCRYPTED PRIVATE KEY', encrypted(privateKey, password)), 0o600)
  await writeNew(publicPath, publicKey.export({ format: 'pem', type: 'spki' }), 0o644)
  return { ...localKey(privateKey), publicPath }
}

/** Whole or not at all, and never over another file. */
async function writeNew(path: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(temporary, content, { flag: 'wx', mode })
    await link(temporary, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EEXIST') {
      throw new Problem('OUTPUT_NOT_EMPTY', `${path} is there already; a key is never written over.`, {
        hint: 'Name another file with --out.',
        cause: error,
      })
    }
    throw new Problem('FILE_UNREADABLE', `${path} cannot be written (${code}).`, { cause: error })
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Whether a file holds a private key that needs a password. @throws {Problem} FILE_UNREADABLE */
export async function isEncrypted(path: string): Promise<boolean> {
  return (await readBounded(path, largestKey)).includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')
}

/** Whether a file holds a private key in PEM, of whatever kind. @throws {Problem} FILE_UNREADABLE */
export async function isPrivate(path: string): Promise<boolean> {
  return (await readBounded(path, largestKey)).includes('PRIVATE KEY-----')
}

/**
 * Reads a private key in PEM: PKCS#8, encrypted or not, or SEC1.
 *
 * @throws {Problem} FILE_UNREADABLE, KEY_INVALID when it is of another kind, or the password is wrong.
 */
export async function readKey(path: string, password: string | undefined): Promise<LocalKey> {
  const bytes = await readBounded(path, largestKey)
  const needsPassword = await isEncrypted(path)
  if (needsPassword && password === undefined) {
    throw invalid(path, 'it needs its password', 'Set REPROOF_KEY_PASSWORD, or run this at a terminal.')
  }
  let key: KeyObject
  try {
    key = createPrivateKey({ key: bytes, format: 'pem', ...(needsPassword && { passphrase: password }) })
  } catch {
    // OpenSSL's error would not help, and is made of the key's own bytes.
    throw needsPassword
      ? invalid(path, 'its password is another one, or it is damaged', 'Try again with the password it was made with.')
      : invalid(path, 'it is no private key in PEM', 'Make one with `reproof key create`.')
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw invalid(path, 'it is not an ECDSA key on the curve P-256', 'Make one with `reproof key create`.')
  }
  return localKey(key)
}

function localKey(privateKey: KeyObject): LocalKey {
  const publicKey = createPublicKey(privateKey)
  return {
    sign: (data) => sign('sha256', data, privateKey),
    publicKey,
    hint: createHash('sha256')
      .update(publicKey.export({ format: 'der', type: 'spki' }))
      .digest('base64'),
  }
}

/**
 * EncryptedPrivateKeyInfo with PBES2 (RFC 5958 section 3, RFC 8018 appendix A.4). Node can write one, but not choose how
 * often the password is stretched.
 */
function encrypted(key: KeyObject, password: string): Buffer {
  const salt = randomBytes(16)
  const vector = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, salt, iterations, 32, 'sha256'), vector)
  const content = Buffer.concat([cipher.update(key.export({ format: 'der', type: 'pkcs8' })), cipher.final()])
  const count = Buffer.alloc(4)
  count.writeUInt32BE(iterations)
  const hmacWithSha256 = sequence(objectIdentifier('1.2.840.113549.2.9'), Buffer.of(0x05, 0))
  const derivation = sequence(octets(salt), integer(count.subarray(1)), hmacWithSha256)
  const scheme = sequence(
    sequence(objectIdentifier('1.2.840.113549.1.5.12'), derivation),
    sequence(objectIdentifier('2.16.840.1.101.3.4.1.42'), octets(vector)),
  )
  const pbes2 = sequence(objectIdentifier('1.2.840.113549.1.5.13'), scheme)
  return Buffer.from(sequence(pbes2, octets(content)))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function invalid(path: string, what: string, hint: string): Problem {
  return new Problem('KEY_INVALID', `The key in ${path} cannot be used: ${what}.`, { hint })
}
