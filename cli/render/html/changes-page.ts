import type { InspectionChanges } from '../../../attestations/inspection/changes.ts'
import type { DependencyChange } from '../../../attestations/inspection/dependency-changes.ts'
import { bothSides, changeCounts, outcomeSentences, sideDigest, sideName } from '../diff.ts'
import { mainDigest, verdictWords } from '../inspect.ts'
import { type Content, type Html, html } from './html.ts'
import { inspectionStyles } from './inspection-styles.ts'
import { lookAtCards, severityTone } from './look-at.ts'
import { renderPage } from './page.ts'
import { badge, fold, scrolling, section, sentence, table } from './parts.ts'

const kinds: [DependencyChange['kind'], string][] = [
  ['other-file', 'The same version, another file'],
  ['downgraded', 'Downgraded'],
  ['added', 'Added'],
  ['other-version', 'Of another version'],
  ['changed', 'The same file, and something else changed'],
  ['upgraded', 'Upgraded'],
  ['removed', 'Removed'],
]

/** What changed between two releases, as a page of one file: an unchanged version that is another file is the loudest. */
export function changesPage(changes: InspectionChanges): string {
  const { before, after, lookAt, dependencies } = changes
  const ids = new Set(dependencies.flatMap((one) => rowId(one) ?? []))
  const parts: { id: string; title: string; body: Content }[] = [
    { id: 'look', title: 'What to look at', body: lookAtCards(lookAt, ids) },
    { id: 'build', title: 'How it was built', body: buildTable(changes) },
    { id: 'dependencies', title: 'Dependencies', body: dependencyPart(changes) },
  ]
  return renderPage({
    title: `${sideName(before)} → ${sideName(after)}`,
    header: banner(changes),
    contents: parts.map(({ id, title }) => ({ id, title })),
    main: html`${parts.map(section)}`,
    styles: inspectionStyles,
  })
}

function banner(changes: InspectionChanges): Html {
  const { before, after, outcome, lookAt } = changes
  const otherFiles = lookAt.filter(({ id, severity }) => id === 'DIGEST_CHANGED' && severity === 'critical')
  const isTrusted = before.verdict === 'verified' && after.verdict === 'verified'
  const isRejected = before.verdict === 'rejected' || after.verdict === 'rejected'
  const tone = isTrusted ? 'good' : isRejected ? 'bad' : 'warn'
  return html`<h1>${sideName(before)} <span aria-hidden="true">→</span> ${sideName(after)}</h1>
${otherFiles.length > 0 && html`<div class="loud"><p><strong>A version that did not change is another file.</strong></p>${otherFiles.slice(0, 20).map(({ about, summary }) => html`<p><code>${about}</code> ${summary}</p>`)}</div>`}
<p>${badge(outcome, outcome === 'review' ? 'warn' : 'good')} ${outcomeSentences[outcome]}</p>
<p class="trust ${tone}">${badge(verdictWords[after.verdict], tone)} ${sentence(bothSides(changes))}</p>
<p class="quiet">before <code>${sideDigest(before)}</code><br>now <code>${sideDigest(after)}</code></p>`
}

function buildTable({ build }: InspectionChanges): Html {
  const rows = build.map(({ name, before, after }) => [
    name,
    before === after ? html`<span class="quiet">the same</span>` : badge('changed', 'warn'),
    before === after ? html`<span class="quiet">${before}</span>` : html`<del>${before ?? 'not said'}</del>`,
    before === after ? '' : html`<ins>${after ?? 'not said'}</ins>`,
  ])
  return scrolling('How it was built, before and now', table({ columns: ['What', 'Changed', 'Before', 'Now'], rows }))
}

function dependencyPart(changes: InspectionChanges): Content {
  const { before, after, dependencies } = changes
  const counts = changeCounts(changes)
  return [
    html`<p>${before.dependencies} before, ${after.dependencies} now${counts.map((one) => `; ${one}`).join('')}.</p>`,
    kinds.map(([kind, title]) => {
      const those = dependencies.filter((one) => one.kind === kind)
      if (those.length === 0) return undefined
      const open = kind === 'other-file' || those.length <= 40
      return fold({
        summary: html`<span class="role">${title}</span> <span class="quiet">${those.length}</span>`,
        body: changeTable(title, those),
        open,
      })
    }),
  ]
}

/** As what is to look at names it: what is there now, or what was. */
const rowId = ({ before, after }: DependencyChange): string | undefined => after?.id ?? before?.id

function changeTable(title: string, those: readonly DependencyChange[]): Html {
  const rows = those.map((one) => {
    const { name, before, after, lookAt } = one
    const id = rowId(one)
    const marks = lookAt.filter(({ severity }) => severity !== 'info')
    return [
      html`<span${id !== undefined && html` id="${id}"`}>${after?.name ?? before?.name ?? name}</span>`,
      [before?.version, after?.version].filter((one) => one !== undefined).join(' → ') || 'none',
      after?.role ?? before?.role ?? '',
      [
        marks.map(
          ({ severity, summary }) => html`<p>${badge(severity, severityTone[severity])} ${summary.slice(0, 600)}</p>`,
        ),
        html`<span class="digest">${mainDigest(after?.digests ?? before?.digests ?? {})}</span>`,
      ],
    ]
  })
  return scrolling(
    `${title}: dependencies`,
    table({ columns: ['Name', 'Version', 'Role', 'What is remarkable'], rows }),
  )
}
