import { expect, onTestFinished, test } from 'vitest'
import { type OidcIssuer, startOidcIssuer } from '../../fixtures/services/oidc.ts'
import { type LoginOptions, logIn } from './browser-login.ts'

async function issuer(): Promise<OidcIssuer> {
  const oidc = await startOidcIssuer()
  onTestFinished(() => oidc[Symbol.asyncDispose]())
  return oidc
}

/** What a browser does: it goes where it is sent, and shows the last page. */
const browser = (address: string) => void fetch(address).catch(() => undefined)

const login = (oidc: OidcIssuer, options: Partial<LoginOptions> = {}) =>
  logIn({
    issuer: oidc.people,
    show: () => undefined,
    open: browser,
    patience: 10_000,
    signal: new AbortController().signal,
    ...options,
  })

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

/** Takes the person to the page by hand, and changes what comes back from it. */
function meddling(change: (answer: URL) => void) {
  return async (address: string) => {
    const answer = new URL((await fetch(address, { redirect: 'manual' })).headers.get('location') ?? '')
    change(answer)
    await fetch(answer).catch(() => undefined)
  }
}

test('a person who logs in with a browser gets a token of the right audience', async () => {
  const oidc = await issuer()
  const shown: string[] = []
  const token = await login(oidc, { show: (address) => void shown.push(address) })
  expect(claimsOf(token)).toMatchObject({ iss: oidc.people, aud: 'sigstore', email: 'someone@acme.example' })
  const [address = ''] = shown
  expect(new URL(address).searchParams.get('code_challenge_method')).toBe('S256')
  expect(address).not.toContain(token)
})

test('an answer with another state is passed over, and the right one still counts', async () => {
  const oidc = await issuer()
  const open = async (address: string) => {
    await meddling((answer) => answer.searchParams.set('state', 'other'))(address)
    await meddling(() => undefined)(address)
  }
  await expect(login(oidc, { open: (address) => void open(address) })).resolves.toMatch(/^ey/)
})

test.each([
  ['nobody answers', { open: () => undefined, patience: 200 }, 'in time'],
  [
    'the code is of another login',
    { open: meddling((one) => one.searchParams.set('code', 'stolen-code')) },
    'no identity',
  ],
  [
    'the person says no',
    {
      open: meddling((one) => {
        one.searchParams.delete('code')
        one.searchParams.set('error', 'access_denied')
      }),
    },
    'refused',
  ],
  ['another host name leads to the port', { open: rebound, patience: 400 }, 'in time'],
])('when %s there is no identity, and nothing secret is said', async (_, options: Partial<LoginOptions>, says) => {
  const error = await login(await issuer(), options).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'IDENTITY_INVALID', message: expect.stringContaining(says) })
  expect(error).not.toHaveProperty('cause')
  expect(JSON.stringify([error, String(error)])).not.toMatch(/stolen-code|eyJ/)
})

function rebound(address: string): void {
  const { port } = new URL(new URL(address).searchParams.get('redirect_uri') ?? '')
  const state = new URL(address).searchParams.get('state')
  void fetch(`http://localhost:${port}/callback?code=x&state=${state}`).catch(() => undefined)
}

test.each([
  ['for another login', { nonce: 'another' }],
  ['for another client', { aud: 'another' }],
  ['by another issuer', { iss: 'https://other.example' }],
  ['long ago', { exp: 1 }],
])('a token that was made %s is refused', async (_, claims) => {
  const oidc = await issuer()
  Object.assign(oidc.person, claims)
  await expect(login(oidc)).rejects.toMatchObject({ code: 'IDENTITY_INVALID' })
})

test('a provider that cannot be reached, and one that is not there, are named', async () => {
  const oidc = await issuer()
  await oidc[Symbol.asyncDispose]()
  await expect(login(oidc)).rejects.toMatchObject({
    code: 'IDENTITY_INVALID',
    message: expect.stringContaining('127.0.0.1'),
  })
})

test('whoever gives up gets their answer at once', async () => {
  const given = new AbortController()
  const asked = login(await issuer(), { open: () => given.abort(new Error('enough')), signal: given.signal })
  await expect(asked).rejects.toThrow('enough')
})
