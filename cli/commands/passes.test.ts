import { Command } from 'commander'
import { expect, test } from 'vitest'
import { passes } from '../../verifiers/compare/passes/passes.ts'
import { registerPasses } from './passes.ts'

async function run(...options: string[]): Promise<string> {
  let output = ''
  const program = new Command('reproof').exitOverride()
  registerPasses(program, {
    write: (text) => {
      output += text
    },
  })
  await program.parseAsync(['passes', ...options], { from: 'user' })
  return output
}

test.each([[[]], [['--json']], [['--markdown']]])(
  'every pass is listed with what it must never touch: %j',
  async (options) => {
    const output = await run(...options)
    for (const { id, never } of passes) {
      expect(output).toContain(id)
      expect(output).toContain(never)
    }
  },
)
