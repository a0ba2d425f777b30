import { Problem } from '../model/problem.ts'

/** What one archive may cost to read. Sizes are in bytes. */
export type CompareLimits = {
  /** A layer of an image has up to 300,000 files, a package a tenth of that. */
  entries: number
  /** Longest name of an entry or target of a link. */
  nameLength: number
  /** Of all names and link targets of one archive together. */
  namesLength: number
  /** Of one PAX or GNU extension header. */
  extensionSize: number
  unpackedSize: number
  /** Unpacked to packed size; only applies past 256 MiB unpacked, below which nothing can explode. */
  ratio: number
  /** Findings of one kind that are listed one by one; further ones are counted. */
  findings: number
  /** How deep archives within archives are entered. */
  depth: number
  /** Of all archives of a comparison together, nested ones included, unpacked. */
  nestedSize: number
}

export const defaultLimits: CompareLimits = {
  entries: 400_000,
  nameLength: 16_384,
  namesLength: 64 * 1024 * 1024,
  extensionSize: 1024 * 1024,
  unpackedSize: 16 * 1024 ** 3,
  ratio: 250,
  findings: 1000,
  depth: 5,
  nestedSize: 64 * 1024 ** 3,
}

export const ratioApplies = 256 * 1024 * 1024

export function limitExceeded(what: string, limit: number): Problem {
  return new Problem('ARCHIVE_LIMIT_EXCEEDED', `The archive has ${what}; at most ${limit} are read.`, {
    hint: 'An archive like this is not what a package manager makes; look at it by other means before unpacking it.',
    details: { limit },
  })
}
