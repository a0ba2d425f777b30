import { constants, openSync, readdirSync } from 'node:fs'
import { access, readdir, readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { release } from 'node:os'
import type { Readable } from 'node:stream'
import { Problem } from '../model/problem.ts'
import { initArguments, outputDescriptor } from './init.ts'
import { layOut, type Overlay } from './layout.ts'
import { namespacesUnavailable } from './namespaces.ts'
import type { SandboxOptions } from './options.ts'
import { readProcessFile } from './processes.ts'
import { planRoot, type RootEntry, resolveInRoot } from './root.ts'
import { seccompProgram } from './seccomp.ts'
import { type Command, killProcess, type Session, untilEnded } from './session.ts'

/** Where Debian's loader and libraries are, by Node's name of the architecture. */
const platforms = {
  x64: { loader: '/lib64/ld-linux-x86-64.so.2', triplet: 'x86_64-linux-gnu' },
  arm64: { loader: '/lib/ld-linux-aarch64.so.1', triplet: 'aarch64-linux-gnu' },
}

/**
 * Parts of /proc that tell of the host and that only its root may read. What engines of containers hide:
 * https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#masked-paths
 */
const hiddenFiles = ['kcore', 'keys', 'key-users', 'kmsg', 'latency_stats', 'sched_debug', 'slabinfo', 'sysrq-trigger']
const hiddenKernelFiles = [
  'timer_list',
  'timer_stats',
  'vmallocinfo',
  'kpagecount',
  'kpageflags',
  'kpagecgroup',
  'mtrr',
]
const hiddenFolders = ['acpi', 'asound', 'bus', 'driver', 'dynamic_debug', 'fs', 'irq', 'scsi']

/**
 * A sandbox of the kernel's namespaces alone.
 *
 * @throws {Problem} ENGINE_UNAVAILABLE when the root does not have bubblewrap, or not for this machine.
 */
export async function openBubblewrap(options: SandboxOptions): Promise<Session> {
  return {
    command: await bubblewrapCommand(options),
    variables: {},
    watch: () => undefined,
    firstProcess: onlyChildOf,
    openOutput: openPipe,
    async kill({ client, first }) {
      // The first process is told to end with the client; killed itself, it makes the client end when all has ended.
      killProcess(first ?? client)
      await untilEnded(first ?? client)
    },
    ranOutOfMemory: async () => false,
    unavailable: namespacesUnavailable,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** bubblewrap has one child, the first process of the sandbox: proc_pid_children(5), which not every kernel has. */
async function onlyChildOf(client: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${client}/task/${client}/children`, 'latin1').catch(() => undefined)
  if (children !== undefined) return Number.parseInt(children, 10) || undefined
  for (const name of await readdir('/proc')) {
    const status = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    if (new RegExp(`\\) . ${client} `).test(status)) return Number(name)
  }
  return undefined
}

/** Descriptors that reproof was started with and that a process started by it would have as well: fcntl(2), FD_CLOEXEC. */
function inheritedDescriptors(): number[] {
  const descriptors = readdirSync('/proc/self/fdinfo').map(Number)
  return descriptors.filter((descriptor) => {
    if (descriptor <= 2) return false
    const flags = /^flags:\s+([0-7]+)/m.exec(readProcessFile(`/proc/self/fdinfo/${descriptor}`))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
  })
}
const closeOnExec = 0o2000000

/** The reading end of the pipe that the first process made: opening it through /proc gives it to us as well. */
function openPipe(first: number): Readable {
  const { O_RDONLY, O_NONBLOCK } = constants
  const descriptor = openSync(`/proc/${first}/fd/${outputDescriptor}`, O_RDONLY | O_NONBLOCK)
  return new Socket({ fd: descriptor, readable: true, writable: false })
}

/**
 * bubblewrap of the pinned root, through that root's own loader, so that nothing of the host takes part but its kernel.
 */
async function bubblewrapCommand(options: SandboxOptions): Promise<Command> {
  const { root, user, hostName } = options
  const architecture = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined
  if (!architecture) throw unavailable(`The pinned root has no programs for ${process.arch}.`)
  const platform = platforms[architecture]
  const [loader, program, overlays] = await Promise.all([
    resolveInRoot(root.folder, platform.loader),
    resolveInRoot(root.folder, '/usr/bin/bwrap'),
    layOut(options),
  ])
  if (!loader || !program) throw unavailable('The pinned root does not have bubblewrap.')

  const inputs: Uint8Array[] = []
  const input = (bytes: Uint8Array) => String(inputs.push(bytes) + 2)
  const places = overlays.map(({ to }) => to)
  const args = [
    ...['--inhibit-cache', '--library-path'],
    // Relative to the folder that the client is started in: a colon or a dollar sign of its path would mean something.
    `lib/${platform.triplet}:usr/lib/${platform.triplet}`,
    program,
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try'],
    ...['--disable-userns', '--cap-drop', 'ALL', '--new-session', '--die-with-parent', '--as-pid-1', '--clearenv'],
    ...['--uid', String(user.uid), '--gid', String(user.gid), '--hostname', hostName],
    ...(await planRoot(root.folder, [...mountedFolders, ...places])).flatMap(rootArguments),
    ...['--dir', '/sys', '--dev', '/dev', ...(await processArguments())],
    ...overlays.flatMap((overlay) => overlayArguments(overlay, input)),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/'],
    ...['--seccomp', input(seccompProgram(architecture)), '--'],
    ...initArguments(options, {
      ...processLimit(options),
      ownPipe: true,
      inherited: inheritedDescriptors(),
    }),
  ]
  return { file: loader, args, inputs, cwd: root.folder }
}

/**
 * A first line against a fork bomb, at twice the limit so that the watchdog, which can name the reason, comes first. It
 * holds where a user namespace counts its own processes (Linux 5.14), and never for root.
 */
function processLimit({ limits }: SandboxOptions): { processes?: number } {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const counted = major > 5 || (major === 5 && minor >= 14)
  return counted && process.getuid?.() !== 0 ? { processes: limits.processes * 2 } : {}
}

const mountedFolders = ['/proc', '/dev', '/sys']

function unavailable(message: string): Problem {
  return new Problem('ENGINE_UNAVAILABLE', message, { hint: 'Use --engine podman or --engine docker.' })
}

function rootArguments(entry: RootEntry): string[] {
  switch (entry.kind) {
    case 'bind':
      return ['--ro-bind', entry.from, entry.to]
    case 'folder':
      return ['--dir', entry.to]
    case 'link':
      return ['--symlink', entry.target, entry.to]
  }
}

function overlayArguments(overlay: Overlay, input: (bytes: Uint8Array) => string): string[] {
  switch (overlay.kind) {
    case 'bind':
      return [overlay.writable ? '--bind' : '--ro-bind', overlay.from, overlay.to]
    case 'tmpfs':
      return ['--perms', '1777', '--size', String(overlay.size), '--tmpfs', overlay.to]
    case 'file':
      return ['--perms', '0644', '--ro-bind-data', input(Buffer.from(overlay.content)), overlay.to]
  }
}

/**
 * A new /proc, read-only as a whole: when reproof runs as root, the user inside is root's user number outside, and the
 * kernel lets that number write much of /proc without any capability.
 */
async function processArguments(): Promise<string[]> {
  const readOnly = ['--proc', '/proc', '--remount-ro', '/proc']
  if (process.getuid?.() !== 0) return readOnly
  const files = [...hiddenFiles, ...hiddenKernelFiles].map((name) => `/proc/${name}`)
  const folders = hiddenFolders.map((name) => `/proc/${name}`)
  return [
    ...readOnly,
    ...(await existing(files)).flatMap((file) => ['--ro-bind', '/dev/null', file]),
    ...(await existing(folders)).flatMap((folder) => ['--tmpfs', folder, '--remount-ro', folder]),
  ]
}

async function existing(paths: string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path, constants.F_OK).then(
        () => path,
        () => undefined,
      ),
    ),
  )
  return found.filter((path) => path !== undefined)
}
