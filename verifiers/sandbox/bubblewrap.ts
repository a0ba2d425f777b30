import { release } from 'node:os'
import { Problem } from '../model/problem.ts'
import { inheritedDescriptors, onlyChildOf, openPipe } from './first-process.ts'
import { initArguments } from './init.ts'
import { processArguments } from './kernel-files.ts'
import { layOut, type Overlay } from './layout.ts'
import { namespacesUnavailable } from './namespaces.ts'
import { processHeadroom, type SandboxOptions } from './options.ts'
import { planRoot, type RootEntry, resolveInRoot } from './root.ts'
import { seccompProgram } from './seccomp.ts'
import { type Command, killProcess, type Session, untilEnded } from './session.ts'

/** Where Debian's loader and libraries are, by Node's name of the architecture. */
const platforms = {
  x64: { loader: '/lib64/ld-linux-x86-64.so.2', triplet: 'x86_64-linux-gnu' },
  arm64: { loader: '/lib/ld-linux-aarch64.so.1', triplet: 'aarch64-linux-gnu' },
}

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
    ...['--dir', '/sys', '--dev', '/dev', ...processArguments()],
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

/** A first line against a fork bomb: where a user namespace counts its own processes (Linux 5.14), and never for root. */
function processLimit({ limits }: SandboxOptions): { processes?: number } {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const counted = major > 5 || (major === 5 && minor >= 14)
  return counted && process.getuid?.() !== 0 ? { processes: limits.processes + processHeadroom } : {}
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
