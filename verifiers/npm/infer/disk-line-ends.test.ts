import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { builtLineEnds, diskLineEnds } from './disk-line-ends.ts'
import { homeFolder } from './layout.ts'

const blobOf = (text: string) =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex')

/** Of files that are in the source and were published with other bytes. */
async function stepsFor(files: Record<string, { source: string; published: string }>) {
  const changed = Object.keys(files)
  return await diskLineEnds({
    published: {
      files: changed.map((path) => ({ path, size: 1, mode: 0o644, blob: blobOf(files[path]?.published ?? '') })),
    },
    match: { changed },
    tree: {
      readMany: async (paths) =>
        new Map(paths.map((path) => [path, Buffer.from(files[path.replace('packages/a/', '')]?.source ?? '')])),
    },
    directory: 'packages/a',
    algorithm: 'sha1',
  })
}

test('files that were published with the line ends of Windows, and are otherwise those of the source, get them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'line-ends-'))
  try {
    const text = '#!/usr/bin/env node\nconst ö = 1\nlast'
    const [step] = await stepsFor({
      "it's.js": { source: text, published: text.replaceAll('\n', '\r\n') },
      '-x.js': { source: 'a\n', published: 'a\r\n' },
      'other.js': { source: 'a\nb\n', published: 'a\r\nc\r\n' },
      'mixed.js': { source: 'a\nb\n', published: 'a\r\nb\n' },
    })
    await writeFile(join(folder, "it's.js"), text, { mode: 0o755 })
    await writeFile(join(folder, '-x.js'), 'a\n')
    expect(step?.cwd).toBe('packages/a')
    expect(step?.run).not.toMatch(/other|mixed/)
    execFileSync('sh', ['-ec', step?.run ?? 'false'], { cwd: folder })
    expect(await readFile(join(folder, "it's.js"), 'utf8')).toBe(text.replaceAll('\n', '\r\n'))
    expect(await readFile(join(folder, '-x.js'), 'utf8')).toBe('a\r\n')
    expect((await stat(join(folder, "it's.js"))).mode & 0o777).toBe(0o755)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['the source has them itself', 'a\r\nb\n', 'a\r\nb\r\n'],
  ['it differs otherwise, too', 'a\nb\n', 'a\r\nB\r\n'],
  ['there are no lines', 'a', 'b'],
])('nothing is changed where %s', async (_, source, published) => {
  expect(await stepsFor({ 'a.js': { source, published } })).toEqual([])
})

const built = (files: { path: string; unixBlob?: string }[], options?: string) =>
  builtLineEnds(
    { files: files.map((file) => ({ ...file, size: 1, mode: 0o644, blob: blobOf(file.path) })) },
    { has: (path) => path === 'packages/a/src/a.ts', directory: 'packages/a', options },
  )

test('programs that the source does not have are built as under Windows where they end their lines so', async () => {
  const found = built([{ path: 'dist/a.js', unixBlob: blobOf('a') }], '--openssl-legacy-provider')
  if (!found) throw new Error('nothing is built so')
  expect(found.variables.NODE_OPTIONS).toBe(`--openssl-legacy-provider --require=${homeFolder}/windows-line-ends.js`)
  const folder = await mkdtemp(join(tmpdir(), 'line-ends-'))
  try {
    execFileSync('sh', ['-ec', found.step.run.replaceAll(homeFolder, folder)])
    const env = { ...process.env, NODE_OPTIONS: found.variables.NODE_OPTIONS.replaceAll(homeFolder, folder) }
    const asked = [
      'process.stdout.write(JSON.stringify(require("os").EOL))',
      'import("node:os").then(({ EOL }) => process.stdout.write(JSON.stringify(EOL)))',
    ]
    for (const text of asked)
      expect(execFileSync(process.execPath, ['-e', text], { env, encoding: 'utf8' })).toBe('"\\r\\n"')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  ['they end as the source has them', [{ path: 'dist/a.js' }]],
  ['only files of the source end so', [{ path: 'src/a.ts', unixBlob: blobOf('a') }]],
  ['only what compilers do not write ends so', [{ path: 'LICENSE', unixBlob: blobOf('a') }]],
])('nothing is built as under Windows where %s', (_, files) => {
  expect(built(files)).toBeUndefined()
})
