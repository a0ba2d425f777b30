import { type Bundle, bundleFromJSON } from '@sigstore/bundle'
import { type TrustMaterial, toSignedEntity, Verifier } from '@sigstore/verify'
import { Problem } from '../../verifiers/model/problem.ts'
import { payloadType } from '../statements/statement.ts'
import type { SigningPlan } from './sign.ts'

/**
 * Verifies what was just signed: these bytes, by this signer, with every witness that was asked, under the trust that the
 * user configured. A service that lied, and a root that does not belong to the services, are found here and not by others.
 *
 * @throws {Problem} SIGNATURE_UNVERIFIABLE
 */
export function verifyOwn(text: string, data: Buffer, plan: SigningPlan): void {
  const reasons: string[] = []
  for (const { name, material } of rootsOf(plan)) {
    try {
      const bundle = bundleFromJSON(JSON.parse(text))
      assertHolds(bundle, data)
      const verifier = new Verifier({ ...material, publicKey: keyFinder(plan) }, thresholds(plan, material))
      verifier.verify(toSignedEntity(bundle))
      return
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Problem(
    'SIGNATURE_UNVERIFIABLE',
    'What was signed does not hold under the configured trust, so it was not written.',
    {
      hint: 'The trusted root must be the one of the services that were asked.',
      details: { reasons },
    },
  )
}

function assertHolds({ content }: Bundle, data: Buffer): void {
  if (content.$case !== 'dsseEnvelope') throw new Error('it holds no envelope')
  const { payload, payloadType: type, signatures } = content.dsseEnvelope
  if (!payload.equals(data) || type !== payloadType || signatures.length !== 1) {
    throw new Error('it does not hold what was to be signed')
  }
}

type Material = SigningPlan['trustRoots'][number]['material']

function rootsOf({ trustRoots }: SigningPlan): { name: string; material: Material }[] {
  if (trustRoots.length > 0) return trustRoots
  return [
    { name: 'no root', material: { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] } },
  ]
}

function thresholds({ signer, services }: SigningPlan, { ctlogs }: Material) {
  const hasClock = services.timestamps.length > 0 || services.logs.length > 0
  return {
    tlogThreshold: services.logs.length,
    ctlogThreshold: signer.kind === 'identity' && ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: hasClock ? Math.max(1, services.timestamps.length) : 0,
  }
}

function keyFinder({ signer }: SigningPlan): TrustMaterial['publicKey'] {
  return (hint) => {
    if (signer.kind === 'key' && signer.key.hint === hint) {
      return { publicKey: signer.key.publicKey, validFor: () => true }
    }
    throw new Error('the bundle names another key')
  }
}
