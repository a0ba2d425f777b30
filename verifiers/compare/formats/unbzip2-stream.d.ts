/** The decoder inside of the library's stream, which has no types of its own. */
declare module 'unbzip2-stream/lib/bzip2.js' {
  /** `count` bits as a number; `null` goes on at the next whole byte. */
  type Bits = (count: number | null) => number
  const decoder: {
    /** Size of the blocks, in units of 100,000 bytes. */
    header(bits: Bits): number
    /** Decodes one block and returns the sum so far, or `null` at the end of a stream. */
    decompress(bits: Bits, write: (byte: number) => void, buffer: Int32Array, size: number, sum: number): number | null
  }
  export default decoder
}
