const scannedBytes = 4 * 2 ** 20
const containerCount = 4_000_000

const quote = 0x22
const backslash = 0x5c

/**
 * JSON from somebody else, at most as large as its reader allowed. A megabyte of opening brackets becomes fifty of
 * arrays, so a large document is counted before it is parsed; in a small one there is no room for harm.
 *
 * @throws {SyntaxError} when it is not JSON; {@link RangeError} when it has more than four million objects and arrays.
 */
export function parseBoundedJson(bytes: Buffer): unknown {
  if (bytes.length > scannedBytes && countContainers(bytes) > containerCount) {
    throw new RangeError(`it has more than ${containerCount} objects and arrays`)
  }
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  return JSON.parse(bytes.toString('utf8', start))
}

function countContainers(bytes: Buffer): number {
  let count = 0
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]
    if (byte === quote) index = endOfString(bytes, index)
    // `{` and `[`
    else if (byte === 0x7b || byte === 0x5b) count++
  }
  return count
}

function endOfString(bytes: Buffer, opening: number): number {
  let index = opening
  for (;;) {
    index = bytes.indexOf(quote, index + 1)
    if (index === -1) return bytes.length
    let before = index - 1
    while (bytes[before] === backslash) before--
    if ((index - before) % 2 === 1) return index
  }
}
