import { existsSync } from 'node:fs'

/** What tells of the host's user, whoever that is: names of keys. */
const files = ['keys', 'key-users']

/**
 * What tells of the host and only its root may read. What engines of containers hide:
 * https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#masked-paths
 */
const rootFiles = [
  ...['kcore', 'kmsg', 'kpagecgroup', 'kpagecount', 'kpageflags', 'latency_stats', 'mtrr', 'sched_debug', 'slabinfo'],
  ...['sysrq-trigger', 'timer_list', 'timer_stats', 'vmallocinfo'],
]
const rootFolders = ['acpi', 'asound', 'bus', 'driver', 'dynamic_debug', 'fs', 'irq', 'scsi']

/**
 * bubblewrap's arguments for a new /proc, read-only as a whole: when reproof runs as root, the user inside is root's user
 * number outside, and the kernel lets that number write much of /proc without any capability.
 */
export function processArguments(): string[] {
  const isRoot = process.getuid?.() === 0
  return [
    ...['--proc', '/proc', '--remount-ro', '/proc'],
    ...existing(isRoot ? [...files, ...rootFiles] : files).flatMap((file) => ['--ro-bind', '/dev/null', file]),
    ...existing(isRoot ? rootFolders : []).flatMap((folder) => ['--tmpfs', folder, '--remount-ro', folder]),
  ]
}

function existing(names: string[]): string[] {
  return names.map((name) => `/proc/${name}`).filter((path) => existsSync(path))
}
