import { describe, expect, test } from 'vitest'
import { compareBytes } from '../../../fixtures/archives/compared.ts'
import { buildTar, gzip } from '../../../fixtures/archives/tar-builder.ts'
import type { ZipEntry } from '../../../fixtures/archives/zip-builder.ts'
import {
  crateOf,
  honestCrate,
  lockOf,
  newerMetadata,
  olderManifest,
  olderMetadata,
  wheelOf,
  withEntry,
} from '../../../fixtures/attacks/packaging.ts'
import fc from '../../../fixtures/property.ts'

const info = 'honest-1.0.dist-info'
const severities = async (published: Buffer, rebuilt: Buffer) => {
  const { verdict, differences } = await compareBytes(published, rebuilt)
  return { verdict, found: differences.map(({ path, cause, severity }) => ({ path, cause, severity })) }
}

describe('a wheel that another version of the builder made', () => {
  const licence = (path: string): ZipEntry => ({ path, data: 'Do as you like.\n' })
  const wheelFile = (generator: string) => `Wheel-Version: 1.0\nGenerator: ${generator}\nTag: py3-none-any\n`
  const built = (metadata: string, generator: string, place: string) =>
    wheelOf((all) => [
      ...withEntry(`${info}/METADATA`, metadata)(withEntry(`${info}/WHEEL`, wheelFile(generator))(all)),
      licence(`${info}/${place}`),
    ])

  test('differs in what nobody acts on, which is told and not suspicious', async () => {
    const published = built(olderMetadata, 'bdist_wheel (0.43.0)', 'LICENSE')
    const rebuilt = built(newerMetadata, 'setuptools (84.2.1)', 'licenses/LICENSE')
    for (const sides of [
      [published, rebuilt],
      [rebuilt, published],
    ] as const) {
      const { verdict, found } = await severities(...sides)
      expect(verdict).toBe('different')
      expect(found.filter(({ severity }) => severity === 'suspicious')).toEqual([])
      expect(found).toContainEqual({ path: `${info}/METADATA`, cause: 'metadata', severity: 'unexplained' })
      expect(found).toContainEqual({ path: `${info}/WHEEL`, cause: 'another-builder', severity: 'unexplained' })
      expect(found).toContainEqual({ path: `${info}/RECORD`, cause: 'wheel-record', severity: 'unexplained' })
      expect(found.map(({ cause }) => cause)).toContain('licence-moved')
    }
  })
})

test('the metadata of a source archive is read as that of a wheel', async () => {
  const archive = (metadata: string) =>
    gzip(
      buildTar([
        { path: 'honest-1.0/PKG-INFO', data: metadata },
        { path: 'honest-1.0/src/honest.egg-info/PKG-INFO', data: metadata },
      ]),
    )
  const { found } = await severities(archive(olderMetadata), archive(newerMetadata))
  expect(found).toEqual([
    { path: 'honest-1.0/PKG-INFO', cause: 'metadata', severity: 'unexplained' },
    { path: 'honest-1.0/src/honest.egg-info/PKG-INFO', cause: 'metadata', severity: 'unexplained' },
  ])
})

const sdist = (metadata: string, files: Record<string, string>) =>
  gzip(
    buildTar(
      Object.entries({ 'PKG-INFO': metadata, ...files }).map(([path, data]) => ({ path: `honest-1.0/${path}`, data })),
    ),
  )
const metadataOf = (version: string, more = '') => `Metadata-Version: ${version}\nName: honest\nVersion: 1.0\n${more}`
const setup = { 'setup.py': 'setup(install_requires=["a"], python_requires=">=3.9")\n' }
const plainSetup = {
  'setup.py': 'setup(python_requires=">=3.9")\n',
  'pyproject.toml': '[build-system]\nrequires = []\n',
}

test.each([
  ['that all are named in', metadataOf('2.4', 'Requires-Dist: a\n'), metadataOf('2.1', 'Requires-Dist: a\n'), setup],
  ['of a package without dependencies', metadataOf('2.4'), metadataOf('2.1'), plainSetup],
  ['of an older builder', metadataOf('2.1'), metadataOf('2.4'), setup],
  ['that leave it to the build', metadataOf('2.2', 'Dynamic: requires-dist\n'), metadataOf('2.1'), setup],
  ['that both leave nothing to the build', metadataOf('2.4'), metadataOf('2.2'), setup],
])('metadata of another version are no alarm: %s', async (_, published, rebuilt, files) => {
  const { found } = await severities(sdist(published, files), sdist(rebuilt, files))
  expect(found).toEqual([{ path: 'honest-1.0/PKG-INFO', cause: 'metadata', severity: 'unexplained' }])
})

