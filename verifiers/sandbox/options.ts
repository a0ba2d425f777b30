import type { Limits } from '../model/recipe.ts'

/** In the order in which they are tried. */
export const engineNames = ['bubblewrap', 'podman', 'docker'] as const

export type EngineName = (typeof engineNames)[number]

/** The pinned root file system, as a folder and as the OCI image that it is. */
export type SandboxRoot = {
  /** Where it is extracted on the host. */
  folder: string
  /** Of the OCI image manifest, `sha256:…`. */
  digest: string
  /** Path of an OCI layout that holds the image. */
  ociLayout: () => Promise<string>
}

/** A file or folder of the host that the sandbox sees. */
export type Mount = {
  from: string
  /** Absolute, without `.` and `..`; need not exist in the root. */
  to: string
  writable: boolean
}

/** `home` is only writable where a mount is. */
export type SandboxUser = { name: string; uid: number; gid: number; home: string }

export type SandboxOptions = {
  engine: EngineName
  root: SandboxRoot
  mounts: Mount[]
  argv: string[]
  cwd: string
  /** All that the command's environment holds, but for defaults of HOME, USER, LOGNAME, PATH, COLUMNS and LINES. */
  variables: Record<string, string>
  /** Octal: `022`. */
  umask: string
  hostName: string
  user: SandboxUser
  terminal: { columns: number; rows: number }
  /** Lets the command have and see one processor of those that the machine has. */
  oneProcessor?: boolean
  /** The recording proxy: a Unix socket of the host, reached inside at 127.0.0.1 and the port `proxyPort`. */
  networkSocket?: string
  limits: Limits
  signal: AbortSignal
  /** Standard output and standard error in the order they were written, verbatim; never more than 64 KiB at once. */
  onOutput: (chunk: Uint8Array) => void
  /** Of the podman or docker client itself (DOCKER_HOST, XDG_RUNTIME_DIR, …). Default: reproof's own. */
  clientVariables?: Record<string, string | undefined>
}

export type SandboxResult = {
  exitCode: number
  /** Wall clock of the command. */
  seconds: number
  /** Highest resident memory of all processes together that was seen, and what /tmp held, in bytes. */
  peakMemory?: number
}

/** Where the registry proxy listens inside the sandbox when there is a `networkSocket`. */
export const proxyPort = 4873

/** By how much the kernel's limits are above the recipe's: room for the watchdog, which can name the reason. */
export const processHeadroom = 4096
export const memoryHeadroom = 1 << 30
