import { execFile } from 'node:child_process'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '../model/problem.ts'

/** What can be said of a document that may carry an OpenPGP clear signature. */
export type ClearSigned = {
  /**
   * `valid`: a key of the keyrings made it. `unchecked`: there is one, but no key or no gpgv at hand. `none`: there is no
   * signature at all.
   */
  signature: 'valid' | 'unchecked' | 'none'
  /** The text that the signature covers; with `none` the document itself. */
  text: string
  /** Fingerprints of the keys of the valid signatures. */
  signers: string[]
}

const header = '-----BEGIN PGP SIGNED MESSAGE-----'

/**
 * Checks a clear-signed document with gpgv, whose status lines are an interface (GnuPG's doc/DETAILS).
 *
 * @param options.keyrings files; those that do not exist are passed over.
 * @throws {Problem} SOURCE_SIGNATURE_INVALID when a key that is known says that the text is not what it signed.
 */
export async function verifyClearSigned(options: {
  document: Buffer
  keyrings: string[]
  what: string
  signal: AbortSignal
}): Promise<ClearSigned> {
  const { document, what, signal } = options
  const whole = document.toString('utf8')
  if (!whole.startsWith(header)) return { signature: 'none', text: whole, signers: [] }
  const keyrings = await existing(options.keyrings)
  const folder = await mkdtemp(join(tmpdir(), 'reproof-gpgv-'))
  try {
    const [input, output] = [join(folder, 'signed'), join(folder, 'text')]
    await writeFile(input, document)
    const status = keyrings.length === 0 ? [] : await gpgv({ input, output, keyrings, folder, signal })
    if (status.some(([keyword]) => keyword === 'BADSIG')) {
      throw new Problem(
        'SOURCE_SIGNATURE_INVALID',
        `The signature of ${what} is wrong: somebody changed the text after it was signed.`,
        {
          hint: 'Use another mirror. If it stays so, the mirror or the way to it cannot be trusted.',
        },
      )
    }
    const signers = goodSigners(status)
    // gpgv gives back exactly the text that is covered; around it a signed document may carry anything.
    if (signers.length > 0) return { signature: 'valid', text: await readFile(output, 'utf8'), signers }
    return { signature: 'unchecked', text: coveredText(whole, what), signers: [] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** VALIDSIG alone also follows a signature by an expired or revoked key: only one that follows GOODSIG counts. */
function goodSigners(status: string[][]): string[] {
  const signers: string[] = []
  let good = false
  for (const [keyword, fingerprint] of status) {
    if (keyword === 'NEWSIG') good = false
    if (keyword === 'GOODSIG') good = true
    if (keyword === 'VALIDSIG' && good && fingerprint !== undefined) signers.push(fingerprint)
  }
  return signers
}

async function gpgv(options: {
  input: string
  output: string
  keyrings: string[]
  folder: string
  signal: AbortSignal
}): Promise<string[][]> {
  const { input, output, keyrings, folder, signal } = options
  const rings = keyrings.flatMap((keyring) => ['--keyring', keyring])
  const args = ['--homedir', folder, '--status-fd', '1', ...rings, '--output', output, input]
  const limits = { signal, timeout: 60_000, maxBuffer: 1024 * 1024, encoding: 'utf8' } as const
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile('gpgv', args, limits, (error, stdout) => {
      signal.aborted ? reject(signal.reason) : isMissing(error) ? resolve('') : resolve(stdout)
    })
  })
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('[GNUPG:] '))
    .map((line) => line.split(' ').slice(1))
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** RFC 9580, section 7: header, `Hash:` lines, an empty line, the dash-escaped text, the signature. */
function coveredText(document: string, what: string): string {
  const lines = document.split(/\r?\n/)
  const start = lines.indexOf('') + 1
  const end = lines.indexOf('-----BEGIN PGP SIGNATURE-----')
  if (start === 0 || end < start) {
    throw new Problem('SOURCE_SIGNATURE_INVALID', `${what} begins like a signed document and does not end like one.`, {
      hint: 'Use another mirror.',
    })
  }
  return `${lines
    .slice(start, end)
    .map((line) => (line.startsWith('- ') ? line.slice(2) : line))
    .join('\n')}\n`
}

async function existing(files: string[]): Promise<string[]> {
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => [file],
        () => [],
      ),
    ),
  )
  return found.flat()
}
