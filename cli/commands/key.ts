import type { Command } from 'commander'
import { Problem } from '../../verifiers/model/problem.ts'
import type { CliContext } from '../context.ts'

export function registerKey(program: Command, context: CliContext): void {
  const key = program.command('key')
  key
    .command('create')
    .description('make an encrypted ECDSA P-256 key pair; the password is REPROOF_KEY_PASSWORD, or is asked for')
    .option('--out <file>', 'where the private key goes; the public one goes beside it, with .pub', 'reproof.key')
    .action(async (options: { out: string }) => {
      const [{ createKey }, { keyPassword }] = await Promise.all([
        import('../../attestations/signing/local-key.ts'),
        import('../password.ts'),
      ])
      const password = await keyPassword('Password for the new key: ', context)
      if (context.environment.REPROOF_KEY_PASSWORD === undefined) {
        const again = await keyPassword('Once more: ', context)
        if (again !== password) throw new Problem('KEY_INVALID', 'The two passwords are not the same.')
      }
      const { publicPath, hint } = await createKey(options.out, password)
      context.write(
        `${options.out}  private key, encrypted\n${publicPath}  public key, to be given to those who verify\n`,
      )
      context.write(`sha256 ${Buffer.from(hint, 'base64').toString('hex')}\n`)
    })
  key
    .command('show')
    .description('print the public key and the sha256 that names it')
    .argument('<file>', 'a private or a public key')
    .option('--json', 'print it as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const shown = await publicKeyOf(file, context)
      if (options.json) context.write(`${JSON.stringify(shown, null, 2)}\n`)
      else context.write(`${shown.publicKey}sha256 ${shown.sha256}\n`)
    })
}

async function publicKeyOf(file: string, context: CliContext): Promise<{ publicKey: string; sha256: string }> {
  const [{ readKey, isEncrypted, isPrivate }, { readKeys }, { keyPassword }] = await Promise.all([
    import('../../attestations/signing/local-key.ts'),
    import('../../attestations/verification/keys.ts'),
    import('../password.ts'),
  ])
  if (await isPrivate(file)) {
    const password = (await isEncrypted(file)) ? await keyPassword('Password of the key: ', context) : undefined
    const { publicKey, hint } = await readKey(file, password)
    return { publicKey: pemOf(publicKey), sha256: Buffer.from(hint, 'base64').toString('hex') }
  }
  const [first] = await readKeys(file)
  if (!first?.key) throw new Problem('KEY_INVALID', `${file} holds no public key.`)
  return { publicKey: pemOf(first.key), sha256: first.sha256 }
}

function pemOf(key: { export(options: { format: 'pem'; type: 'spki' }): string | Buffer }): string {
  return key.export({ format: 'pem', type: 'spki' }).toString()
}
