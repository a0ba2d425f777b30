import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundle, keyPair, statementAbout } from '../../fixtures/attestations/key-signed.ts'
import { hostile, releases } from '../../fixtures/attestations/releases.ts'
import { runCommand } from '../../fixtures/cli/run-command.ts'
import { registerBundles } from './bundles.ts'
import { registerDiff } from './diff.ts'
import { registerInspect } from './inspect.ts'
import { registerTrust } from './trust.ts'
import { registerVerify } from './verify.ts'

const pair = keyPair()

let folder: string
let before: string
let after: string
let key: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-inspect-'))
  const write = async (name: string, text: string | Buffer) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const lines = (statements: unknown[], by = pair) =>
    statements.map((one) => `${JSON.stringify(bundle(JSON.stringify(one), by))}\n`).join('')
  before = await write('before.intoto.jsonl', lines(releases.before))
  after = await write('after.intoto.jsonl', lines(releases.after))
  await write('hostile.jsonl', lines(releases.hostile))
  await write('stranger.jsonl', lines(releases.after, keyPair()))
  key = await write('key.pub', pair.pem)
})
afterEach(() => rm(folder, { recursive: true }))

const commands = {
  inspect: registerInspect,
  diff: registerDiff,
  bundles: registerBundles,
  trust: registerTrust,
  verify: registerVerify,
}
const run = (command: keyof typeof commands, ...words: string[]) =>
  runCommand(commands[command], folder, [command, ...words])
const inFolder = (name: string) => join(folder, name)

