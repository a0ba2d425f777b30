import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { finishedRun, manifestsOf } from '../../fixtures/runs/finished-run.ts'
import { writeFileAtomically } from '../../verifiers/store/atomic.ts'
import type { CliContext } from '../context.ts'
import { registerAttest } from './attest.ts'
import { registerKey } from './key.ts'
import { registerSbom } from './sbom.ts'
import { registerVerify } from './verify.ts'

let folder: string
let written: string
let said: string
let exitCode: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-attest-'))
  written = ''
  said = ''
  exitCode = 0
  const run = { id: 'one', request: {}, startedAt: '2026-02-03T04:05:06Z', finishedAt: '2026-02-03T04:06:07Z' }
  const place = join(folder, 'state/runs/one')
  const { manifest, lockfile } = manifestsOf()
  await writeFileAtomically(join(place, 'run.json'), JSON.stringify(run))
  await writeFileAtomically(join(place, 'report.json'), JSON.stringify(await finishedRun()))
  await writeFileAtomically(join(place, 'manifests/package.json'), manifest)
  await writeFileAtomically(join(place, 'manifests', lockfile.name), lockfile.bytes)
})
afterEach(() => rm(folder, { recursive: true }))

async function reproof(...arguments_: string[]): Promise<string> {
  const context: CliContext = {
    environment: { REPROOF_KEY_PASSWORD: 'secret' },
    cacheFolder: join(folder, 'cache'),
    stateFolder: join(folder, 'state'),
    write: (text) => {
      written += text
    },
    say: (text) => {
      said += text
    },
    progress: () => {},
    signal: new AbortController().signal,
    color: false,
    width: 80,
    setExitCode: (code) => {
      exitCode = code
    },
  }
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  for (const register of [registerAttest, registerKey, registerSbom, registerVerify]) register(program, context)
  written = ''
  await program.parseAsync(arguments_, { from: 'user' })
  return written
}

const path = (name: string) => join(folder, name)

test('what attest signs with a key is what verify accepts with its public key', async () => {
  await reproof('key', 'create', '--out', path('k'))
  const out = await reproof('attest', 'one', '--key', path('k'), '--json')
  const { statements, files } = JSON.parse(out)
  expect(statements.map(({ kind }: { kind: string }) => kind)).toEqual(['provenance', 'sbom', 'rebuild-result'])
  expect(said).toBe('')
  const file = path('acme-widget-1.2.3.tgz')
  await writeFile(file, 'published')
  const bundle = files.find((name: string) => name.endsWith('.intoto.jsonl'))
  await reproof('verify', file, '--bundle', bundle, '--key', path('k.pub'), '--offline', '--json')
  const { verdict } = JSON.parse(written).artifacts?.[0] ?? JSON.parse(written)
  expect([verdict, exitCode]).toEqual(['verified', 0])
})

test('that a rebuild gave another file is attested, and is no reason to use the published one', async () => {
  await reproof('key', 'create', '--out', path('k'))
  await writeFileAtomically(
    path('state/runs/one/report.json'),
    JSON.stringify(await finishedRun({ rebuilt: 'another', verdict: 'different' })),
  )
  await reproof('attest', 'one', '--key', path('k'), '--out', folder)
  const file = path('acme-widget-1.2.3.tgz')
  await writeFile(file, 'published')
  const { verdict, statements } = JSON.parse(await reproof('verify', file, '--key', path('k.pub'), '--json'))
  const refused = statements.flatMap(({ checks }: { checks: { code?: string; detail: string }[] }) =>
    checks.filter(({ code }) => code === 'POLICY_REFUSED').map(({ detail }) => detail),
  )
  expect([verdict, exitCode, refused]).toEqual([
    'rejected',
    1,
    ['The rebuild is different, which is no reason to use the file.'],
  ])
})

test('bundles lie in the run’s folder under names that belong to the file', async () => {
  await reproof('key', 'create', '--out', path('k'))
  await reproof('attest', 'one', '--key', path('k'))
  expect((await readdir(path('state/runs/one/attestations'))).sort()).toEqual([
    'acme-widget-1.2.3.tgz.intoto.jsonl',
    'acme-widget-1.2.3.tgz.provenance.sigstore.json',
    'acme-widget-1.2.3.tgz.rebuild-result.sigstore.json',
    'acme-widget-1.2.3.tgz.sbom.sigstore.json',
  ])
})

