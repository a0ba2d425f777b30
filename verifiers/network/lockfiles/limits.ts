import { z } from 'zod'
import { Problem } from '../../model/problem.ts'

/** Lockfiles of more bytes, or with more packages, are not read: nobody is known to have one. */
export const most = { bytes: 32 * 2 ** 20, packages: 100_000 }

/** Names, and the ranges that are asked for of each. */
export const rangesSchema = z.record(z.string().max(512), z.string().max(4096)).catch({})

export function lockfileProblem(name: string, what: string, cause?: unknown): Problem {
  return new Problem('SOURCE_MANIFEST_INVALID', `${name} ${what}.`, {
    hint: 'See whether the file is whole, and what its package manager says of it.',
    ...(cause !== undefined && { cause }),
  })
}
