/**
 * System calls that no build needs and that reach past namespaces and missing capabilities: kernel keyrings (which would
 * be the host user's), new namespaces, mounts, kernel modules, tracing of the kernel. One table for every engine, so that
 * a build sees the same answers in each.
 */

/** Numbers of x86-64 and arm64; `undefined` where the architecture does not have the call. */
type Call = [name: string, amd64: number | undefined, arm64: number | undefined]

const refused: Call[] = [
  ['acct', 163, 89],
  ['add_key', 248, 217],
  ['bpf', 321, 280],
  ['clock_settime', 227, 112],
  ['delete_module', 176, 106],
  ['finit_module', 313, 273],
  ['fsconfig', 431, 431],
  ['fsmount', 432, 432],
  ['fsopen', 430, 430],
  ['fspick', 433, 433],
  ['init_module', 175, 105],
  ['io_uring_enter', 426, 426],
  ['io_uring_register', 427, 427],
  ['io_uring_setup', 425, 425],
  ['ioperm', 173, undefined],
  ['iopl', 172, undefined],
  ['kexec_file_load', 320, 294],
  ['kexec_load', 246, 104],
  ['keyctl', 250, 219],
  ['lookup_dcookie', 212, 18],
  ['mount', 165, 40],
  ['mount_setattr', 442, 442],
  ['move_mount', 429, 429],
  ['nfsservctl', 180, 42],
  ['open_by_handle_at', 304, 265],
  ['open_tree', 428, 428],
  ['perf_event_open', 298, 241],
  ['pivot_root', 155, 41],
  ['quotactl', 179, 60],
  ['quotactl_fd', 443, 443],
  ['reboot', 169, 142],
  ['request_key', 249, 218],
  ['setns', 308, 268],
  ['settimeofday', 164, 170],
  ['swapoff', 168, 225],
  ['swapon', 167, 224],
  ['syslog', 103, 116],
  ['umount2', 166, 39],
  ['userfaultfd', 323, 282],
  ['vhangup', 153, 58],
]

/** Refused when their first argument asks for a new namespace. */
const refusedWithNamespaces: Call[] = [
  ['clone', 56, 220],
  ['unshare', 272, 97],
]

/** Its arguments are in memory, where a filter cannot look; C libraries fall back to clone when it is missing. */
const missing: Call[] = [['clone3', 435, 435]]

/** CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: include/uapi/linux/sched.h */
const namespaceFlags = [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]
// In clone, the lowest eight bits are the signal, not flags.
const namespaceFlagsOfClone = namespaceFlags.filter((flag) => flag > 0xff)

const EPERM = 1
const ENOSYS = 38

/** The profile for `--security-opt seccomp=`: https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp */
export function seccompProfile(): string {
  const names = (calls: Call[]) => calls.map(([name]) => name)
  const refusals = { action: 'SCMP_ACT_ERRNO', errnoRet: EPERM }
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: names(refused), ...refusals },
      // Masked comparisons of one rule are joined by "and", so that "any of these flags" takes a rule for each.
      ...namespaceFlagsOfClone.map((flag) => ({
        names: names(refusedWithNamespaces),
        ...refusals,
        args: [{ index: 0, value: flag, valueTwo: flag, op: 'SCMP_CMP_MASKED_EQ' }],
      })),
      { names: names(missing), action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
    ],
  })
}

/**
 * The same as the classic BPF program that bubblewrap's `--seccomp` takes: struct sock_filter[] in the machine's byte
 * order, over struct seccomp_data (number at 0, architecture at 4, arguments from 16).
 */
export function seccompProgram(architecture: 'x64' | 'arm64'): Uint8Array {
  const numberOf = ([, amd64, arm64]: Call) => (architecture === 'x64' ? amd64 : arm64)
  const numbers = (calls: Call[]) => calls.map(numberOf).filter((number) => number !== undefined)
  const program: Instruction[] = [
    load(4),
    // Another architecture's calls (32 bit programs) have other numbers, so that this table would say nothing of them.
    jumpIfEqual(architecture === 'x64' ? 0xc000003e : 0xc00000b7, 1, 0),
    answer(ENOSYS),
    load(0),
    // x32: the same architecture with this bit set.
    jumpIfAtLeast(0x40000000, 0, 1),
    answer(ENOSYS),
    ...numbers(refused).flatMap((number) => [jumpIfEqual(number, 0, 1), answer(EPERM)]),
    ...numbers(missing).flatMap((number) => [jumpIfEqual(number, 0, 1), answer(ENOSYS)]),
    ...numbers(refusedWithNamespaces).flatMap((number) => [
      jumpIfEqual(number, 0, 4),
      load(16),
      jumpIfAnyBit(
        namespaceFlagsOfClone.reduce((all, flag) => all | flag, 0),
        0,
        1,
      ),
      answer(EPERM),
      allow,
    ]),
    allow,
  ]
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, [code, ifTrue, ifFalse, constant]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(ifTrue, index * 8 + 2)
    bytes.writeUInt8(ifFalse, index * 8 + 3)
    bytes.writeUInt32LE(constant >>> 0, index * 8 + 4)
  }
  return bytes
}

type Instruction = [code: number, ifTrue: number, ifFalse: number, constant: number]

// linux/filter.h and linux/seccomp.h
const load = (offset: number): Instruction => [0x20, 0, 0, offset]
const jumpIfEqual = (constant: number, ifTrue: number, ifFalse: number): Instruction => [
  0x15,
  ifTrue,
  ifFalse,
  constant,
]
const jumpIfAtLeast = (constant: number, ifTrue: number, ifFalse: number): Instruction => [
  0x35,
  ifTrue,
  ifFalse,
  constant,
]
const jumpIfAnyBit = (constant: number, ifTrue: number, ifFalse: number): Instruction => [
  0x45,
  ifTrue,
  ifFalse,
  constant,
]
const answer = (errno: number): Instruction => [0x06, 0, 0, 0x00050000 | errno]
const allow: Instruction = [0x06, 0, 0, 0x7fff0000]
