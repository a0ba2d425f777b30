import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTar, gzip, honestEntries, honestPackage } from '../../fixtures/archives/tar-builder.ts'
import { comparisonReportSchema } from '../../verifiers/compare/report-schema.ts'
import { problemFrom } from '../../verifiers/model/problem.ts'
import { registerCompare } from './compare.ts'

let folder: string
const file = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproof-compare-'))
  await writeFile(file('published.tgz'), honestPackage())
  await writeFile(file('same.tgz'), honestPackage())
  await writeFile(file('stream.tgz'), gzip(buildTar(honestEntries), { level: 1 }))
  await writeFile(
    file('content.tgz'),
    honestPackage((entries) => entries.reverse()),
  )
  await writeFile(
    file('different.tgz'),
    honestPackage((entries) => entries.slice(1)),
  )
  await writeFile(file('bomb.tgz'), gzip(Buffer.alloc(300 * 1024 * 1024)))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(...args: string[]): Promise<{ exitCode: number | undefined; output: string; problem?: string }> {
  let output = ''
  let exitCode: number | undefined
  const program = new Command('reproof').exitOverride()
  registerCompare(program, {
    write: (text) => {
      output += text
    },
    say: () => undefined,
    progress: () => undefined,
    signal: AbortSignal.timeout(60_000),
    color: false,
    width: 80,
    setExitCode: (code) => {
      exitCode = code
    },
  })
  try {
    await program.parseAsync(['compare', ...args], { from: 'user' })
    return { exitCode, output }
  } catch (error) {
    return { exitCode, output, problem: problemFrom(error).code }
  }
}

test.each([
  ['same', 'bit-identical', 0],
  ['stream', 'stream-identical', 0],
  ['content', 'content-identical', 0],
  ['different', 'different', 1],
])('%s.tgz is %s and ends with %i', async (name, verdict, code) => {
  const { exitCode, output } = await run(file('published.tgz'), file(`${name}.tgz`))
  expect(exitCode).toBe(code)
  expect(output.startsWith(`${verdict}  `)).toBe(true)
  expect(output.endsWith('\n')).toBe(true)
})

test('a weaker verdict than what is required ends with 1', async () => {
  expect((await run(file('published.tgz'), file('stream.tgz'), '--require', 'bit-identical')).exitCode).toBe(1)
  expect((await run(file('published.tgz'), file('different.tgz'), '--require', 'different')).exitCode).toBe(0)
})

test('the JSON report is one document of the documented schema', async () => {
  const { output } = await run(file('published.tgz'), file('different.tgz'), '--json')
  const report = comparisonReportSchema.parse(JSON.parse(output))
  expect(report).toMatchObject({
    verdict: 'different',
    assisted: false,
    differences: [{ path: 'package/LICENSE', kind: 'removed' }],
  })
})

test.each([
  ['a file that is not there', 'none.tgz', [], 'FILE_UNREADABLE'],
  ['a folder', '.', [], 'FILE_UNREADABLE'],
  ['a verdict that is none', 'same.tgz', ['--require', 'good'], 'USAGE'],
  ['a bomb', 'bomb.tgz', [], 'ARCHIVE_LIMIT_EXCEEDED'],
])('bad input ends with a clear problem: %s', async (_, name, options, code) => {
  const { problem, output } = await run(file('published.tgz'), file(name), ...options)
  expect({ problem, output }).toEqual({ problem: code, output: '' })
})

test('a page, SARIF and what is printed can be asked for together, and files are written whole', async () => {
  const [page, sarif] = [file('reports/page.html'), file('reports/report.sarif')]
  const arguments_ = [file('published.tgz'), file('different.tgz'), '--html', page, '--sarif', sarif]
  const { output, exitCode } = await run(...arguments_, '--markdown')
  expect(exitCode).toBe(1)
  expect(output).toMatch(/^### ❌ different: ` published\.tgz and different\.tgz `\n/)
  expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[\s\S]*package\/LICENSE[\s\S]*<\/html>\n$/)
  expect(JSON.parse(await readFile(sarif, 'utf8'))).toMatchObject({ version: '2.1.0' })
  expect(await readdir(file('reports'))).toEqual(['page.html', 'report.sarif'])
  expect((await run(...arguments_)).output).toMatch(/^different {2}/)
})

test('a report that cannot be written is a clear problem, and nothing is printed as if it had been', async () => {
  const { problem, output } = await run(file('published.tgz'), file('same.tgz'), '--html', folder)
  expect({ problem, output }).toEqual({ problem: 'FOLDER_UNUSABLE', output: '' })
})

test('only one format can be printed', async () => {
  const program = new Command('reproof').exitOverride().configureOutput({ writeErr: () => undefined })
  const context = {
    write: () => undefined,
    say: () => undefined,
    progress: () => undefined,
    setExitCode: () => undefined,
  }
  registerCompare(program, { ...context, signal: AbortSignal.timeout(60_000), color: false, width: 80 })
  program.commands[0]?.exitOverride().configureOutput({ writeErr: () => undefined })
  await expect(program.parseAsync(['compare', 'a', 'b', '--json', '--markdown'], { from: 'user' })).rejects.toThrow(
    CommanderError,
  )
})
