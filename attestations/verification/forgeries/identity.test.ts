import { describe, expect, test } from 'vitest'
import { alternativeNames, claim, subjectAlternativeName } from '../../../fixtures/attestations/forge/certificates.ts'
import { name, tlv } from '../../../fixtures/attestations/forge/der.ts'
import { expecting, findings, named, signer, tried } from '../../../fixtures/attestations/forge/forgeries.ts'
import { workflow, workflowClaims } from '../../../fixtures/attestations/forge/instance.ts'

const { uri, email, dns, other } = alternativeNames
describe('somebody else is not the signer', () => {
  const { identity } = workflow
  // What becomes an "a" for whoever reads seven bits only.
  const highBit = (text: string) => tlv(0x86, Buffer.from(text.replace('acme', '\u00e1cme'), 'latin1'))
  tried([
    ['a Cyrillic letter', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', '\u0430cme')))],
    ['a letter whose highest bit is set', 'CERTIFICATE_UNREADABLE', () => named(highBit(identity))],
    ['a letter of no width', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\u200b`))],
    ['other case', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', 'ACME')))],
    ['the identity and more', 'IDENTITY_MISMATCH', () => named(uri(`${identity}.evil.example`))],
    ['more before the identity', 'IDENTITY_MISMATCH', () => named(uri(`https://evil.example/?${identity}`))],
    ['a part of the identity', 'IDENTITY_MISMATCH', () => named(uri(identity.slice(0, -1)))],
    ['a NUL and more', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\0.evil.example`))],
    ['a line end', 'IDENTITY_MISMATCH', () => named(uri(`${identity}\n`))],
    ['an escaped letter', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('acme', '%61cme')))],
    ['another branch of the workflow', 'IDENTITY_MISMATCH', () => named(uri(identity.replace('main', 'evil')))],
    ['a host name', 'IDENTITY_AMBIGUOUS', () => named(dns(identity))],
    ['an e-mail address that is a URL', 'IDENTITY_AMBIGUOUS', () => named(email(identity))],
    ['a user name that is a URL', 'IDENTITY_AMBIGUOUS', () => named(other('1.3.6.1.4.1.57264.1.7', identity))],
    ['a name of an unknown kind', 'IDENTITY_AMBIGUOUS', () => named(other('1.2.3.4', identity))],
    [
      'an e-mail address as a URL',
      'IDENTITY_AMBIGUOUS',
      () =>
        expecting({ signers: [{ ...signer, identity: { exactly: 'a@acme.example' } }] }, named(uri('a@acme.example'))),
    ],
    ['no name', 'IDENTITY_AMBIGUOUS', () => named()],
    [
      'the name only where people read it',
      'IDENTITY_AMBIGUOUS',
      () => ({
        options: { names: [], certificate: { subject: name('test', identity) } },
      }),
    ],
    ['two URLs', 'IDENTITY_AMBIGUOUS', () => named(uri(identity), uri('https://evil.example'))],
    ['a URL and an e-mail address', 'IDENTITY_AMBIGUOUS', () => named(uri(identity), email('evil@evil.example'))],
    [
      'names in two places',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [...workflowClaims(), subjectAlternativeName(uri('https://evil.example'))] },
      }),
    ],
    ['another issuer', 'ISSUER_MISMATCH', () => ({ options: { claims: [claim(8, 'https://evil.example')] } })],
    [
      'an issuer whose name goes on',
      'ISSUER_MISMATCH',
      () => ({
        options: { claims: [claim(8, `${workflow.issuer}.evil.example`)] },
      }),
    ],
    [
      'an issuer with a slash behind',
      'ISSUER_MISMATCH',
      () => ({ options: { claims: [claim(8, `${workflow.issuer}/`)] } }),
    ],
    ['no issuer', 'ISSUER_MISMATCH', () => ({ options: { claims: [] } })],
    [
      'issuers that disagree',
      'IDENTITY_AMBIGUOUS',
      () => ({
        options: { claims: [claim(8, workflow.issuer), claim(1, 'https://evil.example')] },
      }),
    ],
    [
      'the issuer twice',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [claim(8, workflow.issuer), claim(8, 'https://evil.example')] },
      }),
    ],
    [
      'an issuer that is not written as text',
      'CERTIFICATE_UNREADABLE',
      () => ({
        options: { claims: [{ id: claim(8, '').id, value: Buffer.from([0x0c, 0x02, 0xff, 0xfe]) }] },
      }),
    ],
    [
      'a pattern for the start',
      'IDENTITY_MISMATCH',
      () => expecting({ signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme/' } }] }),
    ],
    [
      'a pattern with alternatives',
      'IDENTITY_MISMATCH',
      () => expecting({ signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme|x' } }] }),
    ],
    [
      'a pattern and a second line',
      'IDENTITY_MISMATCH',
      () =>
        expecting(
          { signers: [{ ...signer, identity: { pattern: 'https://github[.]com/acme/.*' } }] },
          named(uri('https://evil.example\nhttps://github.com/acme/widget')),
        ),
    ],
    [
      'a key where a certificate is expected',
      'SIGNER_UNKNOWN',
      () => ({
        change({ verificationMaterial }) {
          delete verificationMaterial.certificate
          verificationMaterial.publicKey = { hint: workflow.identity }
        },
      }),
    ],
    ['a certificate where a key is expected', 'IDENTITY_MISMATCH', () => expecting({ signers: [{ key: 'given' }] })],
  ])
})

test('a pattern that takes for ever on somebody’s name is given up', async () => {
  const identity = { pattern: '(\\w+)+!' }
  await expect(
    findings(expecting({ signers: [{ ...signer, identity }] }, named(email(`${'a'.repeat(60)}@acme.example`)))),
  ).rejects.toMatchObject({ code: 'USAGE' })
})
