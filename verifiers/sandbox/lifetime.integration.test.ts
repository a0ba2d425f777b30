import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { optionsFor, processesWith, runScript, temporaryFolder, type Wishes } from '../../fixtures/sandbox/engines.ts'
import { pinnedRoot } from '../../fixtures/sandbox/root.ts'
import type { SandboxRoot } from './options.ts'
import { runInSandbox } from './sandbox.ts'

let root: SandboxRoot
beforeAll(async () => {
  root = await pinnedRoot()
})

const run = (script: string, wishes: Partial<Wishes> = {}) =>
  runScript(script, { engine: 'bubblewrap', root, ...wishes })

/** An argument of sleep that no other test uses. */
const marker = () => `1000.${Math.floor(Math.random() * 1e9)}`

/** A process that was just being started is seen by a second look only. */
async function noneLeft(text: string): Promise<void> {
  for (let attempt = 0, quiet = 0; attempt < 50 && quiet < 3; attempt++) {
    quiet = (await processesWith(text)).length > 0 ? 0 : quiet + 1
    await pause(100)
  }
  expect(await processesWith(text)).toEqual([])
}

test('an exit code is a result', async () => {
  expect(await run('exit 7')).toMatchObject({ exitCode: 7 })
  expect(await run('kill -9 $$')).toMatchObject({ exitCode: 137 })
  expect(await run('no-such-program')).toMatchObject({ exitCode: 127, output: expect.stringContaining('not found') })
})

test('a folder that is not there is the command’s failure', async () => {
  const { exitCode, output } = await run('true', { cwd: '/no/such/folder' })
  expect(exitCode).not.toBe(0)
  expect(output).toContain('/no/such/folder')
})

test('what a command leaves running ends with it, also when it left its session and still holds the output', async () => {
  const [held, closed] = [marker(), marker()]
  const { exitCode, output } = await run(`
    setsid sh -c 'setsid sleep ${held} & setsid sleep ${closed} >/dev/null 2>&1 &'
    trap '' HUP; sleep ${held} &
    echo done`)
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'done\n' })
  expect(await processesWith(held)).toEqual([])
  expect(await processesWith(closed)).toEqual([])
})

test('a command that closes its output goes on', async () => {
  await using folder = await temporaryFolder()
  await run('exec >&- 2>&-; sleep 0.3; echo here >file', {
    mounts: [{ from: folder.path, to: '/work', writable: true }],
    cwd: '/work',
  })
  expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('here\n')
})

test('a command that removes its own folder harms nobody', async () => {
  await using folder = await temporaryFolder()
  const mounts = [{ from: folder.path, to: '/work', writable: true }]
  const { output } = await run(
    'echo x >file; rm -rf /work /work/.* 2>/dev/null; rm -rf / 2>/dev/null; ls -a /work; cat /etc/hostname',
    { mounts, cwd: '/work' },
  )
  expect(output).toBe('.\n..\nreproof\n')
  expect(await readdir(folder.path)).toEqual([])
  expect(await run('ls', { mounts, cwd: '/work' })).toMatchObject({ exitCode: 0, output: '' })
})

test('output is passed on byte for byte, in order', async () => {
  const chunks: Uint8Array[] = []
  const script = `perl -e '$| = 1; for (1..2000) { print STDOUT pack("C*", 0..255); syswrite STDERR, "e" }'`
  await runInSandbox({
    ...optionsFor({ engine: 'bubblewrap', root, argv: ['/bin/sh', '-c', script] }),
    onOutput: (chunk) => void chunks.push(chunk),
  })
  const expected = Buffer.concat(
    Array.from({ length: 2000 }, () => Buffer.from([...Array(256).keys(), 'e'.charCodeAt(0)])),
  )
  expect(createHash('sha256').update(Buffer.concat(chunks)).digest('hex')).toBe(
    createHash('sha256').update(expected).digest('hex'),
  )
})

test('a gigabyte of output goes through without staying', async () => {
  let size = 0
  const before = process.memoryUsage.rss()
  await runInSandbox({
    ...optionsFor({ engine: 'bubblewrap', root, argv: ['/usr/bin/head', '-c', '1000000000', '/dev/zero'] }),
    onOutput(chunk) {
      size += chunk.length
    },
  })
  expect(size).toBe(1e9)
  expect(process.memoryUsage.rss() - before).toBeLessThan(200e6)
})

