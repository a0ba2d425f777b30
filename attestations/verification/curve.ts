import type { KeyObject } from 'node:crypto'

/**
 * ECDSA over a digest, for a file of which only the digest is known. Node verifies messages only, never digests. Nothing
 * here is secret, so nothing needs constant time. FIPS 186-5 section 6.4.2; the curves are those of SP 800-186.
 */
type Curve = { p: bigint; n: bigint; gx: bigint; gy: bigint; bytes: number }

const curves: Record<string, Curve> = {
  prime256v1: {
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    bytes: 32,
  },
  secp384r1: {
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    bytes: 48,
  },
}

/**
 * Whether a DER signature holds for a digest.
 * @returns nothing when the key is on no curve that is known here.
 */
export function holdsForDigest(key: KeyObject, digest: Buffer, signature: Buffer): boolean | undefined {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (key.asymmetricKeyType !== 'ec' || !curve) return undefined
  const { p, n, gx, gy, bytes } = curve
  const values = integersFrom(signature)
  const { x, y } = key.export({ format: 'jwk' })
  if (!values || x === undefined || y === undefined) return false
  const [r, s] = values
  if (r <= 0n || r >= n || s <= 0n || s >= n) return false
  const message = numberFrom(digest.subarray(0, bytes))
  const inverse = inverted(s, n)
  const sum = added(
    times((message * inverse) % n, { x: gx, y: gy }, p),
    times(
      (r * inverse) % n,
      { x: numberFrom(Buffer.from(x, 'base64url')), y: numberFrom(Buffer.from(y, 'base64url')) },
      p,
    ),
    p,
  )
  return sum !== undefined && modulo(sum.x, n) === r
}

const numberFrom = (bytes: Buffer): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`))

const modulo = (value: bigint, by: bigint): bigint => ((value % by) + by) % by

/** SEQUENCE of two INTEGERs in DER, and nothing behind them; RFC 3279 section 2.2.3. */
function integersFrom(signature: Buffer): [bigint, bigint] | undefined {
  const [sequence, length] = signature
  if (sequence !== 0x30 || length === undefined || length > 127 || signature.length !== length + 2) return undefined
  const first = integerAt(signature, 2)
  const second = first && integerAt(signature, first.end)
  return second?.end === signature.length && first ? [first.value, second.value] : undefined
}

function integerAt(bytes: Buffer, at: number): { value: bigint; end: number } | undefined {
  const length = bytes[at + 1]
  if (bytes[at] !== 0x02 || length === undefined || length === 0) return undefined
  const body = bytes.subarray(at + 2, at + 2 + length)
  const [lead = 0x80, next = 0x80] = body
  // Negative, cut off, or longer than it needs to be.
  if (body.length !== length || lead >= 0x80 || (length > 1 && lead === 0 && next < 0x80)) return undefined
  return { value: numberFrom(body), end: at + 2 + length }
}

/** Extended Euclid; `value` is not divisible by the prime `by`. */
function inverted(value: bigint, by: bigint): bigint {
  let [low, high, a, b] = [modulo(value, by), by, 1n, 0n]
  while (low > 1n) {
    const ratio = high / low
    ;[low, high, a, b] = [high - ratio * low, low, b - ratio * a, a]
  }
  return modulo(a, by)
}

/** Affine; nothing is the point at infinity. Both curves have a = -3. */
type Point = { x: bigint; y: bigint } | undefined

function added(one: Point, other: Point, p: bigint): Point {
  if (!one) return other
  if (!other) return one
  if (one.x === other.x && modulo(one.y + other.y, p) === 0n) return undefined
  const slope =
    one.x === other.x
      ? modulo((3n * one.x * one.x - 3n) * inverted(2n * one.y, p), p)
      : modulo((other.y - one.y) * inverted(other.x - one.x, p), p)
  const x = modulo(slope * slope - one.x - other.x, p)
  return { x, y: modulo(slope * (one.x - x) - one.y, p) }
}

function times(factor: bigint, point: Point, p: bigint): Point {
  let [result, power]: [Point, Point] = [undefined, point]
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = added(result, power, p)
    power = added(power, power, p)
  }
  return result
}
