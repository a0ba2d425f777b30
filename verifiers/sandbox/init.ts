import { socketPath } from './layout.ts'
import { proxyPort, type SandboxOptions } from './options.ts'

/** What the sandbox's first process writes when everything is in place; the command's own output follows. */
export const readyMark = 0x2b

/** The line that lets the command start. */
export const startLine = 'go\n'

/** The file descriptor of the first process where the caller finds the command's output, see `InitOptions`. */
export const outputDescriptor = 4

/**
 * The first process of every sandbox, the same in each engine. It sets what engines set differently, starts the forwarder
 * to the proxy and waits (without sleeping) until it listens, says so, and starts the command when the caller says so:
 * had the caller died in between, there is no line to read and nothing is started. Every process ends with this one.
 *
 * Arguments: umask, file size limit in blocks of 512, process limit, 'proxy' or '', 'pipe' or '', folder, command.
 */
const script = `
umask "$1"; ulimit -c 0; ulimit -f "$2"; ulimit -p "$3"; ulimit -S -s 8192; ulimit -n 65536 2>/dev/null
if [ -n "$4" ]; then
  socat -b 65536 -t 60 "TCP-LISTEN:${proxyPort},bind=127.0.0.1,fork,reuseaddr,backlog=511" UNIX-CONNECT:${socketPath} &
  listening() {
    while read -r _ local _ state _; do
      [ "$state" = 0A ] && [ "\${local#*:}" = ${proxyPort.toString(16).toUpperCase().padStart(4, '0')} ] && return 0
    done </proc/net/tcp
    return 1
  }
  until listening; do jobs >/dev/null; kill -0 $! || exit 1; done
fi
if [ -n "$5" ]; then
  exec 4<<.
.
  exec 5>/proc/self/fd/4
else
  exec 5>&1 4</dev/null
fi
folder=$6
shift 6
printf +
read -r _ || exit 1
exec </dev/null >&5 2>&1 4<&- 5>&-
cd -- "$folder" && "$@"
exit $?
`

/** Closes the file descriptors named before `--`, which a shell of one-digit descriptors cannot, and runs the rest. */
const closingScript = 'while [[ $1 != -- ]]; do fd=$1; exec {fd}>&-; shift; done; shift; exec "$@"'

export type InitOptions = {
  /** What the host's list of processes shows it by. */
  name?: string
  /** A limit that only holds where the sandbox's processes are counted apart from others. */
  processes?: number
  /**
   * The standard output that the engine gives is not a pipe, as a program may expect (`echo > /dev/stdout`): the output
   * goes through a pipe that the first process makes, and that the caller opens as its descriptor `outputDescriptor`.
   */
  ownPipe?: boolean
  /** File descriptors that the engine would let through. */
  inherited?: number[]
}

/** The command line of the sandbox's first process. */
export function initArguments(
  options: SandboxOptions,
  { name = 'reproof', processes, ownPipe = false, inherited = [] }: InitOptions,
): string[] {
  const { umask, limits, networkSocket, cwd, argv } = options
  return [
    ...(inherited.length === 0 ? [] : ['/bin/bash', '-c', closingScript, name, ...inherited.map(String), '--']),
    ...['/bin/sh', '-c', script, name, umask, String(Math.ceil(limits.disk / 512) + fileSizeMargin)],
    ...[String(processes ?? 'unlimited'), networkSocket === undefined ? '' : 'proxy', ownPipe ? 'pipe' : ''],
    ...[cwd, '/usr/bin/env', '-i'],
    ...Object.entries(environmentOf(options)).map(([name, value]) => `${name}=${value}`),
    ...(options.oneProcessor ? ['/bin/sh', '-c', firstProcessorScript, name] : []),
    ...argv,
  ]
}

/** Which ones it may use is the engine's to say: proc_pid_status(5). */
const firstProcessorScript = `
while read -r key value; do
  [ "$key" = Cpus_allowed_list: ] && exec /usr/bin/taskset --cpu-list "\${value%%[-,]*}" "$@"
done </proc/self/status
exit 1
`

/** In blocks: a file that is cut off at its limit is then seen to have passed the limit of disk space. */
const fileSizeMargin = 2048

function environmentOf({ user, terminal, variables }: SandboxOptions): Record<string, string> {
  return {
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    COLUMNS: String(terminal.columns),
    LINES: String(terminal.rows),
    ...variables,
  }
}
