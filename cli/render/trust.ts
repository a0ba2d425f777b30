import type { ShownRoot } from '../../attestations/verification/trust-root-view.ts'
import { bold, dim, type Style, yellow } from './style.ts'
import { visible } from './visible.ts'

/** Whom a root names; what is no longer valid still counts for what was signed while it was. */
export function renderTrustRoot(root: ShownRoot & { days?: number; stale?: boolean }, style: Style): string {
  const { name, sha256, publishedOn, days, stale, authorities, faults } = root
  const age = publishedOn === undefined ? '' : `, of ${publishedOn}${days === undefined ? '' : `, ${days} days old`}`
  const lines = [`${bold(visible(name), style)}${age}`, dim(`sha256:${sha256}`, style)]
  if (stale)
    lines.push(
      yellow('It is old: what was revoked since is not known to it. `reproof trust update` fetches a new one.', style),
    )
  for (const { kind, name, sha256, from, to, current } of authorities) {
    const window = `${from?.slice(0, 10) ?? 'always'} to ${to?.slice(0, 10) ?? 'open'}`
    lines.push('', `  ${kind.padEnd(21)}  ${visible(name)}`)
    lines.push(dim(`  ${''.padEnd(21)}  ${window}${current ? '' : ', over'}  sha256:${sha256}`, style))
  }
  if (authorities.length === 0) lines.push('', '  It names nobody.')
  for (const { detail } of faults) lines.push('', yellow(`  not believed: ${visible(detail)}`, style))
  return `${lines.join('\n')}\n`
}
