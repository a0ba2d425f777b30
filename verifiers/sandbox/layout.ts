import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Problem } from '../model/problem.ts'
import type { SandboxOptions, SandboxUser } from './options.ts'
import { placeInRoot } from './root.ts'

/** One thing that is mounted over the pinned root, whatever the engine; in the order of mounting. */
export type Overlay =
  | { kind: 'bind'; from: string; to: string; writable: boolean }
  | { kind: 'tmpfs'; to: string; size: number }
  | { kind: 'file'; to: string; content: string }

const sharedMemorySize = 64 << 20
const reservedFolders = ['/proc', '/dev', '/sys']

/** Where the recording proxy's socket is inside. */
export const socketPath = '/run/reproof/proxy.sock'

/**
 * What the sandbox has beside the pinned root: private /tmp and /dev/shm, the files that say who and where the process
 * is, and the caller's mounts. Parents come before what is mounted in them.
 *
 * @throws {Problem} RECIPE_INVALID when a mount's place is not a plain absolute path or hides what the sandbox itself has.
 */
export async function layOut(options: SandboxOptions): Promise<Overlay[]> {
  const { root, limits, networkSocket } = options
  const mounts = await Promise.all(
    options.mounts.map(async (mount) => ({ ...mount, to: await placeInRoot(root.folder, checkedPlace(mount.to)) })),
  )
  // What is in a tmpfs is memory, so that neither limit may be passed by writing there.
  const size = Math.min(limits.disk, limits.memory)
  const overlays: Overlay[] = [
    { kind: 'tmpfs', to: '/tmp', size },
    { kind: 'tmpfs', to: '/dev/shm', size: Math.min(size, sharedMemorySize) },
    ...(await identityFiles(options)),
    ...(options.oneProcessor ? await processorFiles() : []),
    ...mounts.map((mount) => ({ kind: 'bind' as const, ...mount })),
  ]
  if (networkSocket !== undefined) {
    overlays.push({ kind: 'bind', from: networkSocket, to: socketPath, writable: true })
  }
  return overlays.sort((one, other) => depthOf(one.to) - depthOf(other.to))
}

function depthOf(path: string): number {
  return path.split('/').length
}

function checkedPlace(place: string): string {
  const reserved = reservedFolders.find((folder) => place === folder || place.startsWith(`${folder}/`))
  if (posix.isAbsolute(place) && posix.normalize(place) === place && !place.endsWith('/') && !reserved) return place
  throw new Problem('RECIPE_INVALID', `The sandbox cannot have a folder at ${JSON.stringify(place)}.`, {
    hint: `Name a folder by its absolute path, without "." and "..", and not in ${reservedFolders.join(', ')}.`,
  })
}

async function identityFiles({ root, user, hostName }: SandboxOptions): Promise<Overlay[]> {
  const [passwd, group] = await Promise.all(
    ['passwd', 'group'].map((name) => readFile(join(root.folder, 'etc', name), 'utf8')),
  )
  const files = {
    '/etc/passwd': withEntry(passwd, user, `${user.name}:x:${user.uid}:${user.gid}::${user.home}:/bin/bash`),
    '/etc/group': withEntry(group, { name: user.name, uid: user.gid }, `${user.name}:x:${user.gid}:`),
    '/etc/hostname': `${hostName}\n`,
    '/etc/hosts': `127.0.0.1 localhost ${hostName}\n::1 localhost\n`,
    // An empty one would make resolvers ask 127.0.0.1, which answers just as little.
    '/etc/resolv.conf': '',
  }
  return Object.entries(files).map(([to, content]) => ({ kind: 'file', to, content }))
}

/** What programs count processors in that do not ask which of them they may use: proc_stat(5), proc_cpuinfo(5). */
async function processorFiles(): Promise<Overlay[]> {
  const [stat, info] = await Promise.all(['stat', 'cpuinfo'].map((name) => readFile(`/proc/${name}`, 'latin1')))
  return [
    { kind: 'file', to: '/proc/stat', content: (stat ?? '').replace(/^cpu(?!0\b)[0-9]+ .*\n/gm, '') },
    { kind: 'file', to: '/proc/cpuinfo', content: `${(info ?? '').split('\n\n', 1)[0]}\n\n` },
  ]
}

/** A passwd or group file in which nobody else has this name or number. */
function withEntry(file = '', { name, uid }: Pick<SandboxUser, 'name' | 'uid'>, entry: string): string {
  const others = file.split('\n').filter((line) => {
    const [otherName, , otherId] = line.split(':')
    return line !== '' && otherName !== name && otherId !== String(uid)
  })
  return [...others, entry, ''].join('\n')
}
