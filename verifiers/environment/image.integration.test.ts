import { execFile } from 'node:child_process'
import { chmod, chown, lstat, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openContentStore } from '../store/content.ts'
import { hostArchitecture } from './architecture.ts'
import { type AssembledImage, ensureImage } from './image.ts'
import { parseLock, readLockFile } from './lock.ts'
import { resolveLocks } from './refresh-lock.ts'

const run = promisify(execFile)
const signal = new AbortController().signal
const architecture = hostArchitecture(process.arch)

let folder: string
let base: AssembledImage
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-image-'))
  const store = openContentStore(join(folder, 'store'))
  const options = { store, mirrors: [], progress: () => {}, signal, folder: join(folder, 'images') }
  base = await ensureImage({ ...options, variant: 'base', architecture: 'amd64' })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Another user where there is a choice, unless the checkout or the temporary folder is not readable to others. */
async function otherUser(...paths: string[]): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  for (const path of paths) {
    for (let above = path; above !== dirname(above); above = dirname(above)) {
      if (((await lstat(above)).mode & 0o005) !== 0o005) return undefined
    }
  }
  return { uid: 65_534, gid: 65_534 }
}

test('the base image has one digest under another user, umask, time zone, locale and home', async () => {
  await chmod(folder, 0o755)
  const script = fileURLToPath(new URL('../../fixtures/environment/assemble.ts', import.meta.url))
  const user = await otherUser(dirname(script), process.execPath, folder)
  const digests = [base.image.digest]
  for (const { umask, TZ, LC_ALL, as } of [
    { umask: '077', TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', as: user },
    { umask: '000', TZ: 'America/St_Johns', LC_ALL: 'C', as: undefined },
  ]) {
    const own = await mkdtemp(join(folder, 'own-'))
    if (as) await chown(own, as.uid, as.gid)
    const env = { PATH: process.env.PATH, HOME: own, TZ, LC_ALL, LANG: LC_ALL }
    const arguments_ = [script, '', join(folder, 'store'), join(own, 'images'), umask]
    const { stdout } = await run(process.execPath, arguments_, { env, cwd: own, ...as })
    const made = JSON.parse(stdout)
    if (as) expect(made.uid).toBe(as.uid)
    digests.push(made.digest)
    await rm(own, { recursive: true })
  }
  expect(new Set(digests).size).toBe(1)
})

test('programs of the root run through its own loader, with nothing of the host', async () => {
  const { rootFolder } = await ensureImage({
    variant: 'base',
    architecture,
    store: openContentStore(join(folder, 'store')),
    folder: join(folder, 'images'),
    mirrors: [],
    progress: () => {},
    signal,
  })
  const [loader, triplet] =
    architecture === 'amd64'
      ? ['lib64/ld-linux-x86-64.so.2', 'x86_64-linux-gnu']
      : ['lib/ld-linux-aarch64.so.1', 'aarch64-linux-gnu']
  const inRoot = async (program: string, ...arguments_: string[]) => {
    const library = ['--library-path', join(rootFolder, 'usr/lib', triplet)]
    return (await run(join(rootFolder, loader), [...library, join(rootFolder, program), ...arguments_])).stdout
  }
  expect(await inRoot('usr/bin/bwrap', '--version')).toMatch(/^bubblewrap \d/)
  expect(await inRoot('bin/sh', '-c', 'echo $((6 * 7))')).toBe('42\n')
  expect(await inRoot('usr/bin/git', '--version')).toMatch(/^git version /)
  expect(await inRoot('usr/bin/awk', 'BEGIN { print 1 + 1 }')).toBe('2\n')
})

test('the root has no setuid program, no dangling program link, and trusts some certificates', async () => {
  const { rootFolder } = base
  const { stdout } = await run('find', [rootFolder, '-perm', '/6000', '-o', '-type', 'b', '-o', '-type', 'c'])
  expect(stdout).toBe('')
  const dangling = await run('find', [
    join(rootFolder, 'usr/bin'),
    join(rootFolder, 'usr/sbin'),
    '-xtype',
    'l',
    '-lname',
    '[^/]*',
  ])
  expect(dangling.stdout).toBe('')
  const certificates = await readFile(join(rootFolder, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')
  expect(certificates.match(/-----BEGIN CERTIFICATE-----\n/g)?.length).toBeGreaterThan(100)
  expect(certificates).not.toMatch(/-----BEGIN CERTIFICATE-----[^\n]/)
})

test('the archive still has what the locks name, signed, and the resolver still chooses it', async () => {
  const store = openContentStore(join(folder, 'store'))
  const variants = ['base', 'build'] as const
  const resolved = await resolveLocks({
    variants: [...variants],
    architecture: 'arm64',
    store,
    mirrors: [],
    now: () => new Date(),
    progress: () => {},
    signal,
  })
  for (const [index, variant] of variants.entries()) {
    const lock = parseLock((await readLockFile({ variant, architecture: 'arm64' })).bytes, variant)
    expect(resolved[index]?.packages).toEqual(lock.packages)
  }
})
