import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, isIP } from 'node:net'
import { checkServerIdentity, connect, TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { createCertificateAuthority } from './certificates.ts'

test('the authority is a self-signed CA whose bytes parse as X.509', () => {
  const certificate = new X509Certificate(createCertificateAuthority().certificate)
  expect(certificate.ca).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkIssued(certificate)).toBe(true)
})

test('two runs have two authorities', () => {
  const [one, two] = [createCertificateAuthority(), createCertificateAuthority()]
  expect(new X509Certificate(one.certificate).verify(new X509Certificate(two.certificate).publicKey)).toBe(false)
})

test.each(['registry.example.test', '127.0.0.1', 'xn--bcher-kva.example.test', `${'a'.repeat(63)}.example.test`])(
  'a client that trusts the authority accepts a server in the name of %s',
  async (host) => {
    expect(await handshake(host, host)).toMatchObject({ authorized: true })
  },
)

test('a certificate for one host is not good for another', async () => {
  await expect(handshake('a.example.test', 'b.example.test')).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
})

test('a client that does not know the authority refuses it', async () => {
  await expect(
    handshake('a.example.test', 'a.example.test', createCertificateAuthority().certificate),
  ).rejects.toThrow()
})

test('a context is made once a host', () => {
  const authority = createCertificateAuthority()
  expect(authority.contextFor('a.example.test')).toBe(authority.contextFor('a.example.test'))
  for (let index = 0; index < 1_100; index++) authority.contextFor(`${index}.example.test`)
})

async function handshake(served: string, asked: string, trusted?: string): Promise<{ authorized: boolean }> {
  const authority = createCertificateAuthority()
  const server = createServer((socket) => {
    const secured = new TLSSocket(socket, { isServer: true, secureContext: authority.contextFor(served) })
    secured.on('error', () => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({
    port,
    host: '127.0.0.1',
    ca: trusted ?? authority.certificate,
    ...(isIP(asked) === 0 && { servername: asked }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(asked, certificate),
  })
  try {
    await once(client, 'secureConnect')
    return { authorized: client.authorized }
  } finally {
    client.destroy()
    server.close()
  }
}
