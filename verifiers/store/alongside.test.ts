import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { alongside } from './alongside.ts'

const chunks = Array.from({ length: 64 }, (_, index) => Buffer.alloc(16 * 1024, index))
const whole = Buffer.concat(chunks)
const read = (source: AsyncIterable<Uint8Array>) => buffer(Readable.from(source))
const failing = async (): Promise<never> => {
  throw new Error('the second failed')
}

test('both get all bytes', async () => {
  const second: Buffer[] = []
  const first = await alongside(Readable.from(chunks), read, async (bytes) => {
    for await (const chunk of bytes) second.push(chunk)
  })
  expect(first).toEqual(whole)
  expect(Buffer.concat(second)).toEqual(whole)
})

test('where the second fails or has had enough, the first still gets all', async () => {
  let got: Buffer | undefined
  const keep = async (source: AsyncIterable<Uint8Array>) => {
    got = await read(source)
  }
  await expect(alongside(Readable.from(chunks), keep, failing)).rejects.toThrow('the second failed')
  expect(got).toEqual(whole)
  got = undefined
  await alongside(Readable.from(chunks), keep, async () => undefined)
  expect(got).toEqual(whole)
})

test('what the first says counts, and the second has ended by then', async () => {
  let second = 'reads'
  const refuse = async (source: AsyncIterable<Uint8Array>) => {
    await read(source)
    throw new Error('the first failed')
  }
  const reading = alongside(Readable.from(chunks), refuse, async (bytes) => {
    try {
      await buffer(bytes)
    } finally {
      second = 'has ended'
    }
  })
  await expect(reading).rejects.toThrow('the first failed')
  expect(second).toBe('has ended')
  await expect(alongside(Readable.from(chunks), refuse, failing)).rejects.toThrow('the first failed')
})

test('a source that breaks off is told to both', async () => {
  async function* broken() {
    yield* chunks
    throw new Error('broken off')
  }
  let told: unknown
  const reading = alongside(broken(), read, async (bytes) => {
    await buffer(bytes).catch((error: unknown) => {
      told = error
    })
  })
  await expect(reading).rejects.toThrow('broken off')
  expect(told).toBeInstanceOf(Error)
})
