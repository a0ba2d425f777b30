import { diffSequences } from '../../verifiers/compare/content/sequence-diff.ts'
import type { Difference } from '../../verifiers/model/comparison.ts'
import { type Account, byCause, bySeverity, countOf } from './account.ts'
import { fitsInPassing, inPassing } from './causes.ts'
import { readEvidence } from './evidence.ts'
import { grouped } from './grouped.ts'
import { excerpts } from './inline-diff.ts'
import { attemptText, suggestionText } from './suggestions.ts'
import { triedLines } from './tried.ts'
import { visible } from './visible.ts'

/** A comment of GitHub's has room for 65,536 characters, and other tools add a few of theirs. */
const longest = 65_000
const told = { suspicious: 25, unexplained: 15, benign: 5 }
const toldOfOneCause = { suspicious: 10, unexplained: 5, benign: 1 }
const changesOfOne = 3

/**
 * A report for a pull request (GitHub Flavored Markdown): short, everything long folded, never longer than a comment may
 * be. Outside text cannot make a link, a mention or a reference, nor leave the place where it stands: in sentences and
 * summaries it is HTML that Markdown does not look into, and in code it is fenced with more backticks than it has.
 */
export function renderMarkdown(account: Account): string {
  const { deep } = account
  const above = [account, ...(deep ? [deep] : [])].flatMap((one) => [headline(one), facts(one), attemptList(one)])
  const head = `${above.filter((part) => part !== '').join('\n\n')}\n`
  const foot = `\n<sub>${account.differences.length === 0 ? '' : '<code>reproof … --html FILE</code> writes a page with all of it. '}A verdict says whether it is the same, not whether it is harmless.</sub>\n`
  let text = head
  let omitted = 0
  for (const part of [...(deep ? parts(deep) : []), ...parts(account)]) {
    const piece = omitted > 0 ? undefined : part.text()
    if (piece === undefined || text.length + piece.length + foot.length + 200 > longest) omitted += part.counts
    else text += piece
  }
  if (omitted > 0) text += `\n<p>and ${omitted} more, for which there is no room here.</p>\n`
  return text + foot
}

function headline({ subject, verdict, sentence, advice, assistance, met, asked, problem }: Account): string {
  const symbol = verdict === undefined ? '❔' : met ? '✅' : verdict === 'different' ? '❌' : '⚠️'
  const lines = [
    `### ${symbol} ${verdict ?? 'undecided'}: ${code(subject)}`,
    '',
    `<p>${prose(sentence)}${advice === '' ? '' : ` ${prose(advice)}`}</p>`,
  ]
  for (const one of assistance) lines.push(`<p><b>Assisted:</b> ${prose(one)}</p>`)
  if (asked !== undefined) lines.push(`<p>${prose(asked)}</p>`)
  if (problem) {
    lines.push(`<p><code>${problem.code}</code> ${prose(problem.message)} ${prose(problem.hint ?? '')}</p>`)
    const tried = triedLines(problem.details).map((line) => `<li>${prose(line)}</li>`)
    if (tried.length > 0) lines.push(`<details><summary>What was tried</summary><ul>${tried.join('')}</ul></details>`)
  }
  return lines.join('\n')
}

function facts({ compared, foundations }: Account): string {
  const rows: (readonly [string, string])[] = [...foundations]
  if (compared && foundations.length === 0)
    for (const side of ['published', 'rebuilt'] as const) {
      const { fileName, size, digests } = compared[side]
      rows.push([side, `${fileName}, ${grouped(size)} bytes, sha256 ${digests.sha256}`])
    }
  if (compared) rows.push(['entries', `${compared.entries.identical} of ${compared.entries.published} are the same`])
  if (rows.length === 0) return ''
  const cells = rows.map(([name, value]) => `<tr><td>${prose(name)}</td><td>${asCode(value)}</td></tr>`)
  return `<details><summary>What was compared</summary>\n<table>\n${cells.join('\n')}\n</table>\n</details>`
}

function attemptList({ attempts }: Account): string {
  if (attempts.length === 0) return ''
  const items = attempts.map(attemptText).map(({ title, changes }) => {
    const lines = changes.map((line) => `<li>${prose(line)}</li>`).join('')
    return `<li>${prose(title)}${lines === '' ? '' : `<ul>${lines}</ul>`}</li>`
  })
  return folded(`${attempts.length} attempts`, `<ul>\n${items.join('\n')}\n</ul>`)
}

/** Pieces that can be left out, and how many differences each stands for. */
function* parts({ differences }: Account): Generator<{ text: () => string; counts: number }> {
  for (const [severity, group] of bySeverity(differences)) {
    yield { text: () => `\n#### ${severity} (${countOf(group)})\n\n`, counts: 0 }
    let room = told[severity]
    for (const [cause, ones] of byCause(group)) {
      const passing = ones.length > 1 && fitsInPassing(cause, severity)
      const single = passing ? [] : ones.slice(0, Math.min(toldOfOneCause[severity], room))
      room -= single.length
      for (const one of single) yield { text: () => renderDifference(one), counts: 1 }
      const others = countOf(ones) - single.length
      if (others === 0) continue
      const what = inPassing(cause, severity, others, single.length > 0)
      yield { text: () => folded(`and ${prose(what)} ${tag(cause)}`, list(ones.slice(single.length))), counts: others }
    }
  }
}

