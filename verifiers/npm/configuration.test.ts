import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readNpmConfiguration } from './configuration.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'reproof-npmrc-'))
})
afterEach(() => rm(home, { recursive: true }))

const environment = () => ({ HOME: home, PATH: process.env.PATH })

test('the user configuration is read as npm reads it', async () => {
  const lines = [
    'registry=https://registry.example/',
    '@scope:registry=https://scope.example/npm/',
    `//scope.example/npm/:_authToken=\${TOKEN}`,
    'strict-ssl=false',
    'fetch-retries=1',
    'https-proxy=http://127.0.0.1:3128/',
  ]
  await writeFile(join(home, '.npmrc'), lines.join('\n'))
  const options = await readNpmConfiguration({ env: { ...environment(), TOKEN: 'secret' } })
  expect(options).toMatchObject({
    registry: 'https://registry.example/',
    '@scope:registry': 'https://scope.example/npm/',
    '//scope.example/npm/:_authToken': 'secret',
    strictSSL: false,
    httpsProxy: 'http://127.0.0.1:3128/',
  })
})

test('the environment comes before the file', async () => {
  await writeFile(join(home, '.npmrc'), 'registry=https://file.example/')
  const env = { ...environment(), npm_config_registry: 'https://environment.example/' }
  expect((await readNpmConfiguration({ env })).registry).toBe('https://environment.example/')
})

test("a project's .npmrc is not read, whose ever the folder is", async () => {
  const project = join(home, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{}')
  await writeFile(join(project, '.npmrc'), 'registry=https://hostile.example/')
  const before = process.cwd()
  process.chdir(project)
  try {
    expect((await readNpmConfiguration({ env: environment() })).registry).not.toBe('https://hostile.example/')
  } finally {
    process.chdir(before)
  }
})

test('the environment that it is given stays as it is', async () => {
  const env = { ...environment() }
  await readNpmConfiguration({ env })
  expect(env).toEqual(environment())
})

test.each([
  ['credentials that name no registry', '_authToken=secret'],
  ['credentials that name no registry, the old way', '_auth=c2VjcmV0'],
])('%s are refused with what to do', async (_, line) => {
  await writeFile(join(home, '.npmrc'), line)
  const problem = await readNpmConfiguration({ env: environment() }).catch((error: unknown) => error)
  expect(problem).toMatchObject({ code: 'CONFIGURATION_INVALID', hint: expect.stringContaining('npm config') })
  expect(String(problem)).not.toContain('secret')
})

test('a registry that is no URL is refused', async () => {
  await writeFile(join(home, '.npmrc'), 'registry=not a url')
  await expect(readNpmConfiguration({ env: environment() })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})

test('a certificate file that cannot be read is refused', async () => {
  await mkdir(join(home, 'folder'))
  await writeFile(join(home, '.npmrc'), `cafile=${join(home, 'folder')}`)
  await expect(readNpmConfiguration({ env: environment() })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})

test('what cannot be understood counts for nothing, as with npm', async () => {
  await writeFile(join(home, '.npmrc'), '\0\x01[[[=\nfetch-timeout=soon\nunknown-key=1\n')
  const options = await readNpmConfiguration({ env: environment() })
  expect(() => new URL(String(options.registry))).not.toThrow()
})
