import { createRequire } from 'node:module'
import { Problem } from '../../verifiers/model/problem.ts'
import { isRecord } from './model.ts'
import { type TrustRoot, trustRootsFrom } from './trust-root.ts'

/** Of @sigstore/tuf, which brings the root; a test fails when another version is installed and this stays. */
export const embedded = { version: '5.0.1', publishedOn: '2026-11-05' }

/** An embedded root learns of no revocation; past this age a result says so. */
const staleAfterDays = 180

/** The public-good instance's root as it was when reproof was released. Opens no socket. */
export function embeddedTrustRoot(): TrustRoot {
  const [root] = trustRootsFrom(seed('trusted_root.json'), 'embedded')
  if (!root) throw new Problem('FAULT', 'The embedded trusted root is empty.')
  return { ...root, publishedOn: embedded.publishedOn }
}

/** The keys with which the npm registry signs its publish attestations, as the same root delivers them. */
export function embeddedRegistryKeys(): Buffer {
  return seed('keys.json')
}

/** @returns days since the embedded root was published, and whether that is too long ago. */
export function ageOf({ publishedOn }: TrustRoot, now: Date): { days: number; stale: boolean } | undefined {
  if (publishedOn === undefined) return undefined
  const days = Math.max(0, Math.floor((now.getTime() - Date.parse(publishedOn)) / 86_400_000))
  return { days, stale: days > staleAfterDays }
}

/** What the public instance's repository calls them; of one that others run, the first has the same name. */
export function embeddedTargetNames(): { trustedRoot: string; registryKeys: string } {
  return { trustedRoot: 'trusted_root.json', registryKeys: seedTarget('keys.json').name }
}

function seed(target: string): Buffer {
  return Buffer.from(seedTarget(target).content, 'base64')
}

function seedTarget(target: string): { name: string; content: string } {
  const mirrors: unknown = createRequire(import.meta.url)('@sigstore/tuf/seeds.json')
  for (const mirror of isRecord(mirrors) ? Object.values(mirrors) : []) {
    const targets = isRecord(mirror) && isRecord(mirror.targets) ? mirror.targets : {}
    for (const [name, content] of Object.entries(targets)) {
      const decoded = decodeURIComponent(name)
      if (decoded.split('/').at(-1) === target && typeof content === 'string') return { name: decoded, content }
    }
  }
  throw new Problem('FAULT', `The embedded trust has no ${target}.`)
}