function renderDifference(one: Difference): string {
  const name = one.path === '' ? 'the archive' : asCode(one.path)
  const suggestion = suggestionText(one)
  const body = [`<p>${prose(one.summary)} ${tag(one.cause)}</p>`, ...changes(one)]
  if (suggestion !== undefined) body.push(`<p>${prose(suggestion)}</p>`)
  return folded(`${marks[one.kind]} ${name}`, body.join('\n\n'))
}

const marks: Record<Difference['kind'], string> = { added: '+', removed: '−', changed: '~', structure: '!' }

function changes(one: Difference): string[] {
  const { texts, values, count, bytes } = readEvidence(one)
  const blocks = [
    ...texts.slice(0, changesOfOne).map(({ line, column, published, rebuilt, before, after, alarms }) => {
      const why = alarms.length === 0 ? '' : `: ${prose(alarms.join(', '))}`
      const isLines = before.endsWith('\n') || published.endsWith('\n') || rebuilt.endsWith('\n')
      const around = (text: string) =>
        isLines ? `${before}${text}${after}` : `${before.slice(-30)}${text}${after.slice(0, 30)}`
      return `<p>line ${line}, column ${column}${why}</p>\n\n${diff(around(published), around(rebuilt))}`
    }),
    ...values
      .slice(0, changesOfOne)
      .map(
        ({ pointer, published, rebuilt }) =>
          `<p>${asCode(pointer || '(root)')}</p>\n\n${diff(...excerpts(published, rebuilt))}`,
      ),
  ].slice(0, changesOfOne)
  if (blocks.length === 0 && bytes)
    blocks.push(`<p>byte ${bytes.offset}</p>\n\n${diff(spaced(bytes.published), spaced(bytes.rebuilt))}`)
  if (count > blocks.length && blocks.length > 0) blocks.push(`<p>and ${count - blocks.length} more places</p>`)
  return blocks
}

function spaced(hex: string): string {
  return hex.slice(0, 96).replace(/(..)(?=.)/g, '$1 ')
}

/** Both sides as one diff, in a fence that nothing in them can close. */
function diff(published: string | undefined, rebuilt: string | undefined): string {
  const [a, b] = [linesOf(published), linesOf(rebuilt)]
  const lines: string[] = []
  const add = (mark: string, some: readonly string[]) => {
    for (const line of some) lines.push(`${mark} ${visibleLine(line)}`)
  }
  let last = 0
  for (const { published: left, rebuilt: right } of diffSequences(a, b)) {
    add(' ', a.slice(last, left[0]))
    add('-', a.slice(...left))
    add('+', b.slice(...right))
    last = left[1]
  }
  add(' ', a.slice(last))
  const text = lines.join('\n')
  const fence = '`'.repeat(Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length)) + 1)
  return `${fence}diff\n${text}\n${fence}`
}

const mostLines = 14

function linesOf(text: string | undefined): string[] {
  const lines = text?.slice(0, 900).replace(/\n$/, '').split('\n') ?? []
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), '…']
}

function visibleLine(line: string): string {
  return line.split('\t').map(visible).join('\t')
}

const listed = 30

function list(ones: readonly Difference[]): string {
  const names = ones.flatMap(({ path, summary }) => (path === '' ? [prose(summary)] : [asCode(path)]))
  const items = names.slice(0, listed).map((name) => `<li>${name}</li>`)
  const more = names.length > listed ? [`<li>and ${names.length - listed} more</li>`] : []
  return `<ul>\n${[...items, ...more].join('\n')}\n</ul>`
}

/** The blank line behind the summary ends the block of HTML: what follows can be Markdown. */
function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>\n\n`
}

const longestText = 500

/**
 * Outside text between tags of a block of HTML, where Markdown makes nothing of it (CommonMark, 4.6). A mention, a
 * reference to an issue, or a link that GitHub would find in the finished page is broken by a space of no width.
 */
export function prose(text: string): string {
  return escaped(text).replace(/[@#](?=[\w-])|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, '$&&#8203;')
}

/** The same as code, which GitHub does not search for mentions. */
export function asCode(text: string): string {
  return `<code>${escaped(text)}</code>`
}

function tag(cause: string): string {
  return `<sup>${prose(cause)}</sup>`
}

function escaped(text: string): string {
  const shown = visible(text.slice(0, 4 * longestText))
  const short = shown.length <= longestText ? shown : `${shown.slice(0, longestText)}…`
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** A code span (CommonMark, 6.1) for a line of Markdown: with more backticks than are in it. */
function code(text: string): string {
  const shown = visible(text).slice(0, longestText)
  const fence = '`'.repeat(Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length)) + 1)
  return `${fence} ${shown} ${fence}`
}