describe('inspect', () => {
  test('what to look at comes first; that nothing was verified is said plainly', async () => {
    const { code, out } = await run('inspect', after)
    expect(code).toBe(0)
    expect(out).toMatch(/^pkg:npm\/app@1\.1\.0 /)
    expect(out).toContain('not verified  Nothing was verified: nobody said whom to trust')
    expect(out.indexOf('Fetched, and declared nowhere')).toBeLessThan(out.indexOf('What is said'))
    expect(out).toContain('Claims to be signed by a key')
  })

  test('with trust the exit code says whether it holds', async () => {
    const good = await run('inspect', after, '--key', key)
    expect(good).toMatchObject({ code: 0 })
    expect(good.out).toContain('Every signature holds')
    const bad = await run('inspect', inFolder('stranger.jsonl'), '--key', key)
    expect(bad.code).toBe(1)
    expect(bad.out).toContain('At least one statement does not hold')
    expect(await run('inspect', after, '--trusted-root', inFolder('nothing'))).toMatchObject({ code: 2 })
  })

  test('since the release before: what changed is told first', async () => {
    const { out } = await run('inspect', after, '--since', before)
    expect(out.indexOf('The same version is another file')).toBeLessThan(out.indexOf('Fetched, and declared nowhere'))
  })

  test('all of it as JSON', async () => {
    const { out } = await run('inspect', before, '--json')
    expect(JSON.parse(out)).toMatchObject({
      schema: 'https://reproof.dev/inspection/v1',
      verdict: 'not-verified',
      statements: [
        { predicateType: 'https://slsa.dev/provenance/v1' },
        { predicateType: 'https://cyclonedx.org/bom/v1.6' },
      ],
    })
  })

  test('outside text reaches neither terminal, Markdown nor JSON as it is', async () => {
    const [plain, markdown, json] = await Promise.all([
      run('inspect', inFolder('hostile.jsonl')),
      run('inspect', inFolder('hostile.jsonl'), '--markdown'),
      run('inspect', inFolder('hostile.jsonl'), '--json'),
    ])
    for (const { out, code } of [plain, markdown, json]) {
      expect(code).toBe(0)
      expect(out).not.toContain('\u202e')
      expect(out).not.toContain('\u0007')
    }
    // In a code span nothing is markup.
    expect(markdown.out.replace(/`[^`\n]*`/g, '').replaceAll('\\<', '')).not.toMatch(/<|https:\/\//)
    expect(JSON.parse(json.out).subjects[0].name).toBe(hostile)
  })

  test('what cannot be read is told, and is no fault of ours', async () => {
    await writeFile(inFolder('broken'), '{"mediaType":')
    expect((await run('inspect', inFolder('broken'))).out).toContain('A statement that cannot be read')
    expect(await run('inspect', inFolder('no-such-run'))).toMatchObject({ code: 2 })
    expect(await run('inspect', after, '--json', '--markdown')).toMatchObject({ code: 2 })
  })
})

describe('a page', () => {
  test('can be inspected and verified again, also when somebody wrote something else onto it', async () => {
    const page = inFolder('page.html')
    expect(await run('inspect', before, '--html', page)).toMatchObject({ code: 0, out: '' })
    expect((await run('verify', '--from', page, '--key', key)).code).toBe(0)
    const text = await readFile(page, 'utf8')
    await writeFile(page, text.replaceAll('pkg:npm/app', 'pkg:npm/other'))
    const again = await run('inspect', page)
    expect(again.out).toMatch(/^pkg:npm\/app@1\.0\.0 /)
  })

  test('whose attestations were changed is rejected', async () => {
    const page = inFolder('page.html')
    await run('inspect', inFolder('stranger.jsonl'), '--html', page)
    expect((await run('verify', '--from', page, '--key', key)).code).toBe(1)
    expect(await run('verify', '--from', page)).toMatchObject({ code: 2 })
  })

  test('of others carries nothing that could be verified', async () => {
    await writeFile(inFolder('other.html'), '<!doctype html><p>hello')
    expect(await run('verify', '--from', inFolder('other.html'), '--key', key)).toMatchObject({ code: 2 })
    expect(await run('verify', '--key', key)).toMatchObject({ code: 2 })
  })

  test('says nothing about another file', async () => {
    await writeFile(inFolder('file'), 'other bytes')
    await run('inspect', before, '--html', inFolder('page.html'))
    expect((await run('verify', inFolder('file'), '--from', inFolder('page.html'), '--key', key)).code).toBe(1)
  })
})

describe('diff', () => {
  test('asks for a review when something should be looked at, the loudest first', async () => {
    const { code, out } = await run('diff', before, after)
    expect(code).toBe(1)
    expect(out.indexOf('The same version is another file')).toBeLessThan(out.indexOf('New code that runs'))
    expect(out).toMatch(/4 before, 4 now; 1 the same version, another file; 1 added; 1 removed; 1 upgraded/)
  })

  test('of the same has nothing to say', async () => {
    expect(await run('diff', before, before)).toMatchObject({ code: 0 })
  })

  test('of what does not hold is not decided', async () => {
    expect(await run('diff', before, inFolder('stranger.jsonl'), '--key', key)).toMatchObject({ code: 3 })
  })

  test('as JSON, as Markdown, as a page', async () => {
    const json = await run('diff', before, after, '--json', '--html', inFolder('d.html'))
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 'https://reproof.dev/inspection-changes/v1',
      outcome: 'review',
    })
    expect((await run('diff', before, after, '--markdown')).out).toContain('critical: The same version is another file')
    expect(await readFile(inFolder('d.html'), 'utf8')).toContain('class="loud"')
  })
})

describe('bundles', () => {
  const file = 'the file'
  beforeEach(async () => {
    await writeFile(inFolder('file'), file)
    await writeFile(inFolder('bundle.json'), JSON.stringify(bundle(JSON.stringify(statementAbout(file)), pair)))
  })

  test('what is kept is found by verify, and can be handed on', async () => {
    expect((await run('verify', inFolder('file'), '--key', key)).code).toBe(3)
    expect((await run('bundles', 'add', inFolder('bundle.json'))).out).toMatch(/^added/)
    expect((await run('bundles', 'add', inFolder('bundle.json'))).out).toMatch(/^known/)
    expect((await run('verify', inFolder('file'), '--key', key)).code).toBe(0)
    expect((await run('bundles', 'list')).out).toContain('https://slsa.dev/provenance/v1')
    expect(JSON.parse((await run('bundles', 'list', '--json')).out)).toHaveLength(1)
    const { out } = await run('bundles', 'export', inFolder('file'))
    expect(JSON.parse(out)).toEqual(JSON.parse(await readFile(inFolder('bundle.json'), 'utf8')))
  })

  test('a damaged one is said', async () => {
    await run('bundles', 'add', inFolder('bundle.json'))
    const [{ path }] = JSON.parse((await run('bundles', 'list', '--json')).out)
    await writeFile(path, 'x')
    expect(await run('bundles', 'list')).toMatchObject({ code: 1, out: expect.stringContaining('damaged') })
    expect((await run('verify', inFolder('file'), '--key', key)).code).toBe(3)
    expect(await run('bundles', 'export', inFolder('file'))).toMatchObject({ code: 2 })
  })

  test('what is none is refused', async () => {
    expect(await run('bundles', 'add', inFolder('file'))).toMatchObject({
      code: 1,
      out: expect.stringContaining('refused'),
    })
    expect((await run('bundles', 'list')).out).toMatch(/^No attestations/)
  })
})

describe('trust show', () => {
  test('lists whom verification believes, how old that is, and when each was valid', async () => {
    const { code, out } = await run('trust', 'show')
    expect(code).toBe(0)
    expect(out).toMatch(/^embedded, of \d{4}-\d\d-\d\d, \d+ days old\nsha256:[0-9a-f]{64}\n/)
    expect(out).toMatch(/certificate authority .*\n.*\d{4}-\d\d-\d\d to open/)
    const { trustRoots } = JSON.parse((await run('trust', 'show', '--json')).out)
    expect(trustRoots[0].authorities.length).toBeGreaterThan(5)
  })

  test('what is no root is told', async () => {
    expect(await run('trust', 'show', '--trusted-root', key)).toMatchObject({ code: 2 })
  })
})
