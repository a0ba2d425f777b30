import { release } from 'node:os'
import { Problem } from '../model/problem.ts'
import { ask } from './client.ts'
import { inheritedDescriptors, onlyChildOf, openPipe } from './first-process.ts'
import { initArguments } from './init.ts'
import { processArguments } from './kernel-files.ts'
import { layOut, type Overlay } from './layout.ts'
import { namespacesUnavailable } from './namespaces.ts'
import { processHeadroom, type SandboxOptions, type SandboxRoot } from './options.ts'
import { planRoot, type RootEntry, resolveInRoot } from './root.ts'
import { seccompProgram } from './seccomp.ts'
import { killProcess, type Session, untilEnded } from './session.ts'

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
  const bubblewrap = await findBubblewrap(options.root)
  const { args, inputs } = await sandboxArguments(options, bubblewrap.architecture)
  return {
    command: { ...bubblewrap, args: [...bubblewrap.args, ...args], inputs },
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
    async unavailable(said) {
      const { file, args, cwd } = bubblewrap
      const plain = [
        ...args,
        ...namespaceArguments,
        '--ro-bind',
        options.root.folder,
        '/',
        '--proc',
        '/proc',
        '/bin/true',
      ]
      const { exitCode } = await ask(file, plain, { cwd, variables: {} })
      return exitCode === 0 ? notSetUp(said) : namespacesUnavailable(said)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

type Bubblewrap = { file: string; args: string[]; cwd: string; architecture: keyof typeof platforms }

/** The program of the pinned root, through that root's own loader: nothing of the host takes part but its kernel. */
async function findBubblewrap({ folder }: SandboxRoot): Promise<Bubblewrap> {
  const architecture = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : undefined
  if (!architecture) throw unusable(`The pinned root has no programs for ${process.arch}.`)
  const { loader, triplet } = platforms[architecture]
  const [file, program] = await Promise.all([loader, '/usr/bin/bwrap'].map((path) => resolveInRoot(folder, path)))
  if (!file || !program) throw unusable('The pinned root does not have bubblewrap.')
  // Relative to the folder that it is started in: a colon or a dollar sign of the path would mean something.
  const libraries = `lib/${triplet}:usr/lib/${triplet}`
  return { file, args: ['--inhibit-cache', '--library-path', libraries, program], cwd: folder, architecture }
}

const namespaceArguments = [
  ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net', '--unshare-cgroup-try'],
  '--disable-userns',
]

async function sandboxArguments(options: SandboxOptions, architecture: Bubblewrap['architecture']) {
  const { root, user, hostName } = options
  const overlays = await layOut(options)
  const inputs: Uint8Array[] = []
  const input = (bytes: Uint8Array) => String(inputs.push(bytes) + 2)
  const places = overlays.map(({ to }) => to)
  const init = { ...processLimit(options), ownPipe: true, inherited: inheritedDescriptors() }
  const args = [
    ...[...namespaceArguments, '--cap-drop', 'ALL', '--new-session', '--die-with-parent', '--as-pid-1', '--clearenv'],
    ...['--uid', String(user.uid), '--gid', String(user.gid), '--hostname', hostName],
    ...(await planRoot(root.folder, [...mountedFolders, ...places])).flatMap(rootArguments),
    ...['--dir', '/sys', '--dev', '/dev', ...processArguments()],
    ...overlays.flatMap((overlay) => overlayArguments(overlay, input)),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', '/'],
    ...['--seccomp', input(seccompProgram(architecture)), '--'],
    ...initArguments(options, init),
  ]
  return { args, inputs }
}

/** A first line against a fork bomb: where a user namespace counts its own processes (Linux 5.14), and never for root. */
function processLimit({ limits }: SandboxOptions): { processes?: number } {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const counted = major > 5 || (major === 5 && minor >= 14)
  return counted && process.getuid?.() !== 0 ? { processes: limits.processes + processHeadroom } : {}
}

const mountedFolders = ['/proc', '/dev', '/sys']

function unusable(message: string): Problem {
  return new Problem('ENGINE_UNAVAILABLE', message, { hint: 'Use --engine podman or --engine docker.' })
}

function notSetUp(said: string): Problem {
  return new Problem('SANDBOX_UNAVAILABLE', 'bubblewrap could not set the sandbox up.', {
    hint: 'See what it said in the details, or use --engine podman or --engine docker.',
    details: { said },
  })
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
