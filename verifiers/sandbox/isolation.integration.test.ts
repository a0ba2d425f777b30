import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runScript, temporaryFolder, type Wishes } from '../../fixtures/sandbox/engines.ts'
import { pinnedRoot } from '../../fixtures/sandbox/root.ts'
import type { SandboxRoot } from './options.ts'

let root: SandboxRoot
beforeAll(async () => {
  root = await pinnedRoot()
})

const run = (script: string, wishes: Partial<Wishes> = {}) =>
  runScript(script, { engine: 'bubblewrap', root, ...wishes })

test('the command has an unprivileged user, no capability, and can gain none', async () => {
  const { output } = await run('id; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status')
  expect(output).toBe(
    `uid=1000(builder) gid=1000(builder) groups=1000(builder)
${['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000000\n`).join('')}NoNewPrivs:\t1\nSeccomp:\t2\n`,
  )
})

test('system calls that reach past the sandbox are refused', async () => {
  const numbers =
    process.arch === 'arm64'
      ? { keyctl: 219, add_key: 217, bpf: 280, mount: 40, setns: 268, io_uring_setup: 425, unshare: 97, clone3: 435 }
      : { keyctl: 250, add_key: 248, bpf: 321, mount: 165, setns: 308, io_uring_setup: 425, unshare: 272, clone3: 435 }
  // 0x10000000 asks unshare for a user namespace; the others are refused whatever they are asked.
  const calls = Object.entries(numbers).map(
    ([name, number]) => `print "${name} ", syscall(${number}, 0x10000000, 0, 0, 0, 0) < 0 ? $!+0 : "done", "\\n";`,
  )
  const { output } = await run(`perl -e '${calls.join('')}'`)
  const [EPERM, ENOSYS] = [1, 38]
  expect(output.trim().split('\n')).toEqual(
    Object.keys(numbers).map((name) => `${name} ${name === 'clone3' ? ENOSYS : EPERM}`),
  )
})

test('ordinary threads and processes work', async () => {
  const { output } = await run(`perl -e 'my $pid = fork; exit 3 unless $pid; waitpid $pid, 0; print $? >> 8'`)
  expect(output).toBe('3')
})

test('nested user namespaces are refused', async () => {
  const { output, exitCode } = await run('unshare --user --map-root-user id')
  expect(exitCode).not.toBe(0)
  expect(output).not.toContain('uid=0')
})

test('nothing but the private folders can be written', async () => {
  const { output } = await run(`
    for place in / /usr /etc /var /run /dev /sys /proc/sys/kernel /opt /home /home/builder; do
      if touch $place/x 2>/dev/null; then echo "$place"; fi
    done
    for file in /etc/passwd /etc/hosts /usr/bin/env; do if (echo >>$file) 2>/dev/null; then echo "$file"; fi; done
    for place in /tmp /dev/shm; do touch $place/x || echo "not $place"; done`)
  expect(output).toBe('')
})

test('no part of /proc that belongs to the kernel can be written, even by the number that root has outside', async () => {
  const { output } = await run(`
    for file in $(find /proc /sys -path '/proc/[0-9]*' -prune -o -path /proc/self -prune -o -type f -print 2>/dev/null); do
      if [ -f "$file" ] && [ -w "$file" ]; then echo "$file"; fi
    done
    for file in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/self/oom_score_adj; do
      if (echo x >$file) 2>/dev/null; then echo "$file"; fi
    done`)
  expect(output).toBe('')
})

test('what only root may read of the kernel is not there to read', async () => {
  const { output } = await run(
    'cat /proc/kcore /proc/kmsg /proc/slabinfo /proc/vmallocinfo /proc/timer_list 2>/dev/null | wc -c',
  )
  expect(output.trim()).toBe('0')
})

test('the host’s files, processes and variables are out of reach', async () => {
  await using folder = await temporaryFolder()
  const secret = `secret-${process.pid}-${Math.random()}`
  await mkdir(join(folder.path, 'work'))
  await writeFile(join(folder.path, 'secret'), secret)
  await symlink(join(folder.path, 'secret'), join(folder.path, 'work', 'link'))
  process.env.REPROOF_TEST_SECRET = secret
  try {
    const { output } = await run(
      `cat link ../secret /work/link ${folder.path}/secret /proc/*/environ /proc/1/root/${folder.path}/secret
       ls -a .. /root /home; ls /proc | grep '^[0-9]'; cat /proc/*/cmdline /etc/shadow
       find / -name 'secret*' -exec cat {} + ; ls -l /proc/self/fd /proc/1/fd`,
      { mounts: [{ from: join(folder.path, 'work'), to: '/work', writable: true }], cwd: '/work' },
    )
    expect(output).not.toContain(secret)
    expect(output).toContain('cat: link: No such file or directory')
  } finally {
    delete process.env.REPROOF_TEST_SECRET
  }
})

test('processes outside can be neither seen nor ended', async () => {
  const { output, exitCode } = await run(`
    ls /proc | grep -c '^[0-9]'
    kill -9 ${process.pid} ${process.ppid} 2>/dev/null && echo killed
    perl -e 'print "traced" if syscall(${process.arch === 'arm64' ? 117 : 101}, 16, ${process.pid}, 0, 0) == 0'
    sleep 100 & kill -9 -1; wait; echo still here`)
  // The first process, the shell, ls, grep: a few.
  expect(Number(output.split('\n')[0])).toBeLessThan(6)
  expect(output).not.toMatch(/killed|traced/)
  expect(output).toContain('still here')
  expect(exitCode).toBe(0)
})

test('no address can be reached: not the host’s loopback, its other addresses, its abstract sockets, nor a name server', async () => {
  let reached = 0
  const listener = () => createServer((socket) => socket.destroy(void reached++))
  await using everywhere = listener()
  await using abstract = listener()
  const port = await new Promise<number>((resolve) => {
    everywhere.listen(0, '0.0.0.0', () => resolve((everywhere.address() as { port: number }).port))
  })
  const name = `reproof-test-${process.pid}`
  await new Promise<void>((resolve) => abstract.listen(`\0${name}`, resolve))
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ family }) => family === 'IPv4'),
  )
  const addresses = ['127.0.0.1', '10.255.255.1', '192.0.2.1', ...own.map(({ address }) => address)]
  const { output } = await run(`
    for address in ${addresses.join(' ')}; do
      timeout 2 bash -c "exec 3<>/dev/tcp/$address/${port}" 2>/dev/null && echo "reached $address"
      timeout 2 bash -c "echo x >/dev/udp/$address/53" 2>/dev/null && [ $address != 127.0.0.1 ] && echo "sent to $address"
    done
    echo x | socat - ABSTRACT-CONNECT:${name} 2>/dev/null && echo "reached abstract"
    socat - 'UNIX-CONNECT:/run/systemd/private' 2>/dev/null && echo "reached systemd"
    timeout 5 getent hosts example.com && echo resolved
    cat /proc/net/dev /proc/net/route | grep -v -E 'lo:|Inter|face|Iface'`)
  expect(output).toBe('')
  expect(reached).toBe(0)
})

test('descriptors that reproof was started with do not get in', async () => {
  const { output } = await run('ls /proc/self/fd | tr "\\n" " "; readlink /proc/self/fd/0')
  expect(output).toBe('0 1 2 3 /dev/null\n')
})

test('every program finds a pipe as its output, and may open it anew', async () => {
  const { output } = await run(
    '[ -p /dev/stdout ] && echo one >/dev/stdout && echo two >/dev/stderr; [ -t 1 ] || echo three',
  )
  expect(output).toBe('one\ntwo\nthree\n')
})

test('a mount may be anywhere, also where the root has nothing, and hides nothing beside it', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'file'), 'here')
  const places = [
    '/builds/a/b',
    '/usr/local/lib/made/up',
    '/etc/made-up',
    '/opt/tool',
    '/home/builder/work',
    '/tmp/work',
    '/root',
  ]
  const { output } = await run(`cat ${places.map((place) => `${place}/file`).join(' ')}; ls /usr/bin/env /etc/passwd`, {
    mounts: places.map((to) => ({ from: folder.path, to, writable: false })),
  })
  expect(output).toBe(`${'here'.repeat(places.length)}/etc/passwd\n/usr/bin/env\n`)
})

test.each(['relative', '/a/../b', '/a//b', '/a/', '/', '/proc/x', '/dev', '/sys/fs'])(
  'a mount at %j is refused',
  async (to) => {
    await expect(run('true', { mounts: [{ from: '/tmp', to, writable: false }] })).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
    })
  },
)
