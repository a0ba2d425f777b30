import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oidc from 'openid-client'
import { Problem } from '../../verifiers/model/problem.ts'

export type LoginOptions = {
  /** Of the identity provider; https, or this machine itself. */
  issuer: string
  /** Shows a person where to log in. */
  show: (address: string) => void
  /** Tries to open it; what does not open is still shown. */
  open?: (address: string) => void
  /** In milliseconds. */
  patience?: number
  signal: AbortSignal
}

const clientId = 'sigstore'
const callback = '/callback'
const threeMinutes = 180_000

/**
 * Lets a person log in with a browser: OpenID Connect's authorization code flow with PKCE, whose answer comes back to a
 * port on 127.0.0.1 that is there for this once. State, nonce and the token's issuer and audience are checked.
 * https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 *
 * @returns the identity token. No message and no error has it, or the code that it is got with.
 * @throws {Problem} IDENTITY_INVALID when nobody logged in in time, it was refused, or the provider is no good.
 */
export async function logIn(options: LoginOptions): Promise<string> {
  const { issuer, show, open = openBrowser, patience = threeMinutes, signal } = options
  const late = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  const { configuration, server } = await asked(issuer, signal, async () => ({
    configuration: await discover(issuer),
    server: await listen(),
  }))
  try {
    const secrets = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() }
    const { port } = server.address() as AddressInfo
    const redirect = `http://127.0.0.1:${port}${callback}`
    const address = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirect,
      scope: 'openid email',
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
      code_challenge_method: 'S256',
    })
    assertSafe(address)
    const answered = nextAnswer(server, redirect, secrets.state, late)
    show(address.href)
    open(address.href)
    const answer = await answered.catch(() => {
      signal.throwIfAborted()
      throw invalid('nobody logged in in time', 'Do it again, or sign with a key, or in a job that has an identity.')
    })
    if (answer.searchParams.has('error')) throw invalid('the login was refused', 'Do it again, and allow it.')
    return await asked(issuer, signal, async () => {
      const { id_token: token } = await oidc.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: secrets.verifier,
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        idTokenExpected: true,
      })
      return token ?? ''
    })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function discover(issuer: string): Promise<oidc.Configuration> {
  const url = new URL(issuer)
  const execute = isLocal(url) ? [oidc.allowInsecureRequests] : []
  return await oidc.discovery(url, clientId, undefined, oidc.None(), { execute, timeout: 20 })
}

const isLocal = ({ protocol, hostname }: URL) =>
  protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+)$/.test(hostname)

/** The provider's own description chooses the page, and a browser opens whatever it is told to. */
function assertSafe(address: URL): void {
  if (address.protocol === 'https:' || isLocal(address)) return
  throw invalid('the page to log in at is not https', 'Tell whoever runs the identity provider.')
}

/** What the client throws may have codes and tokens in it: none of that leaves here. */
async function asked<Answer>(issuer: string, signal: AbortSignal, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Problem) throw error
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    const why = /^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ''
    throw invalid(
      `${URL.parse(issuer)?.host ?? issuer} gave no identity that can be used${why}`,
      'See whether the signing configuration names the right identity provider.',
    )
  }
}

async function listen(): Promise<Server> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return server
}

const page = (text: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>reproof</title><p>${text}</p></html>\n`

/** The first answer that has our state; a page that guesses the port is told nothing and changes nothing. */
function nextAnswer(server: Server, redirect: string, state: string, signal: AbortSignal): Promise<URL> {
  return new Promise((resolve, reject) => {
    server.on('request', ({ method, url = '', headers }, response) => {
      const address = URL.parse(url, redirect)
      const isOurs =
        method === 'GET' &&
        `http://${headers.host}${address?.pathname}` === redirect &&
        address?.searchParams.get('state') === state
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.setHeader('content-security-policy', "default-src 'none'")
      response.setHeader('connection', 'close')
      if (!isOurs || !address) {
        response.writeHead(404).end(page('There is nothing here.'))
        return
      }
      response.end(page('You can close this window, and go on at the terminal.'), () => resolve(address))
    })
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Where there is no such program, or no desktop, the address that was shown has to do. */
function openBrowser(address: string): void {
  const child = spawn('xdg-open', [address], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

function invalid(what: string, hint: string): Problem {
  return new Problem('IDENTITY_INVALID', `There is nobody to sign as: ${what}.`, { hint })
}
