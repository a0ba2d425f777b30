import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Problem } from '../verifiers/model/problem.ts'
import type { CliContext } from './context.ts'

/**
 * The password of a key: from REPROOF_KEY_PASSWORD, or typed at a terminal, where it is not shown.
 *
 * @throws {Problem} KEY_INVALID where there is neither.
 */
export async function keyPassword(prompt: string, { environment, say, signal }: CliContext): Promise<string> {
  if (environment.REPROOF_KEY_PASSWORD !== undefined) return environment.REPROOF_KEY_PASSWORD
  if (!process.stdin.isTTY) {
    throw new Problem('KEY_INVALID', 'The key needs a password, and there is no terminal to ask for it.', {
      hint: 'Set REPROOF_KEY_PASSWORD.',
    })
  }
  say(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await reader.question('', { signal })
  } finally {
    reader.close()
    say('\n')
  }
}
