import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectOutput } from './collect-output.ts'
import { pakoFile } from './environment/toolchain.ts'
import { Problem } from './model/problem.ts'
import type { Rebuild } from './model/rebuild.ts'
import type { Compressor, Recipe } from './model/recipe.ts'
import { toolchainFolders } from './npm/infer/layout.ts'
import type { EngineName, Mount, SandboxRoot } from './sandbox/options.ts'
import { runInSandbox } from './sandbox/sandbox.ts'
import { openLog } from './store/log.ts'
import { temporaryFolder } from './store/temporary.ts'

/** For any Node, and for Bun: the same data, compressed by a program at a level, in a gzip file with a header. */
export const recompressing = `
var fs = require('fs'), zlib = require('zlib'), name = process.argv[1], level = Number(process.argv[2])
var packed = fs.readFileSync(name), data = zlib.gunzipSync(packed)
var deflate = process.argv[4] ? require(process.argv[4]).deflateRaw : zlib.deflateRawSync
var bytes = Buffer.alloc ? Buffer.from : function (data, encoding) { return new Buffer(data, encoding) }
fs.writeFileSync(name, Buffer.concat([
  bytes(process.argv[3], 'hex'), bytes(deflate(data, { level: level })), packed.slice(-8)
]))`

/**
 * Compresses what the steps left as a recipe's compressor does, in a sandbox without any network. The checksum and the
 * length at the end are those of the data, which stay the same.
 *
 * @param options.folder holds the file, and is where the compressed one takes its place
 * @throws {Problem} STEP_FAILED when the output is no gzip file, and the other STEP_ codes
 */
export async function compressOutput(options: {
  output: Rebuild['output']
  folder: string
  compressor: Compressor
  recipe: Recipe
  engine: EngineName
  root: SandboxRoot
  compressing: Mount[]
  signal: AbortSignal
}): Promise<Rebuild['output']> {
  const { output, folder, compressor, recipe, engine, root, compressing, signal } = options
  const { toolchain, level, header } = compressor
  const inside = '/tmp/output'
  const library = toolchain.name === 'pako' ? [`${toolchainFolders.pako}/${pakoFile}`] : []
  const name = 'packed'
  await using work = await temporaryFolder('reproof-')
  await copyFile(join(folder, output.fileName), join(work.path, name))
  await using log = openLog(join(folder, 'compress.log'))
  const { exitCode } = await runInSandbox({
    engine,
    root,
    mounts: [{ from: work.path, to: inside, writable: true }, ...compressing],
    argv: [programOf(toolchain), '-e', recompressing, name, String(level), header, ...library],
    cwd: inside,
    variables: {},
    umask: '022',
    hostName: 'reproof',
    user: { name: 'builder', uid: 1000, gid: 1000, home: '/tmp' },
    terminal: { columns: 80, rows: 24 },
    limits: recipe.limits,
    signal,
    onOutput: (chunk) => log.add(chunk),
  })
  if (exitCode !== 0) throw failed(exitCode, log.tail())
  return await collectOutput({ work: work.path, path: name, into: folder, name: output.fileName, signal })
}

function programOf({ name }: Compressor['toolchain']): string {
  return name === 'bun' ? `${toolchainFolders.bun}/bin/bun` : `${toolchainFolders.node}/bin/node`
}

function failed(exitCode: number, log: string): Problem {
  return new Problem('STEP_FAILED', 'What the steps left could not be compressed again.', {
    hint: 'A recipe can only have a compressor where its output is a gzip file.',
    details: { phase: 'compress', exitCode, log },
  })
}
