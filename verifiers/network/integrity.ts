import ssri from 'ssri'
import { Problem } from '../model/problem.ts'
import type { Content, Expected } from '../store/content.ts'

type Algorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** From the strongest; the strongest that is declared counts, as npm itself and Subresource Integrity have it. */
const algorithms: Algorithm[] = ['sha512', 'sha384', 'sha256', 'sha1']

/** Digests that somebody declared: one algorithm, any of the values, in hexadecimal. */
export type Requirement = { by: 'lockfile' | 'registry'; algorithm: Algorithm; values: string[] }

/** `undefined` where nothing that can be checked is declared. */
export function requirementOf(by: Requirement['by'], integrity: string | undefined): Requirement | undefined {
  if (integrity === undefined) return undefined
  const parsed = ssri.parse(integrity)
  if (!parsed) return undefined
  for (const algorithm of algorithms) {
    const values = (parsed[algorithm] ?? [])
      .map((hash) => Buffer.from(hash.digest, 'base64').toString('hex'))
      .filter((value) => value !== '')
    // The store keeps no SHA-384, so that it can only check one while it writes.
    if (algorithm === 'sha384' && values.length > 1) continue
    if (values.length > 0) return { by, algorithm, values }
  }
  return undefined
}

export const isStrong = ({ algorithm }: Requirement) => algorithm !== 'sha1'

/** For a store that checks while it writes; what has several possible values is left to {@link meets}. */
export function expectedOf(requirements: Requirement[]): Expected {
  const expected: Expected = {}
  for (const { algorithm, values } of requirements) {
    if (values.length === 1 && values[0] !== undefined) expected[algorithm] = values[0]
  }
  return expected
}

/** Whether bytes that are in the store are what was declared. SHA-384 is not kept there, so it is checked by writing. */
export function meets({ digests }: Content, requirements: Requirement[]): boolean {
  return requirements.every(({ algorithm, values }) => algorithm !== 'sha384' && values.includes(digests[algorithm]))
}

/** @throws {Problem} DEPENDENCY_INTEGRITY_MISMATCH when two declarations cannot both hold. */
export function assertConsistent(requirements: Requirement[], what: string): void {
  for (const one of requirements) {
    const other = requirements.find(({ algorithm, values }) => {
      return algorithm === one.algorithm && !values.some((value) => one.values.includes(value))
    })
    if (!other) continue
    throw mismatch(`The lockfile and the registry declare different digests for ${what}.`, {
      [one.by]: `${one.algorithm} ${one.values.join(' or ')}`,
      [other.by]: `${other.algorithm} ${other.values.join(' or ')}`,
    })
  }
}

export function mismatch(message: string, details: Record<string, unknown>): Problem {
  return new Problem('DEPENDENCY_INTEGRITY_MISMATCH', message, {
    hint: 'Somebody changed the package after it was pinned, or the registry is damaged; nothing of it was passed on.',
    details,
  })
}