test('unsigned, the statements are printed, one a line, and nothing is written', async () => {
  const lines = (await reproof('attest', 'one', '--unsigned')).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).predicateType)).toEqual([
    'https://slsa.dev/provenance/v1',
    'https://cyclonedx.org/bom',
    'https://reproof.dev/rebuild-result/v1',
  ])
  expect(await readdir(path('state/runs/one'))).not.toContain('attestations')
})

test('what a policy decides is signed as a verification summary, and that is verified again', async () => {
  for (const name of ['k', 'v']) await reproof('key', 'create', '--out', path(name))
  await reproof('attest', 'one', '--key', path('k'), '--out', folder)
  const policy = path('reproof.policy.yaml')
  const rules = 'schema: https://reproof.dev/policy/v1\nsigners: [{ key: k.pub, operator: acme, level: 1 }]\n'
  const file = path('acme-widget-1.2.3.tgz')
  const summarize = () => reproof('verify', file, '--policy', policy, '--vsa', path('vsa.json'), '--key', path('v'))
  const check = async (...more: string[]) => {
    const out = await reproof('verify', file, '--bundle', path('vsa.json'), '--key', path('v.pub'), '--json', ...more)
    const [vsa] = JSON.parse(out).statements
    const code = vsa.checks.find((one: { code?: string }) => one.code)?.code
    return { exitCode, predicateType: vsa.predicateType, code }
  }
  const predicateType = 'https://slsa.dev/verification_summary/v1'
  await writeFile(file, 'published')
  await writeFile(policy, `${rules}rebuild: { verdict: bit-identical }\n`)
  await summarize()
  expect(exitCode).toBe(0)
  expect(await check('--verified-level', 'SLSA_BUILD_LEVEL_1')).toEqual({ exitCode: 0, predicateType, code: undefined })
  expect(await check('--verified-level', 'SLSA_BUILD_REPRODUCED')).toMatchObject({ code: 'POLICY_REFUSED' })
  await writeFile(policy, `${rules}rebuild: { verdict: bit-identical, rebuilders: 2 }\n`)
  await summarize()
  expect(exitCode).not.toBe(0)
  expect(await check()).toEqual({ exitCode: 1, predicateType, code: 'POLICY_REFUSED' })
})

test.each([
  ['no policy', []],
  ['two files', ['other', '--policy', 'p']],
  ['services to ask, offline', ['--policy', 'p', '--offline']],
])('a summary with %s is refused', async (_, more) => {
  const summarizing = reproof('verify', path('file'), '--vsa', path('vsa.json'), ...more)
  await expect(summarizing).rejects.toMatchObject({ code: 'USAGE' })
})

test('external parameters have to be all that there are, with their values', async () => {
  await reproof('key', 'create', '--out', path('k'))
  await reproof('attest', 'one', '--key', path('k'), '--out', folder)
  const file = path('acme-widget-1.2.3.tgz')
  await writeFile(file, 'published')
  const bundle = `${file}.provenance.sigstore.json`
  const check = async (...parameters: string[]) => {
    const given = parameters.flatMap((one) => ['--parameter', one])
    const out = await reproof('verify', file, '--bundle', bundle, '--key', path('k.pub'), '--json', ...given)
    return JSON.parse(out).statements[0].checks.find(({ id }: { id: string }) => id === 'parameters')
  }
  const source = 'source=git+https://git.example/acme/widget.git@refs/tags/v1.2.3'
  expect(await check('artifact=pkg:npm/%40acme/widget@1.2.3', source)).toMatchObject({ result: 'passed' })
  expect(await check(source)).toMatchObject({ code: 'PARAMETER_UNKNOWN' })
  expect(await check('artifact=pkg:npm/other@1.0.0', source)).toMatchObject({ code: 'PARAMETER_MISMATCH' })
  await expect(check('=x')).rejects.toMatchObject({ code: 'USAGE' })
  await expect(check('a:={')).rejects.toMatchObject({ code: 'USAGE' })
})

