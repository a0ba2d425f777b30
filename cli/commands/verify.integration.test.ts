import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundle, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { type CliContext, sayProblem } from '../context.ts'
import { registerVerify } from './verify.ts'

const cases = fileURLToPath(new URL('../../fixtures/conformance/cases/', import.meta.url))
const identity =
  'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main'
const issuer = 'https://token.actions.githubusercontent.com'
const beacon = ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-verify-'))
  await copyFile(`${cases}a.txt`, join(folder, 'a.txt'))
  await copyFile(`${cases}happy-path-intoto-in-dsse-v3/bundle.sigstore`, join(folder, 'a.bundle'))
})
afterEach(() => rm(folder, { recursive: true }))

async function verify(...arguments_: string[]) {
  const result = { code: -1, out: '', said: '' }
  const context: CliContext = {
    environment: { ...process.env, HOME: folder },
    cacheFolder: join(folder, 'cache'),
    stateFolder: join(folder, 'state'),
    write: (text) => {
      result.out += text
    },
    say: (text) => {
      result.said += text
    },
    progress: () => {},
    signal: new AbortController().signal,
    color: false,
    width: 80,
    setExitCode: (code) => {
      result.code = code
    },
  }
  const program = new Command().exitOverride()
  registerVerify(program, context)
  try {
    await program.parseAsync(['verify', ...arguments_], { from: 'user' })
  } catch (error) {
    result.code = sayProblem(error, context)
  }
  return result
}

const inFolder = (name: string) => join(folder, name)

test('a file and its bundle: verified, who signed it and when, how old the trust is', async () => {
  const { code, out } = await verify(inFolder('a.txt'), '--bundle', inFolder('a.bundle'), ...beacon)
  expect(code).toBe(0)
  expect(out).toMatch(/^verified {2}a\.txt\n/)
  expect(out).toContain(`signed by ${identity} (${issuer}) at 2024-12-16T18:42:56.000Z`)
  expect(out).toMatch(/trusted root: embedded, of \d{4}-\d\d-\d\d, \d+ days old/)
})

test('the report in JSON has every check, and not the statement', async () => {
  const { out } = await verify(inFolder('a.txt'), '--bundle', inFolder('a.bundle'), ...beacon, '--json')
  const report = JSON.parse(out)
  expect(report).toMatchObject({ schema: 'https://reproof.dev/verification/v1', verdict: 'verified', offline: false })
  expect(report.statements[0].checks).toHaveLength(15)
  expect(report.statements[0].checks[0]).toEqual({
    id: 'format',
    result: 'passed',
    detail: expect.any(String),
    evidence: expect.any(Object),
  })
  expect(report.statements[0].statement).toBeUndefined()
})

test.each([
  'a.txt.sigstore.json',
  'a.txt.intoto.jsonl',
  'a.txt.rebuild.sigstore.json',
  'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf.jsonl',
])('a bundle beside the file is found as %s', async (name) => {
  await copyFile(inFolder('a.bundle'), inFolder(name))
  expect((await verify(inFolder('a.txt'), ...beacon)).code).toBe(0)
})

test('without any bundle the question stays open', async () => {
  const { code, out } = await verify(inFolder('a.txt'), ...beacon)
  expect(code).toBe(3)
  expect(out).toContain('unverifiable')
  expect(out).toContain('--bundle')
})

test('a digest stands for the file', async () => {
  const digest = 'sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354c4cbb190a30d56efa01bf'
  expect((await verify(digest, '--bundle', inFolder('a.bundle'), ...beacon)).code).toBe(0)
})

test('of several files all have to be verified', async () => {
  await writeFile(inFolder('b.txt'), 'another')
  const { code, out } = await verify(
    inFolder('a.txt'),
    inFolder('b.txt'),
    '--bundle',
    inFolder('a.bundle'),
    ...beacon,
    '--json',
  )
  expect(code).toBe(1)
  const { verdict, artifacts } = JSON.parse(out)
  expect([verdict, ...artifacts.map((one: { verdict: string }) => one.verdict)]).toEqual([
    'rejected',
    'verified',
    'rejected',
  ])
})

