import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket, type TLSSocketOptions } from 'node:tls'
import type { CertificateAuthority } from './certificates.ts'

/** Where the client of a connection believes to be. */
export type Origin = {
  protocol: 'http:' | 'https:'
  /** Host and port, as in a CONNECT; absent on a connection that was opened to the proxy itself. */
  authority?: string
}

export type InterceptionOptions = {
  /** Gets every request, whatever it came through. */
  server: Server
  certificates: CertificateAuthority
  /** A tunnel that ended before anything in it could be read. */
  onSilentTunnel: (authority: string) => void
  /** In milliseconds. */
  idleMs: number
}

export type Interception = {
  /** Takes a new connection: plain HTTP, or TLS as some npm 11 speak to a registry whose address they rewrote. */
  accept(socket: Socket): void
  originOf(request: IncomingMessage): Origin
  /** Ends all connections at once. */
  close(): void
}

/** The certificate is for the host of the tunnel, or on a direct connection for the one that the client names. */
function secure(socket: Socket, authority: string | undefined, certificates: CertificateAuthority): TLSSocket {
  const secured = new TLSSocket(socket, {
    isServer: true,
    secureContext: certificates.contextFor(authority === undefined ? '127.0.0.1' : hostOf(authority)),
    ALPNProtocols: ['http/1.1'],
    ...(authority === undefined && { SNICallback: (name, done) => done(null, certificates.contextFor(name)) }),
  } as TLSSocketOptions)
  secured.on('error', () => secured.destroy())
  return secured
}

/** First byte of a TLS handshake record, RFC 8446, section 5.1. */
const handshake = 0x16

/** Sorts what arrives by its first byte, and ends TLS in the name of whatever host the client wants. */
export function openInterception({ server, certificates, onSilentTunnel, idleMs }: InterceptionOptions): Interception {
  /** By the socket that requests come from: where its client believes to be, and the connection below. */
  const channels = new WeakMap<Socket, { origin: Origin; outer: Socket }>()
  const heard = new WeakSet<Socket>()
  const open = new Set<Socket>()

  function take(socket: Socket, authority?: string): void {
    open.add(socket)
    socket.setTimeout(idleMs, () => socket.destroy())
    // A client that goes away in the middle is no fault.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
    socket.once('data', (first: Buffer) => {
      socket.pause()
      socket.setTimeout(0)
      socket.unshift(first)
      const isSecure = first[0] === handshake
      const inner = isSecure ? secure(socket, authority, certificates) : socket
      const protocol = isSecure ? 'https:' : 'http:'
      channels.set(inner, { origin: { protocol, ...(authority !== undefined && { authority }) }, outer: socket })
      server.emit('connection', inner)
      if (!isSecure) process.nextTick(() => socket.resume())
    })
  }

  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const authority = request.url ?? ''
    const isNested = channels.get(request.socket)?.origin.authority !== undefined
    if (isNested || !/^[A-Za-z0-9._[\]:-]{1,260}:\d{1,5}$/.test(authority)) {
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n')
      return
    }
    socket.removeAllListeners('timeout')
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) socket.unshift(head)
    take(socket, authority)
    socket.resume()
    socket.once('close', () => {
      if (!heard.has(socket)) onSilentTunnel(authority)
    })
  })
  return {
    accept: (socket) => take(socket),
    originOf({ socket }) {
      const { origin, outer } = channels.get(socket) ?? { origin: { protocol: 'http:' }, outer: socket }
      heard.add(outer)
      const name = socket instanceof TLSSocket ? socket.servername : undefined
      const isLed = origin.authority === undefined && name && name !== 'localhost'
      return isLed ? { ...origin, authority: `${name}:443` } : origin
    },
    close() {
      for (const socket of open) socket.destroy()
    },
  }
}

function hostOf(authority: string): string {
  return authority.slice(0, authority.lastIndexOf(':')).replace(/^\[|\]$/g, '')
}
