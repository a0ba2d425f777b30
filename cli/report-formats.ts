import type { Command } from 'commander'
import { Problem, problemFrom } from '../verifiers/model/problem.ts'
import { writeFileAtomically } from '../verifiers/store/atomic.ts'
import type { CliContext } from './context.ts'
import type { Account } from './render/account.ts'
import { renderJson } from './render/json.ts'

export type FormatOptions = { json?: boolean; markdown?: boolean; html?: string; sarif?: string }

/** The same for every command that has a report: one format on stdout, and files beside it. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(command.createOption('--json', 'print the report as JSON').conflicts('markdown'))
    .option('--markdown', 'print it as Markdown, for a pull request')
    .option('--html <file>', 'also write it as one page that needs nothing else')
    .option('--sarif <file>', 'also write it as SARIF 2.1.0, for code scanning')
}

/**
 * Prints a report in the format that was asked for, and writes the files.
 * @throws {Problem} FOLDER_UNUSABLE when a file cannot be written there
 */
export async function deliverReport(
  report: {
    account: Account
    json: () => unknown
    text: () => string
    /** Says what there is to say where a text would say nothing. */
    instead?: () => void
  },
  options: FormatOptions,
  context: Pick<CliContext, 'write' | 'say'>,
): Promise<void> {
  const { account, ...others } = report
  const formats: Formats = {
    ...others,
    html: async () => (await import('./render/html/comparison-page.ts')).renderComparisonPage(account),
    sarif: async () => (await import('./render/sarif.ts')).sarifLog(account),
    markdown: async () => (await import('./render/markdown.ts')).renderMarkdown(account),
  }
  await deliver(formats, options, context)
}

export type Formats = {
  json: () => unknown
  text: () => string
  html: () => Promise<string>
  sarif: () => Promise<unknown>
  markdown: () => Promise<string>
  instead?: () => void
}

/** @throws {Problem} FOLDER_UNUSABLE when a file cannot be written there */
export async function deliver(
  { json, text, html, sarif, markdown, instead }: Formats,
  options: FormatOptions,
  context: Pick<CliContext, 'write' | 'say'>,
): Promise<void> {
  if (options.html !== undefined) await writeReport(options.html, await html(), context)
  if (options.sarif !== undefined) await writeReport(options.sarif, renderJson(await sarif()), context)
  if (options.json) context.write(renderJson(json()))
  else if (options.markdown) context.write(await markdown())
  else if (instead) instead()
  else context.write(text())
}

/** @throws {Problem} FOLDER_UNUSABLE when the file cannot be written there */
export async function writeReport(file: string, data: string, { say }: Pick<CliContext, 'say'>): Promise<void> {
  try {
    await writeFileAtomically(file, data)
  } catch (error) {
    const problem = problemFrom(error)
    if (problem.code !== 'FAULT') throw problem
    const reason = error instanceof Error ? error.message : String(error)
    throw new Problem('FOLDER_UNUSABLE', `${file} cannot be written: ${reason}.`, {
      hint: 'Name a file in a folder that you may write to.',
      cause: error,
    })
  }
  say(`Wrote ${file}\n`)
}