test.each(['\n', '\r\n'])('what follows a field makes no difference where its lines end with %j', async (end) => {
  const path = `${info}/METADATA`
  const written = (text: string) => wheelOf(withEntry(path, text.replaceAll('\n', end)))
  const { found } = await severities(written(olderMetadata), written(newerMetadata))
  expect(found).toContainEqual({ path, cause: 'metadata', severity: 'unexplained' })
})

test('of metadata every other requirement is suspicious, whatever else differs', async () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/)
  const requirement = fc.tuple(word, fc.constantFrom('>=1', '<2', '==3'), fc.boolean())
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(requirement, { selector: ([name]) => name, maxLength: 5 }),
      requirement,
      async (all, evil) => {
        const path = `${info}/METADATA`
        const lines = (list: typeof all) =>
          list
            .map(([name, bound, extra]) => `Requires-Dist: ${name}${bound}${extra ? "; extra == 'a_b'" : ''}\n`)
            .join('')
        const written = (text: string, list: typeof all) =>
          wheelOf(withEntry(path, text.replace('Requires-Python', `${lines(list)}Requires-Python`)))
        const said = async (published: typeof all, rebuilt: typeof all) =>
          (await severities(written(olderMetadata, published), written(newerMetadata, rebuilt))).found.find(
            (one) => one.path === path,
          )?.severity
        const shuffled = all.toReversed()
        expect(await said(all, shuffled)).toBe('unexplained')
        const other = [...all, evil]
        expect(await said(other, shuffled)).toBe('suspicious')
      },
    ),
    { numRuns: 40 },
  )
})

describe('a crate that another cargo packed', () => {
  test('says the same in another manifest, and notes where it was', async () => {
    const vcs = { git: { sha1: 'ab'.repeat(20) } }
    const published = crateOf({
      ...honestCrate,
      'Cargo.toml': olderManifest,
      '.cargo_vcs_info.json': JSON.stringify(vcs),
    })
    const rebuilt = crateOf({
      ...honestCrate,
      '.cargo_vcs_info.json': JSON.stringify({ ...vcs, path_in_vcs: '' }, null, 2),
    })
    for (const sides of [
      [published, rebuilt],
      [rebuilt, published],
    ] as const) {
      const { found } = await severities(...sides)
      expect(found).toEqual([
        { path: 'honest-1.0.0/Cargo.toml', cause: 'another-builder', severity: 'unexplained' },
        { path: 'honest-1.0.0/.cargo_vcs_info.json', cause: 'another-builder', severity: 'unexplained' },
      ])
    }
  })

  test('without a program has a lockfile that nobody is given', async () => {
    const path = 'honest-1.0.0/Cargo.lock'
    const of = (text: string) => crateOf({ ...honestCrate, 'Cargo.lock': text })
    const { found } = await severities(of(lockOf('0.4.27')), of(lockOf('0.4.28')))
    expect(found).toEqual([{ path, cause: 'locked-versions', severity: 'unexplained' }])
    const { found: older } = await severities(crateOf(honestCrate), of(lockOf('0.4.28')))
    expect(older).toEqual([{ path, cause: 'extra', severity: 'unexplained' }])
    const withExample = (text: string) =>
      crateOf({ ...honestCrate, 'examples/a.rs': 'fn main() {}', 'Cargo.lock': text })
    const { differences } = await compareBytes(withExample(lockOf('0.4.27')), withExample(lockOf('0.4.28')))
    expect(differences).toMatchObject([{ path, severity: 'unexplained', summary: expect.stringMatching(/example/) }])
    const program = { ...honestCrate, 'src/main.rs': 'fn main() {}' }
    const { found: asked } = await severities(crateOf(program), crateOf({ ...program, 'Cargo.lock': lockOf('0.4.28') }))
    expect(asked).toEqual([{ path, cause: 'extra', severity: 'suspicious' }])
  })
})
