import { expect, test } from 'vitest'
import { compareBytes } from '../../fixtures/archives/compared.ts'
import { type BuiltEntry, buildTar, gzip } from '../../fixtures/archives/tar-builder.ts'
import type { ArchiveEntry } from './entry.ts'
import type { ArtifactKind } from './kind.ts'
import { type System, systemOf } from './system.ts'

function systemIn(paths: readonly string[], fileName: string, kind: ArtifactKind = 'tar'): System | undefined {
  return systemOf([{ kind, entries: paths.map((path) => ({ path }) as ArchiveEntry), fileName }], undefined)
}

test.each([
  ['a package of npm', ['package/package.json'], 'a-1.0.0.tgz', 'npm'],
  ['one whose folder has another name', ['node/package.json'], 'node-1.0.0.tgz', 'npm'],
  ['one that was given another name', ['package/package.json'], 'published.tar', 'npm'],
  ['an sdist', ['a-1.0/PKG-INFO', 'a-1.0/etc/a.conf'], 'a-1.0.tar.gz', 'sdist'],
  ['a crate', ['a-1.0.0/Cargo.toml.orig'], 'published.crate', 'crate'],
  ['a tag of a repository', ['a-v1/README.md'], 'v1.tar.gz', 'tar'],
  ['a commit of a repository', ['o-a-0a1b2c3/README.md'], 'a.tar.gz', 'tar'],
  ['files of a release', ['tool', 'README.md'], 'tool_1.0.2_linux_amd64.tar.gz', 'tar'],
  ['an image', ['manifest.json', 'oci-layout', 'index.json', 'blobs/sha256/a'], 'image.tar', 'tar'],
  ['the members of a gem', ['metadata.gz', 'data.tar.gz'], 'a.gem', 'gem'],
] as const)('users unpack for themselves: %s', (_, paths, fileName, kind) => {
  expect(systemIn(paths, fileName, kind)).toBeUndefined()
})

test.each([
  ['one folder', ['app/a'], 'layer.tar'],
  ['one folder with a hyphen', ['my-app/a'], 'layer.tar'],
  ['one file', ['server'], 'layer.tar.gz'],
  ['folders of a system, in a file with a version', ['etc/passwd', 'app/a'], 'rootfs-3.19.tar'],
  ['what only begins as an image', ['manifest.json', 'app/a'], 'layer.tar'],
  ['what is called by a digest', ['app/a'], `blobs/sha256/${'0a'.repeat(32)}`],
  ['what takes something away', ['app/.wh.a'], 'a.tar'],
])('root unpacks: %s', (_, paths, fileName) => {
  expect(systemIn(paths, fileName)).toBe('layer')
})

test.each([
  ['one folder', ['app/a'], 'a.tar'],
  ['a tag of a repository without its number', ['a-main/README.md'], 'a-main.tar.gz'],
])('root may unpack: %s', (_, paths, fileName) => {
  expect(systemIn(paths, fileName)).toBe('unknown')
})

test('in what may be a layer owners and permissions are nothing that is known to be harmless, and that all may write is none', async () => {
  const of = async (edit: Partial<BuiltEntry>) => {
    const pack = (one: Partial<BuiltEntry>) => buildTar([{ path: 'app/a', data: 'x', mode: 0o644, ...one }])
    const { verdict, differences } = await compareBytes(pack(edit), pack({}), { fileName: 'a.tar' })
    return [verdict, ...differences.map(({ cause, severity }) => `${cause} ${severity}`)]
  }
  expect(await of({ uid: 7 })).toEqual(['content-identical', 'owners unexplained'])
  expect(await of({ mode: 0o664 })).toEqual(['content-identical', 'permissions unexplained'])
  expect(await of({ mode: 0o666 })).toEqual(['different', 'mode suspicious', 'permissions unexplained'])
})

test.each([
  ['a source tree', 'a-1.0/setup.py', 'a-1.0.tar.gz'],
  ['files of a release', 'tool', 'tool_1.0.2_linux_amd64.tar.gz'],
])('owners and permissions of %s are as those of whoever packed it', async (_, path, fileName) => {
  const pack = (edit: Partial<BuiltEntry>) => gzip(buildTar([{ path, data: 'x', ...edit }]))
  const comparison = await compareBytes(pack({ uid: 1001, mode: 0o664 }), pack({ uid: 0 }), { fileName })
  expect(comparison.verdict).toBe('content-identical')
  expect(comparison.differences.every(({ severity }) => severity === 'benign')).toBe(true)
})

test('in a package, what is packed is unpacked by the package, but for folders of a system', async () => {
  const pack = (path: string, uid: number) =>
    gzip(
      buildTar([
        { path: 'package/package.json', data: '{}' },
        { path: 'package/template.tar', data: buildTar([{ path, data: 'x', uid }]) },
      ]),
    )
  const severities = async (path: string) =>
    (await compareBytes(pack(path, 7), pack(path, 0))).differences.map(({ severity }) => severity)
  expect(await severities('src/a.js')).not.toContain('suspicious')
  expect(await severities('etc/a')).toContain('suspicious')
})
