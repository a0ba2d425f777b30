import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { artifactFromDigest, artifactFromFile } from './artifact.ts'
import { embeddedTrustRoot } from './embedded-root.ts'
import { readKeys } from './keys.ts'
import { readAttestations } from './read.ts'
import { readTrustRoots } from './trust-root.ts'
import { verifyArtifact } from './verify.ts'

const folder = fileURLToPath(new URL('../../fixtures/conformance/cases/', import.meta.url))
const cases = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())

const beacon =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const github = 'https://token.actions.githubusercontent.com'

const embedded = embeddedTrustRoot()

async function verdictOn(name: string, only: 'file' | 'digest') {
  const path = (file: string) => `${folder}${name}/${file}`
  const told = (file: string, otherwise: string) =>
    existsSync(path(file)) ? readFileSync(path(file), 'utf8').trim() : otherwise
  const file = existsSync(path('artifact')) ? path('artifact') : `${folder}a.txt`
  const whole = await artifactFromFile(file)
  const isKey = existsSync(path('key.pub'))
  const verification = await verifyArtifact({
    artifact: only === 'file' ? whole : artifactFromDigest(`sha256:${whole.digests.sha256}`),
    attestations: readAttestations({ bytes: readFileSync(path('bundle.sigstore')), file: name }).attestations,
    expectations: {
      signers: isKey
        ? [{ key: 'given' }]
        : [{ identity: { exactly: told('identity', beacon) }, issuer: { exactly: told('issuer', github) } }],
    },
    trustRoots: existsSync(path('trusted_root')) ? await readTrustRoots(path('trusted_root')) : [embedded],
    keys: { given: isKey ? await readKeys(path('key.pub')) : [] },
  })
  return verification
}

test('all cases of the suite are here', () => {
  expect(cases.length).toBe(70)
})

describe.each(['file', 'digest'] as const)('sigstore-conformance, by %s', (only) => {
  test.each(cases.map(({ name }) => name))('%s', async (name) => {
    const { verdict, statements } = await verdictOn(name, only)
    const failures = statements.flatMap(({ checks }) => checks.filter(({ result }) => result === 'failed'))
    if (name.endsWith('_fail')) {
      expect(verdict).toBe('rejected')
      expect(failures).not.toEqual([])
    } else {
      expect(failures).toEqual([])
      expect(verdict).toBe('verified')
    }
  })
})