test('nothing goes to the public services before somebody agreed, and no token is repeated', async () => {
  const claims = { iss: 'https://i.example', sub: 'me', aud: 'sigstore', exp: Math.floor(Date.now() / 1000) + 600 }
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`
  const attesting = reproof('attest', 'one', '--identity-token', token)
  const error = await attesting.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'NOT_AGREED', hint: expect.stringContaining('--yes') })
  expect(said).toContain('to everybody and for ever')
  expect(JSON.stringify([said, written, String(error), error])).not.toMatch(/c2lnbmF0dXJl|eyJpc3Mi/)
})

const digestOf = (text: string, algorithm: string) => createHash(algorithm).update(text).digest('hex')

test.each([
  ['of this very file', {}, undefined],
  ['of another file', { digest: { sha256: digestOf('other', 'sha256') } }, 'STATEMENT_INVALID'],
  [
    'with one right and one wrong digest',
    { digest: { sha256: digestOf('file', 'sha256'), sha512: 'a'.repeat(128) } },
    'STATEMENT_INVALID',
  ],
  ['without a digest', { digest: {} }, 'STATEMENT_INVALID'],
  ['with a digest that cannot be checked', { digest: { blake2b: 'a'.repeat(128) } }, 'STATEMENT_INVALID'],
])('a statement %s is signed or refused', async (_, changes, code) => {
  await reproof('key', 'create', '--out', path('k'))
  const subject = { name: 'file', digest: { sha256: digestOf('file', 'sha256') }, ...changes }
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [subject],
    predicateType: 'https://example.com/p',
    predicate: { a: 1 },
  }
  await writeFile(path('file'), 'file')
  await writeFile(path('statement.json'), JSON.stringify(statement))
  const attesting = reproof(
    'attest',
    path('file'),
    '--statement',
    path('statement.json'),
    '--key',
    path('k'),
    '--out',
    path('out'),
  )
  if (code) return await expect(attesting).rejects.toMatchObject({ code })
  await attesting
  const bundle = JSON.parse(await readFile(path('out/file.statement.sigstore.json'), 'utf8'))
  expect(JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()).predicate).toEqual({ a: 1 })
})

test.each([
  ['no JSON', '{'],
  ['two subjects', { subject: [{}, {}] }],
  ['another type', { _type: 'https://in-toto.io/Statement/v0.1' }],
  ['no predicate type', { predicateType: 'provenance' }],
])('a file with %s is no statement', async (_, changes) => {
  const subject = [{ name: 'file', digest: { sha256: digestOf('file', 'sha256') } }]
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://example.com/p',
    predicate: {},
  }
  await writeFile(path('file'), 'file')
  await writeFile(path('s'), typeof changes === 'string' ? changes : JSON.stringify({ ...statement, ...changes }))
  await expect(reproof('attest', path('file'), '--statement', path('s'), '--unsigned')).rejects.toMatchObject({
    code: 'STATEMENT_INVALID',
  })
})

test.each([
  ['a run that there is not', ['attest', 'none', '--unsigned'], 'RUN_NOT_FOUND'],
  ['nobody to sign as', ['attest', 'one'], 'IDENTITY_MISSING'],
  ['a key that there is not', ['attest', 'one', '--key', '/nowhere/key'], 'FILE_UNREADABLE'],
  ['a key and a token', ['attest', 'one', '--key', 'k', '--identity-token', 't'], 'USAGE'],
  ['a root without services', ['attest', 'one', '--trusted-root', 'r'], 'USAGE'],
  ['a token that is none', ['attest', 'one', '--identity-token', 'x'], 'IDENTITY_INVALID'],
  ['another format', ['sbom', 'one', '--format', 'spdx'], 'USAGE'],
])('%s is a problem, and nothing is written', async (_, arguments_, code) => {
  await expect(reproof(...arguments_)).rejects.toMatchObject({ code })
  expect(await readdir(path('state/runs/one'))).not.toContain('attestations')
})

test('sbom prints that of a run, and that of a folder', async () => {
  const ofRun = JSON.parse(await reproof('sbom', 'one', '--creator', 'sbom@acme.example'))
  expect(ofRun).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { purl: 'pkg:npm/%40acme/widget@1.2.3' } },
  })
  const { manifest, lockfile } = manifestsOf()
  await writeFileAtomically(path('source/package.json'), manifest)
  await writeFileAtomically(join(path('source'), lockfile.name), lockfile.bytes)
  const ofFolder = JSON.parse(await reproof('sbom', path('source')))
  expect(ofFolder.components.map(({ name }: { name: string }) => name)).toEqual(['left', 'tool'])
})

test('key show prints the same for the private and the public key', async () => {
  await reproof('key', 'create', '--out', path('k'))
  expect(await reproof('key', 'show', path('k'), '--json')).toBe(await reproof('key', 'show', path('k.pub'), '--json'))
})
