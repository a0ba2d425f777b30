import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Content, ContentStore } from '../store/content.ts'

/**
 * Passes a file on while it is still being checked: what is small is kept back until it is known to be good, and of what
 * is large the last chunk is, so that a client never has a complete answer that turned out to be wrong.
 */
export type Delivery = {
  /** How large the file will be, where that is known before it has all arrived. */
  announce(size: number): void
  /** Resolves when there is room for more; at once when the client is gone. */
  write(chunk: Uint8Array): Promise<void>
  /** Everything was good. */
  finish(): Promise<void>
  /** Begins anew. `false` when the client already has some of it, and the answer can only be broken off. */
  restart(): boolean
  /** The client sees that the transfer was broken off. */
  breakOff(): void
  hasStarted(): boolean
}

export type DeliveryOptions = {
  response: ServerResponse
  headers: OutgoingHttpHeaders
  /** How long the client may leave a chunk unread, in milliseconds. */
  stallMs: number
}

/** In bytes: most packages are smaller, and a second thought costs them nothing. */
export const keptBack = 256 * 1024

export function openDelivery({ response, headers, stallMs }: DeliveryOptions): Delivery {
  let held: Uint8Array[] = []
  let size = 0
  let announced: number | undefined
  let hasStarted = false

  async function send(chunk: Uint8Array): Promise<void> {
    if (!response.destroyed && !response.write(chunk)) await drained(response, stallMs)
  }

  function start(length: number | undefined): void {
    if (!hasStarted) response.writeHead(200, { ...headers, ...(length !== undefined && { 'content-length': length }) })
    hasStarted = true
  }

  return {
    announce(length) {
      announced = length
    },
    async write(chunk) {
      held.push(chunk)
      size += chunk.length
      if (!hasStarted && size <= keptBack) return
      start(announced)
      const last = held.pop()
      const ready = held
      held = last ? [last] : []
      for (const each of ready) await send(each)
    },
    async finish() {
      start(size)
      response.end(Buffer.concat(held))
      held = []
    },
    restart() {
      if (hasStarted) return false
      held = []
      size = 0
      return true
    },
    breakOff() {
      response.destroy()
    },
    hasStarted: () => hasStarted,
  }
}

/**
 * Answers with what the store has.
 *
 * @throws {Problem} STORE_DAMAGED; the client has not had all of it then, and has not been told that it had.
 */
export async function deliverContent(
  { size, digests }: Content,
  { store, method, ...options }: DeliveryOptions & { store: ContentStore; method: string | undefined },
): Promise<void> {
  if (method === 'HEAD') {
    options.response.writeHead(200, { ...options.headers, 'content-length': size }).end()
    return
  }
  const delivery = openDelivery(options)
  delivery.announce(size)
  for await (const chunk of store.read(digests.sha512)) await delivery.write(chunk)
  await delivery.finish()
}

/** When there is room again, or the client is gone, or was sent away for reading nothing. */
function drained(response: ServerResponse, stallMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => response.destroy(), stallMs)
  const done = () => {
    clearTimeout(timer)
    response.off('drain', done)
    response.off('close', done)
    resolve()
  }
  response.once('drain', done)
  response.once('close', done)
  return promise
}
