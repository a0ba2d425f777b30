import { chmod, lstat, mkdir, unlink } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:net'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import { Problem, type ProblemCode, problemFrom } from '../model/problem.ts'
import type { Exchange } from '../model/rebuild.ts'
import type { RegistryOptions } from '../npm/configuration.ts'
import type { ContentStore } from '../store/content.ts'
import { createCertificateAuthority } from './certificates.ts'
import type { Declaration } from './declarations.ts'
import { environmentFor, type ProxyEnvironment } from './environment.ts'
import { type Interception, type Origin, openInterception } from './interception.ts'
import { defaultLimits, type NetworkLimits } from './limits.ts'
import { openPackuments } from './packuments.ts'
import { type Outcome, openRecorder, outcomeOf, type Recorder } from './recording.ts'
import { openRegistries, type Registries, type Target } from './registries.ts'
import { type RegistryServiceOptions, serveRegistry, writeJson } from './registry-service.ts'
import { openTarballs } from './tarballs.ts'
import { openUpstream } from './upstream.ts'

export type RecordingProxyOptions = {
  /** A Unix socket; its folder is made with mode 0700 where it is missing. At most 100 bytes. */
  socketPath: string
  /** The user's npm configuration. Its credentials go to the registries they are for, and nowhere else. */
  registry: RegistryOptions
  /** ISO 8601: packuments are shown as they were at that moment. */
  registryTime: string
  /** What the source's lockfile pins. */
  declared: Declaration[]
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

type Context = {
  recorder: Recorder
  registries: Registries
  service: RegistryServiceOptions
  interception: Interception
  /** Where the forwarders listen: requests to there are requests to the proxy. */
  ports: Set<number>
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
  const limits = { ...defaultLimits, ...options.limits }
  const ended = new AbortController()
  const recorder = openRecorder({ now, limit: limits.exchanges, onExchange: options.onExchange })
  const registries = openRegistries(options.registry, options.declared)
  const whole = AbortSignal.any([signal, ended.signal])
  const upstream = openUpstream({ options: options.registry, limits, signal: whole })
  const { declared, pinned } = indexDeclarations(options.declared)
  const shared = { store: options.store, upstream, limits }
  const packuments = openPackuments({ ...shared, registryTime: options.registryTime, pinned, now })
  const tarballs = openTarballs({ ...shared, packuments })
  const service = { registries, packuments, tarballs, declared, pinned, stallMs: limits.idleMs }

  const serving = new Set<Promise<void>>()
  const http = createHttpServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const served = serve(request, response, context).finally(() => serving.delete(served))
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
  const context: Context = { recorder, registries, service, interception, ports: new Set() }
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

function indexDeclarations(all: Declaration[]) {
  const byPackage = new Map<string, Declaration[]>()
  const versions = new Map<string, Set<string>>()
  for (const declaration of all) {
    const { name, version } = declaration
    const key = `${name}@${version}`
    byPackage.set(key, [...(byPackage.get(key) ?? []), declaration])
    versions.set(name, (versions.get(name) ?? new Set()).add(version))
  }
  const none: ReadonlySet<string> = new Set()
  return {
    declared: (name: string, version: string) => byPackage.get(`${name}@${version}`) ?? [],
    pinned: (name: string) => versions.get(name) ?? none,
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

function recordSilentTunnel(authority: string, recorder: Recorder): void {
  recorder.begin(
    'CONNECT',
    authority,
  )?.({
    status: 0,
    size: 0,
    from: 'refused',
    problem: 'NETWORK_REFUSED',
    reason: `A connection to ${authority} spoke neither HTTP nor TLS, or did not accept the proxy's certificate.`,
  })
}

async function serve(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  request.resume()
  request.on('error', () => response.destroy())
  response.on('error', () => response.destroy())
  const method = request.method ?? 'GET'
  const asked = addressOf(request, context)
  if (!asked) return void writeJson(response, 400, { message: 'This is not an address.' })
  const record = context.recorder.begin(method, asked.url.href)
  if (!record) return void writeJson(response, 429, { message: 'This build has made too many requests.' })
  try {
    const target = targetOf(asked, context.registries)
    if (target.kind === 'refused') throw new Problem('NETWORK_REFUSED', target.reason)
    const outcome = await serveRegistry({ method, headers: request.headers, target, response }, context.service)
    const isComplete = await finished(response).then(
      () => true,
      () => false,
    )
    record(isComplete ? outcome : { ...outcome, reason: 'The build did not read it to its end.' })
  } catch (error) {
    record(answerProblem(problemFrom(error), response))
  }
}

function answerProblem(problem: Problem, response: ServerResponse): Outcome {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return outcomeOf(problem, response.statusCode, 0)
  }
  // Of an answer that failed, every npm shows the reason phrase, and npm 6 nothing else.
  response.statusMessage = `reproof: ${problem.message}`.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 512)
  const { status, size } = writeJson(response, statusOf(problem.code), { message: problem.message })
  return outcomeOf(problem, status, size)
}

/** npm asks again after 5xx, with long pauses; the proxy has already done so, and 424 is final. */
function statusOf(code: ProblemCode): number {
  if (code === 'NETWORK_REFUSED') return 403
  if (code === 'PACKAGE_NOT_FOUND' || code === 'VERSION_NOT_FOUND') return 404
  if (code === 'INTERRUPTED') return 503
  return code === 'FAULT' ? 500 : 424
}

type Asked = { url: URL; isSelf: boolean }

/** What the client wants, whichever of the forms of RFC 9112, section 3.2, it uses. */
function addressOf(request: IncomingMessage, { interception, ports }: Context): Asked | undefined {
  const { protocol, authority }: Origin = interception.originOf(request)
  const path = request.url ?? '/'
  const isLocal = (url: URL) => isLoopback(url.hostname) && ports.has(Number(url.port))
  if (/^https?:\/\//i.test(path)) {
    const url = URL.parse(path)
    return url ? { url, isSelf: isLocal(url) } : undefined
  }
  if (!path.startsWith('/')) return undefined
  const host = authority ?? request.headers.host ?? '127.0.0.1'
  const url = URL.parse(`${protocol}//${host}${path}`)
  if (!url) return undefined
  // Whoever connects without a tunnel is at the proxy itself, or was led here by a name that resolves to it.
  return { url, isSelf: authority === undefined ? isLoopback(url.hostname) : isLocal(url) }
}

function targetOf({ url, isSelf }: Asked, registries: Registries): Target {
  if (isSelf) return { kind: 'registry', path: url.pathname.slice(1) + url.search, base: `${url.origin}/` }
  return registries.locate(url)
}

function isLoopback(hostname: string): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]'
}
