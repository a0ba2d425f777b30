import { basename } from 'node:path'
import type { Report } from '../../verifiers/model/report.ts'
import { oneLine } from '../context.ts'
import { type Account, accountOfReport } from './account.ts'
import { type Rendering, renderComparison } from './comparison.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'
import { attemptText } from './suggestions.ts'
import { triedLines } from './tried.ts'

/** A report for people: the verdict first, then what it rests on. */
export function renderReport(report: Report, rendering: Rendering): string {
  const account = accountOfReport(report)
  const lines = linesOf(account, rendering)
  if (account.deep) lines.push('', ...linesOf(account.deep, rendering))
  if (report.run) lines.push('', dim(oneLine(kept(report.run)), rendering))
  return `${lines.join('\n')}\n`
}

function linesOf(account: Account, rendering: Rendering): string[] {
  const lines = headline(account, rendering)
  const rows = account.foundations.map(([name, text]) => `  ${dim(name.padEnd(12), rendering)} ${oneLine(text)}`)
  if (rows.length > 0) lines.push('', ...rows)
  if (account.attempts.length > 0) lines.push('', ...attempts(account, rendering))
  if (account.verdict !== 'bit-identical' && account.compared !== undefined)
    lines.push('', ...renderComparison(account, rendering))
  if (account.problem) lines.push('', ...trouble(account.problem, rendering))
  return lines
}

/** With --out the folder is the user's, and known by its path only. */
function kept({ folder, id }: NonNullable<Report['run']>): string {
  return `Kept in ${folder} (reproof show ${basename(folder) === id ? id : folder})`
}

function headline({ verdict, subject, assistance, met, asked, sentence }: Account, style: Style): string[] {
  if (verdict === undefined) return [`${bold(oneLine(subject), style)}: ${red('undecided', style)}`]
  const paint = met ? green : verdict === 'different' ? red : yellow
  const lines = [`${bold(oneLine(subject), style)}: ${paint(bold(verdict, style), style)}`, sentence]
  for (const sentence of assistance) lines.push(yellow(`Assisted: ${oneLine(sentence)}`, style))
  if (asked !== undefined) lines.push(asked)
  return lines
}

function attempts(account: Account, style: Style): string[] {
  return account.attempts.flatMap((attempt) => {
    const { title, changes } = attemptText(attempt)
    return [
      `  ${attempt.chosen ? bold(title, style) : title}`,
      ...changes.map((line) => `    ${dim(oneLine(line), style)}`),
    ]
  })
}

/** What went wrong, what to do, and what the build said last. */
export function trouble(problem: NonNullable<Report['problem']>, style: Style): string[] {
  const lines = [`${red(problem.code, style)} ${oneLine(problem.message)}`]
  if (problem.hint) lines.push(`  ${oneLine(problem.hint)}`)
  for (const line of triedLines(problem.details)) lines.push(`  ${dim(oneLine(line), style)}`)
  const { refused, log } = problem.details
  if (Array.isArray(refused)) for (const one of refused.slice(0, 5)) lines.push(`  refused: ${oneLine(String(one))}`)
  if (typeof log === 'string' && log.trim() !== '') {
    lines.push('', dim('  the last lines of the build:', style))
    for (const line of log.trimEnd().split('\n').slice(-15)) lines.push(`  | ${oneLine(line)}`)
  }
  return lines
}
