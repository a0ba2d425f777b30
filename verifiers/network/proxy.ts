import { chmod, lstat, mkdir, unlink } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { Problem } from '../model/problem.ts'
import type { Exchange } from '../model/rebuild.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import type { ContentStore } from '../store/content.ts'
import { createCertificateAuthority } from './certificates.ts'
import { type Declaration, type FileDeclaration, indexDeclarations } from './declarations.ts'
import { environmentFor, type ProxyEnvironment } from './environment.ts'
import { openFiles } from './files.ts'
import type { GitService } from './git-service.ts'
import { openInterception } from './interception.ts'
import { defaultLimits, type NetworkLimits } from './limits.ts'
import { openPackuments } from './packuments.ts'
import { openRecorder, recordSilentTunnel } from './recording.ts'
import { openRegistries } from './registries.ts'
import { answerRequest, type RequestContext } from './requests.ts'
import { openTarballs } from './tarballs.ts'
import { openUpstream } from './upstream.ts'

export type RecordingProxyOptions = {
  /** A Unix socket; its folder is made with mode 0700 where it is missing. At most 100 bytes. */
  socketPath: string
  /** The user's npm configuration. Its credentials go to the registries they are for, and nowhere else. */
  registry: RegistryOptions
  /** ISO 8601: packuments are shown as they were at that moment. */
  registryTime: string
  /** What the tag `latest` of each of these packages leads to; see `cutPackument`. */
  releases?: Readonly<Record<string, string>> | undefined
  /** A line of TypeScript, by which all types that are shown can be read; see `cutPackument`. */
  typescript?: string | undefined
  /** What the source's lockfile pins. */
  declared: Declaration[]
  /** Files that it names by their addresses. */
  files?: FileDeclaration[]
  /** Serves the repositories that it names. */
  git?: GitService
  store: ContentStore
  signal: AbortSignal
  onExchange?: (exchange: Exchange) => void
  limits?: Partial<NetworkLimits>
  now?: () => Date
}

export type RecordingProxy = AsyncDisposable & {
  /**
   * What the sandbox needs when its forwarder listens on this port of 127.0.0.1.
   *
   * With `registry: 'public'` npm is given the address of its own default registry instead of the proxy's, which costs
   * TLS on every request and leaves in the files that npm writes (`_resolved` of npm 6, `resolved`) what is there on a
   * publisher's machine.
   */
  environment(port: number, options?: { certificateFile?: string; registry?: 'proxy' | 'public' }): ProxyEnvironment
  exchanges(): Exchange[]
  /** What was not served because no build may have it. */
  refusals(): Exchange[]
  close(): Promise<void>
}

/**
 * Answers for the registries of a build and for nothing else, over a Unix socket: as a registry at `/`, and as a proxy
 * for the hosts that the build's configuration or lockfile names. TLS to them is ended here, so that a request that is
 * refused can be named by its whole URL.
 *
 * @throws {Problem} CONFIGURATION_INVALID when the configured registry is no address; FILE_UNREADABLE when the socket
 * cannot be made.
 */
export async function startRecordingProxy(options: RecordingProxyOptions): Promise<RecordingProxy> {
  const { now = () => new Date(), signal } = options
  signal.throwIfAborted()
  const limits = { ...defaultLimits, ...options.limits }
  const ended = new AbortController()
  const recorder = openRecorder({ now, limit: limits.exchanges, onExchange: options.onExchange })
  const registries = openRegistries(options.registry, options.declared, options.files)
  const whole = AbortSignal.any([signal, ended.signal])
  const upstream = openUpstream({ options: options.registry, limits, signal: whole })
  const { declared, pinned } = indexDeclarations(options.declared)
  const shared = { store: options.store, upstream, limits }
  const packuments = openPackuments({
    ...{ ...shared, registryTime: options.registryTime, releases: options.releases ?? {}, pinned, now },
    typescript: options.typescript,
  })
  const tarballs = openTarballs({ ...shared, packuments })
  const files = openFiles({ ...shared, signal: whole })
  const service = { registries, packuments, tarballs, files, declared, pinned, stallMs: limits.idleMs }

  const serving = new Set<Promise<void>>()
  const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const served = answerRequest(request, response, context).finally(() => serving.delete(served))
    serving.add(served)
  })
  const certificates = createCertificateAuthority()
  const interception = openInterception({
    server: http,
    certificates,
    idleMs: limits.idleMs,
    onSilentTunnel(authority) {
      if (!ended.signal.aborted) recordSilentTunnel(authority, recorder)
    },
  })
  const context: RequestContext = { recorder, registries, service, git: options.git, interception, ports: new Set() }
  const server = createServer((socket) => interception.accept(socket))
  server.maxConnections = limits.clientSockets
  await listen(server, options.socketPath)

  const close = async () => {
    ended.abort()
    signal.removeEventListener('abort', close)
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    interception.close()
    upstream.close()
    await closed
    // So that nothing is written to the store after this.
    await Promise.allSettled(serving)
  }
  signal.addEventListener('abort', close, { once: true })
  return {
    environment(port, { certificateFile = '/run/reproof/proxy.pem', registry = 'proxy' } = {}) {
      context.ports.add(port)
      const address = registry === 'public' ? registries.library.href : `http://127.0.0.1:${port}/`
      return environmentFor({ port, certificate: certificates.certificate, certificateFile, registry: address })
    },
    exchanges: () => recorder.exchanges(),
    refusals: () => recorder.exchanges().filter(({ from }) => from === 'refused'),
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function listen(server: Server, socketPath: string): Promise<void> {
  // sockaddr_un has 108 bytes, and a sandbox may add a prefix.
  if (Buffer.byteLength(socketPath) > 100) {
    throw new Problem('FILE_UNREADABLE', `The path of the proxy's socket is longer than 100 bytes: ${socketPath}`, {
      hint: 'Use a run folder with a shorter path (--out).',
    })
  }
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 })
  // What a killed run left behind.
  const left = await lstat(socketPath).catch(() => undefined)
  if (left?.isSocket()) await unlink(socketPath)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (cause) =>
    reject(
      new Problem('FILE_UNREADABLE', `The proxy cannot listen at ${socketPath}.`, {
        hint: 'See whether the folder can be written to.',
        cause,
      }),
    ),
  )
  server.listen(socketPath, resolve)
  await promise
  await chmod(socketPath, 0o600)
}
