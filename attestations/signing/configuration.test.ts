import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSigningConfiguration } from './configuration.ts'

const signing = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [],
  rekorTlogUrls: [],
  tsaUrls: [],
}

async function read(content: unknown, trustedRoot?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-config-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'config.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return await readSigningConfiguration(path, trustedRoot)
}

test.each([
  ['no JSON', '{'],
  ['a list', []],
  ['another media type', { ...signing, mediaType: 'application/json' }],
  ['repeated keys', '{"mediaType":1,"mediaType":2}'],
  ['a selector that nobody knows', { ...signing, rekorTlogConfig: { selector: 'SOME' } }],
  [
    'a date that is none',
    { ...signing, caUrls: [{ url: 'https://a.example', majorApiVersion: 1, validFor: { start: 'soon' } }] },
  ],
])('a file with %s is no signing configuration', async (_, content) => {
  await expect(read(content, '/nowhere')).rejects.toMatchObject({ code: 'SIGNING_CONFIG_INVALID' })
})

test('services without a root that they are verified with are refused', async () => {
  await expect(read(signing)).rejects.toMatchObject({
    code: 'SIGNING_CONFIG_INVALID',
    hint: expect.stringContaining('--trusted-root'),
  })
})

test('a client configuration whose root is none is refused', async () => {
  const content = {
    mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
    signingConfig: signing,
    trustedRoot: {},
  }
  await expect(read(content)).rejects.toMatchObject({ code: 'TRUST_ROOT_INVALID' })
})
