import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { Problem } from '../model/problem.ts'
import { type Content, openContentStore } from '../store/content.ts'
import { deliverContent } from './delivery.ts'

const bytes = Buffer.from('all of the file')
const content: Content = { size: bytes.length, digests: { sha256: '', sha512: '', sha1: '' } as Content['digests'] }

let server: Server | undefined
afterEach(() => void server?.close())

/** A server that gives a file, whose store says at the end of it what `atEnd` does. */
async function serve(atEnd: () => Promise<void>) {
  const { promise: delivered, resolve, reject } = Promise.withResolvers<void>()
  // What it ends with is looked at later, and there may be nobody yet.
  delivered.catch(() => undefined)
  async function* read() {
    yield bytes
    await atEnd()
  }
  const store = { ...openContentStore(''), read: () => Readable.from(read()) }
  server = createServer((request, response) => {
    const headers = { 'content-type': 'application/octet-stream' }
    deliverContent(content, { store, method: request.method, response, headers, stallMs: 1000 }).then(
      resolve,
      (error) => {
        response.destroy()
        reject(error)
      },
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, delivered }
}

test('a client that goes as soon as it has the whole file has read it to its end', async () => {
  let isGone = false
  // Were the last byte sent before the store has said that all is well, it would be gone by then.
  const atEnd = async () => {
    for (let turn = 0; turn < 1000; turn++) await setImmediate()
    expect(isGone).toBe(false)
  }
  const { port, delivered } = await serve(atEnd)
  const [response] = (await once(get({ port, agent: false }), 'response')) as [IncomingMessage]
  response.once('data', () => {
    isGone = true
    response.destroy()
  })
  await delivered
  await once(response, 'close')
  expect(isGone).toBe(true)
})

test('of a file that turns out to be damaged no client has all', async () => {
  const { port, delivered } = await serve(() => Promise.reject(new Problem('STORE_DAMAGED', 'It is damaged.')))
  const request = get({ port, agent: false })
  await expect(once(request, 'response').then(([response]) => buffer(response))).rejects.toThrow()
  await expect(delivered).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})
