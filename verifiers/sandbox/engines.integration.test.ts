import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Docker, startDocker } from '../../fixtures/sandbox/docker.ts'
import {
  type Limits,
  processesWith,
  runScript,
  temporaryFolder,
  testedEngines,
  type Wishes,
} from '../../fixtures/sandbox/engines.ts'
import { pinnedRoot } from '../../fixtures/sandbox/root.ts'
import { ask } from './client.ts'
import { selectEngine } from './engines.ts'
import type { EngineName, SandboxRoot } from './options.ts'

let root: SandboxRoot
let docker: Docker | undefined
beforeAll(async () => {
  root = await pinnedRoot()
  if (testedEngines.includes('docker')) docker = await startDocker()
})
afterAll(() => docker?.[Symbol.asyncDispose]())

const variablesOf = (engine: EngineName) => (engine === 'docker' && docker ? docker.variables : process.env)

const runWith = (engine: EngineName, script: string, wishes: Partial<Wishes> & { limits?: Limits } = {}) =>
  runScript(script, { engine, root, clientVariables: variablesOf(engine), ...wishes })

/** What a build could notice, without what every engine adds of its own and says so in its file names. */
const world = `
  id; umask; pwd; hostname; env | sort; ulimit -c; ulimit -f; ulimit -s; ulimit -n
  for file in passwd group hosts hostname resolv.conf; do echo "== $file"; cat /etc/$file; done
  echo == folders; ls / /home /home/builder /opt /opt/tool /work; ls -A /sys | grep -v '^fs$'
  echo == rights; grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status
  echo == places; for place in /tmp /dev/shm; do stat -c '%n %a' $place; df --output=size $place | tail -1; done
  echo == read-only; for place in / /etc /usr /opt/tool /home/builder; do touch $place/x 2>/dev/null && echo "$place"; done
  echo == network; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/route | tail -n +2; tail -n +2 /proc/net/tcp
  echo == output; [ -p /dev/stdout ] && echo pipe; [ -t 0 ] || echo none; readlink /proc/self/fd/0
  unshare --user true; mkdir made; echo made >made/file; chmod 640 made/file; ls -l made | tail -1 | cut -c1-10
  perl -e 'print syscall(${process.arch === 'arm64' ? 219 : 250}, 0, 0, 0) < 0 ? $!+0 : "keyring", "\\n"'
  set -- /proc/[0-9]*; echo $# processes
`

async function worldOf(engine: EngineName) {
  await using folder = await temporaryFolder()
  await using tool = await temporaryFolder()
  await chmod(tool.path, 0o755)
  const { output, exitCode } = await runWith(engine, world, {
    mounts: [
      { from: folder.path, to: '/work', writable: true },
      { from: tool.path, to: '/opt/tool', writable: false },
    ],
    cwd: '/work',
    umask: '027',
    variables: { LANG: 'C.UTF-8', HOSTILE: `"'$HOME, a=b\n` },
    limits: { disk: 64 << 20 },
  })
  const [made, own] = await Promise.all([stat(join(folder.path, 'made', 'file')), stat(folder.path)])
  const file = {
    uid: made.uid,
    mode: made.mode & 0o777,
    text: await readFile(join(folder.path, 'made', 'file'), 'utf8'),
  }
  return { output, exitCode, file, folder: { uid: own.uid } }
}

test('a build sees the same world in every engine, and leaves the same files to the caller', async () => {
  const worlds: Record<string, unknown> = {}
  for (const engine of testedEngines) worlds[engine] = await worldOf(engine)
  const uid = process.getuid?.()
  expect(worlds.bubblewrap).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('uid=1000(builder) gid=1000(builder) groups=1000(builder)\n0027\n/work\nreproof\n'),
    file: { uid, mode: 0o640, text: 'made\n' },
    folder: { uid },
  })
  for (const engine of testedEngines) expect({ [engine]: worlds[engine] }).toEqual({ [engine]: worlds.bubblewrap })
})

test.each(testedEngines)('%s: one processor is all that a build may use and can count', async (engine) => {
  const count = `nproc; grep -c '^processor' /proc/cpuinfo; grep -c '^cpu[0-9]' /proc/stat`
  const one = await runWith(engine, count, { oneProcessor: true, variables: { PATH: '/usr/bin:/bin' } })
  expect(one).toMatchObject({ exitCode: 0, output: '1\n1\n1\n' })
  const all = await runWith(engine, 'nproc')
  expect(Number(all.output)).toBe(availableParallelism())
})

