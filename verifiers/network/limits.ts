/** What the proxy puts up with. Sizes in bytes, times in milliseconds. */
export type NetworkLimits = {
  /** A packument as JSON, uncompressed. */
  packumentBytes: number
  tarballBytes: number
  /** Name resolution, TCP and TLS. */
  connectMs: number
  /** Between two chunks from the registry, and how long a build may leave a chunk unread. */
  idleMs: number
  /** A whole answer of the registry, whatever its speed. */
  packumentMs: number
  tarballMs: number
  /** After the first attempt; each waits twice as long as the one before. */
  retries: number
  backoffMs: number
  /** Connections to the registries at once. */
  upstreamSockets: number
  /** Connections from the build at once. */
  clientSockets: number
  /** Requests of one run; later ones are refused without being recorded. */
  exchanges: number
}

export const defaultLimits: NetworkLimits = {
  packumentBytes: 64 * 2 ** 20,
  tarballBytes: 2 ** 30,
  connectMs: 15_000,
  idleMs: 30_000,
  packumentMs: 120_000,
  tarballMs: 30 * 60_000,
  retries: 2,
  backoffMs: 200,
  upstreamSockets: 32,
  clientSockets: 2_000,
  exchanges: 200_000,
}
