import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../fixtures/services/listen.ts'
import { findIdentity } from './identity.ts'

const now = () => new Date('2026-06-01T00:00:00Z')
const signal = new AbortController().signal
const claims = { iss: 'https://issuer.example', sub: 'me', aud: 'sigstore', exp: now().getTime() / 1000 + 60 }
const secret = 'c2VjcmV0LXNpZ25hdHVyZQ'
const tokenOf = (payload: unknown) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.${secret}`

const find = (environment: NodeJS.ProcessEnv, token?: string) =>
  findIdentity({ environment, now, signal, ...(token !== undefined && { token }) })

test.each([
  ['a given token', {}, tokenOf(claims), 'me'],
  ['SIGSTORE_ID_TOKEN, as GitLab sets it', { SIGSTORE_ID_TOKEN: tokenOf(claims) }, undefined, 'me'],
  [
    'a given token before the environment’s',
    { SIGSTORE_ID_TOKEN: tokenOf({ ...claims, sub: 'other' }) },
    tokenOf(claims),
    'me',
  ],
  ['an audience among several', {}, tokenOf({ ...claims, aud: ['other', 'sigstore'] }), 'me'],
  [
    'a verified e-mail address',
    {},
    tokenOf({ ...claims, email: 'me@acme.example', email_verified: true }),
    'me@acme.example',
  ],
])('%s is an identity', async (_, environment, token, subject) => {
  const identity = await find(environment, token)
  expect(identity).toMatchObject({ subject, issuer: 'https://issuer.example' })
  expect(JSON.stringify(identity)).not.toContain(secret)
})

test.each([
  ['nothing', 'IDENTITY_INVALID', ''],
  ['no token', 'IDENTITY_INVALID', `not-a-token-${secret}`],
  ['two parts', 'IDENTITY_INVALID', `a.${secret}`],
  ['no JSON', 'IDENTITY_INVALID', `e30.bm8.${secret}`],
  ['a line break', 'IDENTITY_INVALID', `${tokenOf(claims)}\r\nX-Header: 1`],
  ['another audience', 'IDENTITY_INVALID', tokenOf({ ...claims, aud: 'npm' })],
  ['an end that has passed', 'IDENTITY_INVALID', tokenOf({ ...claims, exp: 1 })],
  ['an address that nobody verified', 'IDENTITY_INVALID', tokenOf({ ...claims, email: 'me@acme.example' })],
  ['no subject', 'IDENTITY_INVALID', tokenOf({ ...claims, sub: undefined })],
  ['no issuer', 'IDENTITY_INVALID', tokenOf({ ...claims, iss: undefined })],
  ['a megabyte', 'IDENTITY_INVALID', tokenOf({ ...claims, sub: 'x'.repeat(1e6) })],
])('a token with %s is refused, and not repeated', async (_, code, token) => {
  const error = await find({}, token).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code })
  expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack}`).not.toContain(secret)
})

test('who has no identity is told what to do, for the place that it runs in', async () => {
  await expect(find({})).rejects.toMatchObject({ code: 'IDENTITY_MISSING', hint: expect.stringContaining('--key') })
  await expect(find({ GITHUB_ACTIONS: 'true' })).rejects.toMatchObject({
    hint: expect.stringContaining('id-token: write'),
  })
  await expect(find({ GITLAB_CI: 'true' })).rejects.toMatchObject({ hint: expect.stringContaining('id_tokens') })
})

async function github(listener: RequestListener): Promise<NodeJS.ProcessEnv> {
  const server = createServer(listener)
  const origin = await listen(server)
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: `request-${secret}`,
  }
}

test('GitHub is asked for a token of the audience sigstore', async () => {
  const asked: (string | undefined)[] = []
  const environment = await github((request, response) => {
    asked.push(request.url, request.headers.authorization)
    response.end(JSON.stringify({ value: tokenOf(claims) }))
  })
  expect(await find(environment)).toMatchObject({ subject: 'me', from: 'GitHub Actions' })
  expect(asked).toEqual(['/?api-version=2.0&audience=sigstore', `Bearer request-${secret}`])
})

test.each<[string, RequestListener]>([
  ['refuses', (_, response) => void response.writeHead(403).end()],
  ['answers with no JSON', (_, response) => void response.end('<html>')],
  ['answers without a token', (_, response) => void response.end('{}')],
  ['sends elsewhere', (_, response) => void response.writeHead(302, { location: 'https://elsewhere.example' }).end()],
  ['hangs up', (_, response) => void response.destroy()],
])('a token service that %s gives a sentence without secrets', async (_, listener) => {
  const error = await find(await github(listener)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'IDENTITY_INVALID' })
  expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(secret)
})

test('Buildkite without its agent is said to be so', async () => {
  await expect(find({ BUILDKITE: 'true', PATH: '/nowhere' })).rejects.toMatchObject({
    code: 'IDENTITY_INVALID',
    message: expect.stringContaining('buildkite-agent'),
  })
})