describe.each(testedEngines.filter((engine) => engine !== 'bubblewrap'))('%s', (engine) => {
  const run = (script: string, wishes?: Partial<Wishes> & { limits?: Limits }) => runWith(engine, script, wishes)

  /** Neither processes nor containers nor files of a sandbox. */
  async function expectNothingLeft(text: string) {
    const containers = () =>
      ask(engine, ['ps', '--all', '--quiet', '--filter', 'name=reproof-'], { variables: variablesOf(engine) })
    const files = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('reproof-sandbox-'))
    for (let attempt = 0; attempt < 100; attempt++) {
      if (
        (await processesWith(text)).length === 0 &&
        (await containers()).output === '' &&
        (await files()).length === 0
      )
        break
      await pause(200)
    }
    expect({
      processes: await processesWith(text),
      containers: (await containers()).output,
      files: await files(),
    }).toEqual({
      processes: [],
      containers: '',
      files: [],
    })
  }

  test('exit codes are results, also those that the client has a meaning for', async () => {
    for (const code of [0, 125]) expect(await run(`exit ${code}`)).toMatchObject({ exitCode: code })
    expect(await run('kill -9 $$')).toMatchObject({ exitCode: 137 })
  })

  test('output is passed on byte for byte', async () => {
    const { output } = await run(`head -c 20000000 /dev/zero | tr '\\0' 'a'`)
    expect(output.length).toBe(20_000_000)
  })

  test('the proxy’s socket is reached at its port', async () => {
    await using folder = await temporaryFolder()
    const networkSocket = join(folder.path, 'proxy.sock')
    await using server = createServer((socket) => void socket.on('data', (chunk) => socket.end(`you said ${chunk}`)))
    await new Promise<void>((resolve) => server.listen(networkSocket, resolve))
    const { output } = await run("bash -c 'exec 3<>/dev/tcp/127.0.0.1/4873; echo hello >&3; cat <&3'", {
      networkSocket,
    })
    expect(output).toBe('you said hello\n')
  })

  test.each([
    ['STEP_TIMED_OUT', "trap '' TERM; sleep 1000", { seconds: 2 }],
    ['STEP_MEMORY_EXCEEDED', `perl -e 'push @all, "x" x 1e6 while 1'`, { memory: 200 << 20 }],
    ['STEP_PROCESSES_EXCEEDED', 'f() { f | f & }; f; sleep 1000', { processes: 200 }],
    ['STEP_DISK_EXCEEDED', 'cat /dev/zero >file', { disk: 100 << 20 }],
    ['STEP_DISK_EXCEEDED', 'cat /dev/zero >/tmp/file; sleep 1000', { disk: 100 << 20 }],
  ])('%s ends the command', async (code, script, limits) => {
    await using folder = await temporaryFolder()
    const mounts = [{ from: folder.path, to: '/work', writable: true }]
    // Others sleep meanwhile, in suites of their own.
    const name = `1000.${Math.floor(Math.random() * 1e9)}`
    const named = `: ${name}; ${script.replace('sleep 1000', `sleep ${name}`)}`
    await expect(run(named, { mounts, cwd: '/work', limits })).rejects.toMatchObject({ code })
    await expectNothingLeft(name)
  })

  test.each([0, 300, 2000])('an abort after %i ms leaves nothing', async (delay) => {
    const name = `1000.${Math.floor(Math.random() * 1e9)}`
    const reason = new Error('enough')
    const controller = new AbortController()
    const running = run(`setsid sleep ${name} & sleep ${name}`, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), delay)
    await expect(running).rejects.toBe(reason)
    await expectNothingLeft(name)
  })

  test.each([500, 2500])('reproof killed after %i ms leaves nothing', async (delay) => {
    const name = `1000.${Math.floor(Math.random() * 1e9)}`
    const layout = await root.ociLayout()
    const program = `
      import { runScript } from ${JSON.stringify(new URL('../../fixtures/sandbox/engines.ts', import.meta.url).href)}
      process.stdout.write('x')
      const root = { folder: ${JSON.stringify(root.folder)}, digest: ${JSON.stringify(root.digest)}, ociLayout: async () => ${JSON.stringify(layout)} }
      await runScript('setsid sleep ${name} & sleep ${name}', { engine: '${engine}', root })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: variablesOf(engine) as NodeJS.ProcessEnv,
    })
    await once(child.stdout, 'data')
    await pause(delay)
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expectNothingLeft(name)
  })

  test('an image that is not what its digest says is not loaded', async () => {
    const other = { ...root, digest: `sha256:${'0'.repeat(64)}` }
    await expect(run('true', { root: other })).rejects.toMatchObject({ code: 'IMAGE_DIGEST_MISMATCH' })
  })
})

test('the first engine that works is taken, in the order of bubblewrap, podman, docker', async () => {
  const signal = AbortSignal.timeout(60_000)
  expect(await selectEngine({ root, signal })).toEqual({ engine: 'bubblewrap', tried: [] })
  const wanted = testedEngines.at(-1) ?? 'bubblewrap'
  expect(await selectEngine({ wanted, root, signal, clientVariables: variablesOf(wanted) })).toEqual({
    engine: wanted,
    tried: [],
  })
})

test.each(['podman', 'docker'] as const)('%s that is not installed is named as such', async (wanted) => {
  await using empty = await temporaryFolder()
  const clientVariables = { PATH: empty.path }
  const selecting = selectEngine({ wanted, root, signal: AbortSignal.timeout(60_000), clientVariables })
  await expect(selecting).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    hint: expect.stringContaining('--engine'),
  })
})

test('without any engine the reason and both ways out are told, and what each engine said is kept', async () => {
  await using empty = await temporaryFolder()
  const selecting = selectEngine({
    root: { ...root, folder: empty.path },
    signal: AbortSignal.timeout(60_000),
    clientVariables: { PATH: empty.path },
  })
  await expect(selecting).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    details: { tried: [{ engine: 'bubblewrap' }, { engine: 'podman' }, { engine: 'docker' }] },
  })
})
