import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '../model/problem.ts'
import { type AskOptions, ask } from './client.ts'
import { loadImage } from './image.ts'
import { initArguments } from './init.ts'
import { layOut, type Overlay } from './layout.ts'
import { memoryHeadroom, processHeadroom, type SandboxOptions, type SandboxUser } from './options.ts'
import { giveTo } from './ownership.ts'
import { readProcessFile } from './processes.ts'
import { seccompProfile } from './seccomp.ts'
import { killProcess, type Session, untilEnded } from './session.ts'

type ContainerEngine = 'podman' | 'docker'

/**
 * A container of podman or docker over the pinned root.
 *
 * @throws {Problem} ENGINE_UNAVAILABLE when the engine is not there, does not answer or does not take the root, or when
 * what runs inside would be root outside
 */
export async function openContainer(engine: ContainerEngine, given: SandboxOptions): Promise<Session> {
  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const options = { ...given, user: userInside(engine, given.user, caller) }
  if (caller.uid === 0 && options.user.uid === 0) {
    throw new Problem('ENGINE_UNAVAILABLE', `A container of ${engine} would run this as root of the machine.`, {
      hint: 'Use --engine bubblewrap, or call reproof without root rights.',
    })
  }
  const variables = given.clientVariables ?? process.env
  const asking: AskOptions = { variables, signal: given.signal }
  const image = await loadImage(engine, given.root, asking)
  const limited = engine === 'docker' || (await canLimit(caller, asking))

  const name = `reproof-${randomBytes(8).toString('hex')}`
  const folder = await mkdtemp(join(tmpdir(), 'reproof-sandbox-'))
  const reaper = startReaper(engine, name, folder, variables)
  const claimed = caller.uid === 0 ? writablePlaces(given) : []
  async function dispose() {
    await reaper.finish()
    await giveTo(claimed, caller)
  }
  try {
    await giveTo(claimed, options.user)
    const overlays = await writeFiles(await layOut(options), folder)
    await writeFile(join(folder, 'seccomp.json'), seccompProfile())
    const args = [
      ...['run', '--name', name, '--pull', 'never', '--interactive', '--log-driver', 'none', '--entrypoint', ''],
      ...['--network', 'none', '--ipc', 'private', '--hostname', options.hostName],
      ...['--read-only', '--cap-drop', 'ALL', '--user', `${options.user.uid}:${options.user.gid}`, '--workdir', '/'],
      // It tells of the host's devices and, to programs that size themselves by it, of limits that differ by engine.
      ...['--tmpfs', '/sys:ro,size=4096'],
      ...['--security-opt', 'no-new-privileges', '--security-opt', 'label=disable'],
      ...['--security-opt', `seccomp=${join(folder, 'seccomp.json')}`, '--stop-timeout', '0'],
      ...(limited ? limitArguments(options) : []),
      ...(await resourceArguments()),
      ...(engine === 'podman' ? podmanArguments(caller, options.user) : []),
      ...overlays.flatMap((overlay) => overlayArguments(overlay, engine)),
      image,
      ...initArguments(options, { name }),
    ]
    return {
      command: { file: engine, args, inputs: [], cwd: '/' },
      variables,
      watch: reaper.watch,
      async firstProcess() {
        const { output } = await ask(engine, ['inspect', '--format', '{{.State.Pid}}', name], { variables })
        // An engine in a virtual machine tells the number that it has there.
        return readProcessFile(`/proc/${Number(output)}/cmdline`).includes(name) ? Number(output) : undefined
      },
      async kill({ first }) {
        if (first !== undefined && killProcess(first)) await untilEnded(first)
        await reaper.finish()
      },
      async ranOutOfMemory() {
        const { output } = await ask(engine, ['inspect', '--format', '{{.State.OOMKilled}}', name], { variables })
        return output === 'true'
      },
      async unavailable(said) {
        return new Problem('ENGINE_UNAVAILABLE', `${engine} did not start the sandbox.`, {
          hint: `See what ${engine} said in the details, or use another --engine.`,
          details: { said },
        })
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/**
 * podman maps the caller to the recipe's user. docker cannot, so that a caller who is not root keeps their own number:
 * the files of the mounts are theirs.
 */
function userInside(engine: ContainerEngine, user: SandboxUser, caller: { uid: number; gid: number }): SandboxUser {
  return engine === 'docker' && caller.uid !== 0 ? { ...user, ...caller } : user
}

/** What the user inside must own, where that is neither the caller nor mapped to them. */
function writablePlaces({ mounts, networkSocket }: SandboxOptions): string[] {
  const folders = mounts.filter(({ writable }) => writable).map(({ from }) => from)
  return networkSocket === undefined ? folders : [...folders, networkSocket]
}

/**
 * Whether podman can have the kernel keep the limits: always as root, otherwise as far as the system's manager has
 * delegated control groups. Where it cannot, the watchdog alone does, as it does for bubblewrap.
 */
async function canLimit(caller: { uid: number }, asking: AskOptions): Promise<boolean> {
  if (caller.uid === 0) return true
  const format = '{{.Host.CgroupsVersion}} {{.Host.CgroupControllers}}'
  const { output } = await ask('podman', ['info', '--format', format], asking)
  const [version, ...controllers] = output.replace(/[[\]]/g, '').split(' ')
  return version === 'v2' && controllers.includes('memory') && controllers.includes('pids')
}

/** A limit of the kernel's makes a program fail in its own way, so that it is above the one that the watchdog names. */
function limitArguments({ limits }: SandboxOptions): string[] {
  const memory = String(limits.memory + memoryHeadroom)
  const processes = String(limits.processes + processHeadroom)
  return ['--cgroupns', 'private', '--memory', memory, '--memory-swap', memory, '--pids-limit', processes]
}

/** What engines raise as far as root may, and podman lowers for itself: proc_pid_limits(5) */
const resources = [
  { name: 'nofile', title: 'Max open files', most: 65_536 },
  { name: 'nproc', title: 'Max processes', most: 32_768 },
]

/** Fixed, so that neither a caller who may not raise them nor an engine's default makes a difference. */
async function resourceArguments(): Promise<string[]> {
  const limits = await readFile('/proc/self/limits', 'latin1')
  return resources.flatMap(({ name, title, most }) => {
    const allowed = new RegExp(`^${title}\\s+\\S+\\s+([0-9]+)`, 'm').exec(limits)?.[1]
    const limit = Math.min(most, Number(allowed ?? most))
    return ['--ulimit', `${name}=${limit}:${limit}`]
  })
}

function podmanArguments(caller: { uid: number }, user: SandboxUser): string[] {
  return [
    ...['--read-only-tmpfs=false', '--http-proxy=false', '--image-volume', 'ignore', '--no-hosts'],
    ...['--security-opt', 'mask=/sys/fs/cgroup'],
    ...(caller.uid === 0 ? [] : ['--userns', `keep-id:uid=${user.uid},gid=${user.gid}`]),
  ]
}

function overlayArguments(overlay: Overlay, engine: ContainerEngine): string[] {
  switch (overlay.kind) {
    case 'tmpfs':
      return ['--tmpfs', `${overlay.to}:rw,exec,nosuid,nodev,mode=1777,size=${overlay.size}${copiesNothing[engine]}`]
    case 'bind': {
      const fields = ['type=bind', `source=${overlay.from}`, `destination=${overlay.to}`]
      return ['--mount', [...fields, ...(overlay.writable ? [] : ['readonly'])].map(csvField).join(',')]
    }
    case 'file':
      throw new Error(`${overlay.to} was not written`)
  }
}

/** podman would give it the mode and the files of the folder that it covers. */
const copiesNothing = { podman: ',notmpcopyup', docker: '' }

/** https://www.rfc-editor.org/rfc/rfc4180, which both clients read the option as. */
function csvField(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

/** Writes the overlays that are files, for the engine to mount. */
async function writeFiles(overlays: Overlay[], folder: string): Promise<Overlay[]> {
  return await Promise.all(
    overlays.map(async (overlay): Promise<Overlay> => {
      if (overlay.kind !== 'file') return overlay
      const from = join(folder, overlay.to.replaceAll('/', '-').slice(1))
      await writeFile(from, overlay.content)
      // Whatever the caller's umask is: as root they are not the user inside.
      await chmod(from, 0o644)
      return { kind: 'bind', from, to: overlay.to, writable: false }
    }),
  )
}

/** A client that is still starting makes its container after it was to be removed, so that it is waited for. */
const reaperScript = `
trap '' INT TERM HUP
read -r client; read -r _
"$1" rm --force "$2"
while [ -n "$client" ] && kill -0 "$client"; do sleep 1; "$1" rm --force "$2"; done
rm -rf -- "$3"
`

/**
 * A process that removes the container, and the folder of its files, as soon as nobody holds its standard input any more:
 * when it is told to, and just as well when reproof is killed, which a container would survive.
 */
function startReaper(engine: string, name: string, folder: string, variables: Record<string, string | undefined>) {
  const reaper = spawn('/bin/sh', ['-c', reaperScript, 'reproof', engine, name, folder], {
    detached: true,
    env: variables,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // One that was ended by somebody else reads no more; its container is then removed by nobody but the user.
  reaper.stdin.on('error', () => undefined)
  const finished = once(reaper, 'exit')
  // Awaited when it is finished; a failure to start must not end the process before that.
  finished.catch(() => undefined)
  return {
    watch: (client: number) => void reaper.stdin.write(`${client}\n`),
    async finish() {
      reaper.stdin.end()
      await finished
    },
  }
}
