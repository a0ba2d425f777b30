import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandsIn, valuesIn } from '../fixtures/action/commands.ts'
import { openRunner } from './runner.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-runner-'))
})
afterAll(() => rm(folder, { recursive: true }))

const hostile = [
  '::error::x',
  '##[set-output name=a]b',
  '  ::add-mask::e',
  'text ##[error]x',
  '\u001b[31m::warning::x',
  '%0A::error::x',
]

test.each(hostile)('a line of somebody else is no command: %j', (line) => {
  let log = ''
  const runner = openRunner({}, (text) => {
    log += text
  })
  runner.log(line)
  runner.annotate({ level: 'error', title: line, message: `${line}\n${line}`, file: line, line: 3 })
  runner.log(line)
  runner.close()
  const commands = commandsIn(log)
  expect(commands).toHaveLength(1)
  expect(commands[0]).toMatchObject({ name: 'error', properties: { line: '3' } })
  expect(Object.keys(commands[0]?.properties ?? {})).toEqual(['file', 'line', 'title'])
})

test('what comes after the step may use commands again', () => {
  let log = ''
  openRunner({}, (text) => {
    log += text
  }).close()
  expect(commandsIn(`${log}::notice::later\n`)).toEqual([{ name: 'notice', properties: {}, data: 'later' }])
})

test('a value can be any text, and begins no other output', async () => {
  const file = join(folder, 'output')
  const runner = openRunner({ GITHUB_OUTPUT: file }, () => undefined)
  const value = 'a\nverdict=bit-identical\nghadelimiter_x\nb<<c\n'
  await runner.output('first', value)
  await runner.output('second', '')
  expect(valuesIn(await readFile(file, 'utf8'))).toEqual({ first: value, second: '' })
})

test('a summary that is too long is cut at the end of a line', async () => {
  const file = join(folder, 'summary')
  const runner = openRunner({ GITHUB_STEP_SUMMARY: file }, () => undefined)
  await runner.summary('ä line\n'.repeat(300_000))
  const text = await readFile(file, 'utf8')
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024)
  expect(
    text
      .split('\n')
      .slice(0, -3)
      .every((line) => line === 'ä line' || line === ''),
  ).toBe(true)
  expect(text).toContain('no room')
})
