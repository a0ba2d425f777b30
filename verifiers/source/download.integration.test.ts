import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type MadeContext, makeContext } from '../../fixtures/source/context.ts'
import { type Answer, type FileServer, serveFiles } from '../../fixtures/source/file-server.ts'
import { openContentStore } from '../store/content.ts'
import { type DownloadOptions, download, isLoopback, shownUrl } from './download.ts'

let made: MadeContext
let server: FileServer
let answers: Record<string, Answer>
beforeEach(async () => {
  made = await makeContext()
  answers = {}
  server = await serveFiles((path) => answers[path])
})
afterEach(async () => {
  await server.close()
  await made.remove()
})

function get(path: string, more: Partial<DownloadOptions> = {}) {
  const store = openContentStore(join(made.folder, 'store'))
  const signal = new AbortController().signal
  const url = path.startsWith('http') ? path : `${server.url}${path}`
  return download({ url, store, limit: 1000, what: 'It', signal, transport: 'https', ...more })
}

test('a file comes into the store, checked', async () => {
  answers['/a'] = 'hello'
  const store = openContentStore(join(made.folder, 'store'))
  const content = await get('/a', { expected: { size: 5 } })
  expect(String(await buffer(store.read(content.digests.sha512)))).toBe('hello')
})

test('a failure that may pass is tried again', async () => {
  let tries = 0
  answers['/a'] = (_, response) => {
    tries++
    response.writeHead(tries < 3 ? 503 : 200).end('hello')
  }
  expect(await get('/a')).toMatchObject({ size: 5 })
})

test.each([404, 403, 401])('status %i is final', async (status) => {
  answers['/a'] = status
  await expect(get('/a')).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', details: { status } })
  expect(server.requests).toHaveLength(1)
})

test('redirects are followed, but not in circles, and not to where nobody may be asked', async () => {
  const to = (location: string): Answer => {
    return (_, response) => void response.writeHead(302, { location }).end()
  }
  answers['/a'] = to('/b')
  answers['/b'] = 'hello'
  answers['/circle'] = to('/circle')
  answers['/plain'] = to('http://example.test/a')
  answers['/file'] = to('file:///etc/passwd')
  expect(await get('/a')).toMatchObject({ size: 5 })
  await expect(get('/circle', { tries: 1 })).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' })
  await expect(get('/plain')).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
  await expect(get('/file', { transport: 'http' })).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
})

test.each(['http://example.test/a', 'ftp://example.test/a', 'file:///etc/passwd', 'nothing'])(
  '%s is not asked',
  async (url) => {
    await expect(get(url.startsWith('nothing') ? 'http:nothing' : url)).rejects.toMatchObject({
      code: expect.stringMatching(/^SOURCE_(?:REFUSED|UNREACHABLE)$/),
    })
  },
)

test('a server that falls silent, before or inside its answer, is given up', async () => {
  answers['/never'] = () => {}
  answers['/half'] = (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('half')
  for (const path of ['/never', '/half']) {
    await expect(get(path, { silence: 200, tries: 1 })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('silent'),
    })
  }
})

test('more than the limit, and other bytes than declared, are refused with the codes asked for', async () => {
  answers['/a'] = 'x'.repeat(2000)
  await expect(get('/a')).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
  const codes = { mismatch: 'IMAGE_PACKAGE_MISMATCH', tooLarge: 'ARTIFACT_TOO_LARGE' } as const
  await expect(get('/a', { codes })).rejects.toMatchObject({ code: 'ARTIFACT_TOO_LARGE' })
  const expected = { sha256: '0'.repeat(64) }
  await expect(get('/a', { codes, expected, limit: 5000 })).rejects.toMatchObject({ code: 'IMAGE_PACKAGE_MISMATCH' })
})

test('an interrupted download ends at once', async () => {
  answers['/never'] = () => {}
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 50)
  await expect(get('/never', { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('addresses are shown without what may be secret', () => {
  expect(shownUrl('https://me:secret@example.test/a?token=secret#secret')).toBe('https://example.test/a')
})

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['127.0.0.1.example.test', false],
  ['example.test', false],
])('%s is this machine: %s', (hostname, expected) => {
  expect(isLoopback(hostname)).toBe(expected)
})
