/**
 * The few types of DER (ITU-T X.690) that an X.509 certificate is made of. The libraries that know all of them need a
 * polyfill of the global `Reflect`, for what is sixty lines here.
 */
export type Der = Uint8Array

function encode(tag: number, ...content: Uint8Array[]): Der {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.of(tag), lengthOf(body), body])
}

function lengthOf(body: Uint8Array): Uint8Array {
  if (body.length < 0x80) return Buffer.of(body.length)
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(body.length)
  const significant = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  return Buffer.concat([Buffer.of(0x80 | significant.length), significant])
}

export const sequence = (...items: Der[]) => encode(0x30, ...items)
export const set = (...items: Der[]) => encode(0x31, ...items)
export const boolean = (value: boolean) => encode(0x01, Buffer.of(value ? 0xff : 0))
export const octets = (content: Uint8Array) => encode(0x04, content)
export const utf8 = (text: string) => encode(0x0c, Buffer.from(text))

/** Big-endian and not negative. */
export function integer(bytes: Uint8Array): Der {
  return encode(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

/** `unused` is the number of bits at the end that do not count. */
export const bits = (content: Uint8Array, unused = 0) => encode(0x03, Buffer.of(unused), content)

/** Between 1950 and 2049, as UTCTime has two digits for the year (RFC 5280, 4.1.2.5.1). */
export const utcTime = (time: Date) =>
  encode(0x17, Buffer.from(`${time.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`))

/** `[number]`, explicit. */
export const tagged = (number: number, content: Der) => encode(0xa0 | number, content)

/** `[number]`, implicit, of a type that is not constructed. */
export const implicit = (number: number, content: Uint8Array) => encode(0x80 | number, content)

export function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return encode(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift((left % 128) | 0x80)
  return bytes
}
