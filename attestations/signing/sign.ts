import { hash } from 'node:crypto'
import { type Bundle, bundleToJSON } from '@sigstore/bundle'
import { DSSEBundleBuilder, type Signer } from '@sigstore/sign'
import { Problem } from '../../verifiers/model/problem.ts'
import { payloadType, type Statement, statementBytes } from '../statements/statement.ts'
import type { TrustRoot } from '../verification/trust-root.ts'
import type { Identity } from './identity.ts'
import type { LocalKey } from './local-key.ts'
import type { Services } from './services.ts'
import { certifiedSigner, keySigner } from './signers.ts'
import { verifyOwn } from './verify-own.ts'
import { witnessesOf } from './witnesses.ts'

/** Who signs, who is asked for what, and against what the result has to hold. */
export type SigningPlan = {
  signer: { kind: 'key'; key: LocalKey } | { kind: 'identity'; identity: Identity }
  /** None of a kind, where nobody is to be asked. */
  services: Services
  trustRoots: TrustRoot[]
  /** Whether they are everybody's: what is shown to them is for everybody to see. */
  isPublic?: boolean
}

export type SignOptions<Name = unknown> = {
  /** Told, before anything leaves this machine, what others will be able to read for ever. May throw to stop it. */
  announce: (notice: string[]) => void | Promise<void>
  /** Given each as soon as it is signed, before the next one is. May throw to stop it. */
  onSigned?: ((name: Name, bundle: string) => Promise<void>) | undefined
  signal: AbortSignal
}

/** `bundle` is a Sigstore bundle of version 0.3 as JSON, the text of the file to write. */
export type SignedStatement = { statement: Statement<unknown>; bundle: string }

/**
 * Signs statements in their order, all with one certificate or key, and verifies each with the trust of the plan. All of
 * them come back, or none.
 *
 * @throws {Problem} SIGNING_SERVICE_FAILED, SIGNATURE_UNVERIFIABLE, and what `announce` and `onSigned` throw.
 */
export async function signStatements<Name>(
  statements: ReadonlyMap<Name, Statement<unknown>>,
  plan: SigningPlan,
  { announce, onSigned, signal }: SignOptions<Name>,
): Promise<Map<Name, SignedStatement>> {
  const notice = publicNotice(plan, statements)
  if (notice.length > 0) await announce(notice)
  const signer = await signerOf(plan, signal)
  const signed = new Map<Name, SignedStatement>()
  for (const [name, statement] of statements) {
    const bundle = await signOne(statement, signer, plan, signal)
    signed.set(name, { statement, bundle })
    await onSigned?.(name, bundle)
  }
  return signed
}

async function signerOf({ signer, services }: SigningPlan, signal: AbortSignal): Promise<Signer> {
  if (signer.kind === 'key') return keySigner(signer.key)
  if (services.certificates) return await certifiedSigner(signer.identity, services.certificates, signal)
  throw new Problem(
    'SIGNING_CONFIG_INVALID',
    'The signing configuration names no certificate authority that can be used now.',
    {
      hint: 'Sign with a key, or give a configuration with an authority that is valid now.',
    },
  )
}

async function signOne(
  statement: Statement<unknown>,
  signer: Signer,
  plan: SigningPlan,
  signal: AbortSignal,
): Promise<string> {
  const builder = new DSSEBundleBuilder({ signer, witnesses: witnessesOf(plan.services, signal) })
  const data = statementBytes(statement)
  const payloadSha256 = hash('sha256', data)
  const text = textOf(await builder.create({ data, type: payloadType }), plan)
  // As a reader will get it, and not as it lies in memory.
  await verifyOwn(text, { statement, payloadSha256 }, plan, signal)
  return text
}

function textOf(bundle: Bundle, { signer }: SigningPlan): string {
  const { content } = bundle.verificationMaterial
  if (signer.kind === 'key' && content.$case === 'publicKey') content.publicKey.hint = signer.key.hint
  return JSON.stringify(completed(bundle))
}

/** Protobuf leaves out what is zero or empty, as the first entry of a log has it, and sigstore-python insists on it. */
function completed(bundle: Bundle) {
  const json = bundleToJSON(bundle)
  for (const entry of json.verificationMaterial.tlogEntries ?? []) {
    entry.logIndex ??= '0'
    if (!entry.inclusionProof) continue
    entry.inclusionProof.logIndex ??= '0'
    entry.inclusionProof.hashes ??= []
  }
  return json
}

/** What will be public, in sentences; empty when nothing leaves this machine. */
export function publicNotice(
  { signer, services }: SigningPlan,
  statements: ReadonlyMap<unknown, Statement<unknown>>,
): string[] {
  const hostOf = ({ url }: { url: string }) => URL.parse(url)?.host ?? url
  const logs = services.logs.map(hostOf)
  const notice: string[] = []
  if (signer.kind === 'identity' && services.certificates) {
    const { subject, issuer } = signer.identity
    notice.push(
      `You sign as ${subject} (${issuer}); ${hostOf(services.certificates)} certifies it, and may publish the certificate.`,
    )
  }
  if (logs.length > 0) {
    const who = signer.kind === 'key' ? 'the public key' : 'the certificate with this identity'
    notice.push(
      `${logs.join(', ')} will show ${who}, the signatures, and hashes of the statements, to everybody and for ever.`,
    )
    if (services.logs.some(({ version }) => version === 1)) {
      const names = [...new Set([...statements.values()].map(({ subject }) => subject[0].name))]
      notice.push(
        `The statements themselves are sent to the log as well; they name ${names.join(', ')} and all of its dependencies.`,
      )
    }
  }
  if (services.timestamps.length > 0)
    notice.push(`${services.timestamps.map(hostOf).join(', ')} sees hashes of the signatures.`)
  return notice
}