describe('whose signature counts', () => {
  test.each([
    ['another identity', ['--certificate-identity', `${identity}2`, '--certificate-oidc-issuer', issuer]],
    [
      'the start of the identity',
      ['--certificate-identity', identity.slice(0, -5), '--certificate-oidc-issuer', issuer],
    ],
    ['a pattern of a part of it', ['--certificate-identity-pattern', 'github', '--certificate-oidc-issuer', issuer]],
    ['another issuer', ['--certificate-identity', identity, '--certificate-oidc-issuer', `${issuer}/x`]],
    ['another repository', [...beacon, '--source-repository', 'https://github.com/acme/widget']],
    ['a kind of statement that it is not', [...beacon, '--predicate-type', 'https://slsa.dev/provenance/v0.2']],
    ['a level, of what is no summary', [...beacon, '--verified-level', 'SLSA_BUILD_LEVEL_1']],
    ['the key of the registry', ['--registry-key']],
  ])('%s: rejected', async (_, options) => {
    expect((await verify(inFolder('a.txt'), '--bundle', inFolder('a.bundle'), ...options)).code).toBe(1)
  })

  test('a pattern for all of it: verified', async () => {
    const options = [
      '--certificate-identity-pattern',
      'https://github[.]com/sigstore-conformance/.*',
      '--certificate-oidc-issuer-pattern',
      'https://.*',
    ]
    expect((await verify(inFolder('a.txt'), '--bundle', inFolder('a.bundle'), ...options)).code).toBe(0)
  })

  test.each([
    ['nobody', [], 'SIGNER_NOT_NAMED'],
    ['an identity of nobody', ['--certificate-identity', identity], 'USAGE'],
    ['an identity and a pattern', [...beacon, '--certificate-identity-pattern', '.*'], 'USAGE'],
    ['a policy, and what somebody else decided', ['--policy', 'p.yaml', '--verified-level', 'X'], 'USAGE'],
    ['an identity and a key', [...beacon, '--key', 'key.pub'], 'USAGE'],
    ['a key that is not there', ['--key', 'no-such-key.pub'], 'FILE_UNREADABLE'],
    ['a root that is not there', [...beacon, '--trusted-root', 'no-such-root.json'], 'FILE_UNREADABLE'],
    ['a bundle that is not there', [...beacon, '--bundle', 'no-such-bundle.json'], 'FILE_UNREADABLE'],
  ])('%s: a fault of the command line', async (_, options, said) => {
    const result = await verify(inFolder('a.txt'), ...options)
    expect(result).toMatchObject({ code: 2, out: '' })
    expect(result.said).toContain(`(${said})`)
  })

  test('a package of a registry cannot be verified offline', async () => {
    const result = await verify('npm:left-pad@1.3.0', '--offline', ...beacon)
    expect(result).toMatchObject({ code: 2, said: expect.stringContaining('--offline') })
  })
})

test('a local key, without log and without clock', async () => {
  const pair = keyPair()
  await writeFile(inFolder('key.pub'), pair.pem)
  await writeFile(inFolder('b.txt'), 'contents')
  await writeFile(
    inFolder('b.txt.sigstore.json'),
    JSON.stringify(bundle(JSON.stringify(statementAbout('contents')), pair)),
  )
  expect((await verify(inFolder('b.txt'), '--key', inFolder('key.pub'))).code).toBe(0)
  await writeFile(inFolder('key.pub'), keyPair().pem)
  expect((await verify(inFolder('b.txt'), '--key', inFolder('key.pub'))).code).toBe(1)
})

describe('a policy', () => {
  const pair = keyPair()
  const signed = JSON.stringify(bundle(JSON.stringify(statementAbout('contents')), pair))

  async function withPolicy(rest: string) {
    await writeFile(inFolder('key.pub'), pair.pem)
    await writeFile(inFolder('b.txt'), 'contents')
    await writeFile(inFolder('b.txt.sigstore.json'), signed)
    await writeFile(
      inFolder('reproof.policy.yaml'),
      `schema: https://reproof.dev/policy/v1\nsigners:\n  - key: key.pub\n${rest}`,
    )
    return verify(inFolder('b.txt'), '--policy', inFolder('reproof.policy.yaml'), '--json')
  }

  test.each([
    ['of its signers only', '', 0],
    ['that the dependencies meet', 'dependencies: { refuse: [deprecated] }\n', 0],
    ['that a dependency does not meet', 'dependencies: { refuse: [without-digest] }\n', 1],
    [
      'with an exception for it',
      "dependencies: { refuse: [without-digest] }\nexceptions: [{ rule: without-digest, dependency: 'pkg:npm/unhashed@*', reason: known, until: '2999-01-01' }]\n",
      0,
    ],
    ['that wants a rebuild too', 'rebuild: { verdict: bit-identical }\n', 3],
    ['of another builder', 'builder: { id: https://example.com/other }\n', 1],
    ['that is none', 'nonsense: true\n', 2],
  ])('%s', async (_, rest, code) => {
    expect((await withPolicy(rest)).code).toBe(code)
  })

  test('is named in the report by its digest, with what it asks of all statements', async () => {
    const { policy, requirements } = JSON.parse((await withPolicy('rebuild: { verdict: bit-identical }\n')).out)
    expect(policy).toEqual({ name: inFolder('reproof.policy.yaml'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(requirements).toMatchObject([{ id: 'rebuilders', met: false }])
  })

  test('and another option that says who may sign do not go together', async () => {
    const result = await verify(inFolder('a.txt'), '--policy', 'p.yaml', ...beacon)
    expect(result).toMatchObject({ code: 2, said: expect.stringContaining('USAGE') })
  })
})

test('what a stranger wrote reaches the terminal with nothing invisible in it', async () => {
  const pair = keyPair()
  const evil = statementAbout('contents', {
    subject: [{ name: '\u001b[2J\u202eevil', digest: { sha256: '0'.repeat(64) } }],
  })
  await writeFile(inFolder('key.pub'), pair.pem)
  await writeFile(inFolder('b.json'), JSON.stringify(bundle(JSON.stringify(evil), pair)))
  const { out } = await verify(inFolder('a.txt'), '--bundle', inFolder('b.json'), '--key', inFolder('key.pub'))
  expect(out).toContain('\\u{202e}evil')
  expect(out).not.toMatch(/[\u001b\u202e]/)
})

test('everything works in a network namespace without any route', async () => {
  const client = fileURLToPath(new URL('../../fixtures/conformance/client.ts', import.meta.url))
  const command = [client, 'verify-bundle', '--bundle', inFolder('a.bundle'), ...beacon, inFolder('a.txt')]
  const child = spawn('unshare', ['--map-root-user', '--net', process.execPath, ...command], { stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve))
  expect(code).toBe(0)
})