test('a listener that fails ends the sandbox', async () => {
  const name = marker()
  const running = runInSandbox({
    ...optionsFor({ engine: 'bubblewrap', root, argv: ['/bin/sh', '-c', `echo x; sleep ${name}`] }),
    onOutput() {
      throw new Error('the log is full')
    },
  })
  await expect(running).rejects.toThrow('the log is full')
  expect(await processesWith(name)).toEqual([])
})

test.each([0, 2, 4, 6, 8, 10, 12, 14, 16, 20, 25, 30, 50, 300])(
  'an abort after %i ms leaves nothing',
  async (delay) => {
    const name = marker()
    const controller = new AbortController()
    const running = run(`sleep ${name} & setsid sleep ${name}`, { signal: controller.signal })
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), delay)
    await expect(running).rejects.toBe(reason)
    expect(await processesWith(name)).toEqual([])
  },
)

test.each([0, 20, 40, 60, 80, 100, 130, 160, 200, 600])(
  'reproof killed after %i ms leaves no process',
  async (delay) => {
    const name = marker()
    const program = `
    import { runScript } from ${JSON.stringify(new URL('../../fixtures/sandbox/engines.ts', import.meta.url).href)}
    process.stdout.write('x')
    const root = ${JSON.stringify({ folder: root.folder, digest: root.digest })}
    await runScript('setsid sleep ${name} & sleep ${name}', { engine: 'bubblewrap', root })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    await pause(delay)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await noneLeft(name)
  },
)

test('descriptors that reproof was started with stay outside', async () => {
  const program = `
    import { runScript } from ${JSON.stringify(new URL('../../fixtures/sandbox/engines.ts', import.meta.url).href)}
    const root = ${JSON.stringify({ folder: root.folder, digest: root.digest })}
    const { output } = await runScript('ls /proc/self/fd /proc/1/fd', { engine: 'bubblewrap', root })
    process.stdout.write(output.replace(/\\n/g, ' '))`
  const child = spawn(
    '/bin/bash',
    [
      '-c',
      'exec 7</etc/passwd 33</etc/passwd 251>/dev/null; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  await once(child, 'close')
  expect(output).toBe('/proc/1/fd: 0 1 2  /proc/self/fd: 0 1 2 3 ')
})

test('twenty sandboxes at once do not disturb each other', async () => {
  await using folder = await temporaryFolder()
  const outputs = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      run(`echo ${index} >/tmp/file; echo ${index} >>shared-${index}; sleep 0.2; cat /tmp/file; ls /tmp`, {
        mounts: [{ from: folder.path, to: '/work', writable: true }],
        cwd: '/work',
      }),
    ),
  )
  expect(outputs.map(({ output }) => output)).toEqual(outputs.map((_, index) => `${index}\nfile\n`))
  expect(await readdir(folder.path)).toHaveLength(20)
})

test('the proxy’s socket is reached at its port, by many connections at once, and without it nothing listens', async () => {
  await using folder = await temporaryFolder()
  const networkSocket = join(folder.path, 'proxy.sock')
  await using server = createServer((socket) => void socket.on('data', (chunk) => socket.end(`you said ${chunk}`)))
  await new Promise<void>((resolve) => server.listen(networkSocket, resolve))
  const script = `ask() { exec 3<>/dev/tcp/127.0.0.1/4873 && echo "$1" >&3 && cat <&3; }
    for i in 1 2 3 4 5 6 7 8 9; do ask $i & done; wait`
  const { output } = await runScript('', { engine: 'bubblewrap', root, networkSocket }).then(() =>
    run(`bash -c '${script}' | sort`, { networkSocket }),
  )
  expect(output).toBe(Array.from({ length: 9 }, (_, index) => `you said ${index + 1}\n`).join(''))
  expect((await run(`bash -c '${script}'`)).output).not.toContain('you said')
})

test('what no process can be given is the recipe’s fault', async () => {
  const invalid = { code: 'RECIPE_INVALID' }
  await expect(run('true', { variables: { A: 'a\0b' } })).rejects.toMatchObject(invalid)
  await expect(run('true', { variables: { A: 'x'.repeat(200_000) } })).rejects.toMatchObject(invalid)
})
