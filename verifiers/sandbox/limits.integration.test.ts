import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Limits, runScript, temporaryFolder, type Wishes } from '../../fixtures/sandbox/engines.ts'
import { pinnedRoot } from '../../fixtures/sandbox/root.ts'
import type { SandboxRoot } from './options.ts'

let root: SandboxRoot
beforeAll(async () => {
  root = await pinnedRoot()
})

const run = (script: string, limits: Limits = {}, wishes: Partial<Wishes> = {}) =>
  runScript(script, { engine: 'bubblewrap', root, limits, ...wishes })

const megabyte = 1 << 20

test.each([
  ['sleeps for hours', 'sleep 10000'],
  ['ignores requests to end', "trap '' TERM INT HUP; while :; do sleep 1; done"],
  ['computes for ever', 'while :; do :; done'],
  ['stops itself', 'kill -STOP $$'],
])('a command that %s is ended when its time is over', async (_, script) => {
  await expect(run(script, { seconds: 1 })).rejects.toMatchObject({ code: 'STEP_TIMED_OUT' })
})

test.each([
  ['one process that grows', `perl -e 'push @all, "x" x 1e6 while 1'`],
  ['processes that share nothing', `for i in 1 2 3 4 5 6; do perl -e '$x = "x" x 5e7; sleep 100' & done; wait`],
  ['files in /tmp and memory together', `head -c 120000000 /dev/zero >/tmp/x; perl -e '$x = "x" x 1e8; sleep 100'`],
])('too much memory ends the command: %s', async (_, script) => {
  await expect(run(script, { memory: 200 * megabyte })).rejects.toMatchObject({ code: 'STEP_MEMORY_EXCEEDED' })
})

test('memory that forked processes share is not counted for each of them', async () => {
  const script = `perl -e '$x = "x" x 1e8; for (1..8) { fork or do { sleep 1; exit } } 1 while wait > 0'`
  expect(await run(script, { memory: 300 * megabyte })).toMatchObject({ exitCode: 0 })
})

test('the highest use of memory is reported', async () => {
  const { peakMemory } = await run(`perl -e '$x = "x" x 1e8; select undef, undef, undef, 0.6'`)
  expect(peakMemory).toBeGreaterThan(1e8)
  expect(peakMemory).toBeLessThan(3e8)
})

test.each([
  ['forks for ever', 'f() { f | f & }; f; sleep 100'],
  ['starts many sleepers', 'i=0; while [ $i -lt 1000 ]; do sleep 100 & i=$((i+1)); done; wait'],
])('a command that %s is ended', async (_, script) => {
  await expect(run(script, { processes: 200 })).rejects.toMatchObject({ code: 'STEP_PROCESSES_EXCEEDED' })
})

test.each([
  ['one large file', 'cat /dev/zero >file'],
  ['one large file, and removes it before it ends', 'head -c 300M /dev/zero >file; sleep 2; rm file'],
  ['many small files', 'i=0; while :; do head -c 1M /dev/zero >file$i; i=$((i+1)); done'],
  [
    'a file that no folder holds',
    'exec 3>file; rm file; for i in 1 2 3 4; do head -c 50M /dev/zero >&3; done; sleep 100',
  ],
  ['an old time stamp', 'for i in 1 2 3 4 5; do head -c 30M /dev/zero >f$i; touch -d 2001-01-01 f$i; done; sleep 100'],
  ['/tmp', 'cat /dev/zero >/tmp/file; sleep 100'],
  ['/tmp, and fails of it at once', 'head -c 200M /dev/zero >/tmp/file'],
])('too much on the disk ends the command: %s', async (_, script) => {
  await using folder = await temporaryFolder()
  await expect(
    run(
      script,
      { disk: 100 * megabyte },
      { mounts: [{ from: folder.path, to: '/work', writable: true }], cwd: '/work' },
    ),
  ).rejects.toMatchObject({ code: 'STEP_DISK_EXCEEDED' })
})

test('what was in the folder before does not count', async () => {
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'old'))
  await writeFile(join(folder.path, 'old', 'large'), Buffer.alloc(50 * megabyte))
  const { exitCode } = await run(
    'head -c 15M /dev/zero >new',
    { disk: 20 * megabyte },
    { mounts: [{ from: folder.path, to: '/work', writable: true }], cwd: '/work' },
  )
  expect(exitCode).toBe(0)
})

test('/dev/shm is bounded', async () => {
  const { output } = await run('cat /dev/zero >/dev/shm/x 2>/dev/null; stat -c %s /dev/shm/x; rm /dev/shm/x')
  expect(Number(output)).toBe(64 * megabyte)
})

test('a file left behind by a command that was ended stays the caller’s to remove', async () => {
  await using folder = await temporaryFolder()
  const mounts = [{ from: folder.path, to: '/work', writable: true }]
  await expect(
    run('mkdir -p a/b && echo x >a/b/c && chmod -R a-w a; sleep 100', { seconds: 1 }, { mounts, cwd: '/work' }),
  ).rejects.toThrow()
  expect(await readdir(folder.path)).toEqual(['a'])
})
