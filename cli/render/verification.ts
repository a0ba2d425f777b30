import type { Check } from '../../attestations/verification/model.ts'
import type { RegistrySignatureCheck } from '../../attestations/verification/registry-signature.ts'
import type { StatementResult, Verification } from '../../attestations/verification/verify.ts'
import { bold, dim, green, red, yellow } from './style.ts'
import { visible } from './visible.ts'

export type ShownTrustRoot = {
  name: string
  sha256: string
  publishedOn?: string
  ageDays?: number
  stale?: boolean
  faults: { detail: string }[]
}

export type ShownVerification = Verification & {
  /** Of what comes from a registry. */
  registrySignature?: RegistrySignatureCheck
  requirements?: { id: string; met: boolean; detail: string }[]
  ignored: { line?: number; reason: string }[]
  looked: string[]
}

type Rendering = { color: boolean }

/** How many statements are shown in full; the others are counted. */
const most = 10

const paints = { verified: green, rejected: red, unverifiable: yellow }
const order = ['verified', 'rejected', 'unverifiable']

/** The verdict on one file, and for each statement who said it and every check. */
export function renderVerification(one: ShownVerification, trust: ShownTrustRoot[], rendering: Rendering): string {
  const { verdict, artifact, statements, ignored, registrySignature } = one
  const [algorithm = '', digest = ''] =
    Object.entries(artifact.digests).find(([name]) => name.startsWith('sha256')) ??
    Object.entries(artifact.digests)[0] ??
    []
  const lines = [
    `${bold(paints[verdict](verdict, rendering), rendering)}  ${bold(visible(artifact.name), rendering)}`,
    dim(`${algorithm}:${digest}`, rendering),
  ]
  if (registrySignature) lines.push(renderCheck(registrySignature, rendering))
  if (statements.length === 0) {
    lines.push('', 'Nothing says anything about this file: no attestation was found for it.')
    lines.push('Give one with --bundle, or put it beside the file as FILE.sigstore.json.')
  }
  const sorted = statements.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
  for (const statement of sorted.slice(0, most)) lines.push('', ...renderStatement(statement, rendering))
  if (sorted.length > most) lines.push('', `and ${sorted.length - most} more; --json lists them all`)
  for (const { met, id, detail } of one.requirements ?? []) {
    const mark = met ? green('met    ', rendering) : red('not met', rendering)
    lines.push('', `${mark}  ${id}: ${detail}`)
  }
  if (ignored.length > 0)
    lines.push('', dim(`${ignored.length} lines or entries are no attestations and were ignored.`, rendering))
  lines.push('', ...trust.flatMap((root) => renderTrust(root, rendering)))
  return `${lines.join('\n')}\n`
}

function renderStatement(statement: StatementResult, rendering: Rendering): string[] {
  const { verdict, origin, predicateType, signer, times, checks } = statement
  const where = `${visible(origin.file)}${origin.line === undefined ? (origin.index > 0 ? ` #${origin.index + 1}` : '') : `, line ${origin.line}`}`
  const lines = [
    `${paints[verdict](verdict, rendering)}  ${visible(predicateType ?? 'signature')}  ${dim(where, rendering)}`,
  ]
  if (signer) {
    const who =
      'identity' in signer ? `${signer.identity} (${signer.issuer ?? 'no issuer'})` : `the key sha256:${signer.sha256}`
    // Before anything of it is believed, it is only a claim.
    lines.push(
      `  ${verdict === 'verified' ? 'signed by' : 'claims to be signed by'} ${visible(who)}${times[0] ? ` at ${times[0]}` : ''}`,
    )
  }
  return [...lines, ...checks.map((check) => renderCheck(check, rendering))]
}

const marks = { passed: green, failed: red, undecided: yellow, skipped: dim }

function renderCheck(check: Check | RegistrySignatureCheck, rendering: Rendering): string {
  const { id, result, detail } = check
  const text = `  ${marks[result](result.padEnd(9), rendering)}  ${id.padEnd(18)}  ${visible(detail)}`
  return 'code' in check
    ? `${text} ${dim(`[${check.code}]`, rendering)}`
    : result === 'skipped'
      ? dim(text, rendering)
      : text
}

function renderTrust(
  { name, sha256, publishedOn, ageDays, stale, faults }: ShownTrustRoot,
  rendering: Rendering,
): string[] {
  const age = publishedOn === undefined ? '' : `, of ${publishedOn}, ${ageDays} days old`
  const lines = [dim(`trusted root: ${visible(name)}${age}, sha256:${sha256}`, rendering)]
  if (stale) lines.push(yellow('  It is old: what was revoked since is not known to it.', rendering))
  for (const { detail } of faults.slice(0, 8)) lines.push(yellow(`  ${visible(detail)}`, rendering))
  return lines
}
