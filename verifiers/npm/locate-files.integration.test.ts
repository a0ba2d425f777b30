import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTar } from '../../fixtures/archives/tar-builder.ts'
import { madeArtifact } from '../../fixtures/source/artifact.ts'
import { type MadeContext, makeContext } from '../../fixtures/source/context.ts'
import { serveFiles } from '../../fixtures/source/file-server.ts'
import { manifest } from '../../fixtures/source/repository.ts'
import type { SourceArgument } from '../source/argument.ts'
import { locateSource, restoreSource } from './locate.ts'

let made: MadeContext
beforeEach(async () => {
  made = await makeContext()
})
afterEach(() => made.remove())

const artifact = madeArtifact('pkg', '1.0.0')
const archive = gzipSync(
  buildTar([
    { path: 'pkg-1.0.0/package.json', data: manifest('pkg', '1.0.0'), mtime: 1_600_000_000 },
    { path: 'pkg-1.0.0/run.sh', data: '#!/bin/sh\n', mode: 0o755, mtime: 1_500_000_000 },
  ]),
)

const locate = (argument: SourceArgument, of = artifact) => locateSource({ ...made.context(), artifact: of, argument })

test('an archive by its path: only its name is recorded, with its digest and tree', async () => {
  const path = join(made.folder, 'pkg-1.0.0.tar.gz')
  await writeFile(path, archive)
  const { source } = await locate({ kind: 'archive', path })
  expect(source).toMatchObject({
    kind: 'archive',
    repository: 'file:pkg-1.0.0.tar.gz',
    files: [{ name: 'pkg-1.0.0.tar.gz', size: archive.length }],
    signature: 'none',
    modifiedAt: '2020-09-13T12:26:40.000Z',
    tree: expect.stringMatching(/^[0-9a-f]{40}$/),
    manifest: { name: 'pkg', version: '1.0.0' },
  })
  expect(JSON.stringify(source)).not.toContain(made.folder)
})

test('an archive by its address comes again from a recipe; a changed one is refused', async () => {
  let bytes: Buffer = archive
  const server = await serveFiles(() => bytes)
  try {
    const { source } = await locate({ kind: 'archive', url: `${server.url}/a/pkg.tar.gz?token=secret` })
    expect(source.repository).toBe(`${server.url}/a/pkg.tar.gz`)
    const elsewhere = () => made.context({ folder: join(made.folder, `cache-${Math.random()}`) })
    expect((await restoreSource({ ...elsewhere(), source })).source.tree).toBe(source.tree)
    bytes = gzipSync(buildTar([{ path: 'a/package.json', data: manifest('pkg', '1.0.0', { changed: true }) }]))
    await expect(restoreSource({ ...elsewhere(), source })).rejects.toMatchObject({ code: 'SOURCE_DIGEST_MISMATCH' })
  } finally {
    await server.close()
  }
})

test('what is laid out has the modes of the umask', async () => {
  const path = join(made.folder, 'pkg.tgz')
  await writeFile(path, archive)
  const out = join(made.folder, 'out')
  await (await locate({ kind: 'archive', path })).checkout(out, { umask: '077' })
  const modeOf = async (path: string) => ((await stat(join(out, path))).mode & 0o777).toString(8)
  expect(await Promise.all(['', 'package.json', 'run.sh'].map(modeOf))).toEqual(['700', '600', '700'])
  expect((await stat(join(out, 'run.sh'))).mtime).toEqual(new Date(1_600_000_000_000))
})

test('an archive of another package is refused; one of another version is taken, and said', async () => {
  const path = join(made.folder, 'pkg.tgz')
  await writeFile(path, archive)
  const other = locate({ kind: 'archive', path }, madeArtifact('other', '1.0.0'))
  await expect(other).rejects.toMatchObject({ code: 'SOURCE_VERSION_NOT_FOUND' })
  const later = await locate({ kind: 'archive', path }, madeArtifact('pkg', '2.0.0'))
  expect(later.source.manifest).toMatchObject({
    version: '1.0.0',
    exception: expect.stringContaining('named by the user'),
  })
})

test.each(['archive', 'folder'] as const)('an %s that is not there is one clear problem', async (kind) => {
  const missing = locate({ kind, path: join(made.folder, 'nothing') } as SourceArgument)
  await expect(missing).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('nothing of an archive that is refused stays behind', async () => {
  const path = join(made.folder, 'evil.tgz')
  await writeFile(
    path,
    gzipSync(
      buildTar([
        { path: 'a/b', data: 'x' },
        { path: 'a/../../evil', data: 'x' },
      ]),
    ),
  )
  await expect(locate({ kind: 'archive', path })).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE_PATH' })
  expect(await readdir(join(made.context().folder, 'trees'))).toEqual([])
})

test('a folder with a link out of it, or with a socket, is refused', async () => {
  const folder = join(made.folder, 'plain')
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), manifest('pkg', '1.0.0'))
  await symlink('/etc/passwd', join(folder, 'link'))
  await expect(locate({ kind: 'folder', path: folder })).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE_PATH' })
  const other = join(made.folder, 'socket')
  await mkdir(other)
  const server = createServer().listen(join(other, 's'))
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await expect(locate({ kind: 'folder', path: other })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  } finally {
    server.close()
  }
})
