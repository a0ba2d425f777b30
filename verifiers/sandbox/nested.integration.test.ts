import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { runScript } from '../../fixtures/sandbox/engines.ts'
import { pinnedRoot } from '../../fixtures/sandbox/root.ts'
import type { SandboxRoot } from './options.ts'

// reproof inside its own sandbox: a machine that forbids user namespaces, and whose disk is small.

let root: SandboxRoot
beforeAll(async () => {
  root = await pinnedRoot()
})

const project = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '')

async function runNested(program: string): Promise<string> {
  const { output } = await runScript(`exec /opt/node --input-type=module -e '${program}'`, {
    engine: 'bubblewrap',
    root,
    mounts: [
      { from: project, to: '/project', writable: false },
      { from: process.execPath, to: '/opt/node', writable: false },
    ],
    limits: { disk: 100 << 20 },
  })
  return output
}

const report = 'process.stdout.write(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }))'

test('a kernel that forbids user namespaces is named as the reason, with both ways out', async () => {
  const output = await runNested(`
    import { selectEngine } from "/project/verifiers/sandbox/engines.ts"
    const root = { folder: "/", digest: "sha256:", ociLayout: async () => "/none" }
    await selectEngine({ wanted: "bubblewrap", root, signal: AbortSignal.timeout(30000) }).catch((error) => ${report})`)
  expect(JSON.parse(output)).toEqual({
    code: 'SANDBOX_UNAVAILABLE',
    message: expect.stringContaining('namespaces'),
    hint: expect.stringMatching(/sysctl.*--engine podman or --engine docker/),
  })
})

test('a disk without the reserve is full before anything is started', async () => {
  const output = await runNested(`
    import { watchDisk } from "/project/verifiers/sandbox/disk.ts"
    await watchDisk(["/tmp"], 1000, new Date()).catch((error) => ${report})`)
  expect(JSON.parse(output)).toMatchObject({ code: 'DISK_FULL', hint: expect.stringContaining('Free some space') })
})
