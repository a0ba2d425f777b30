import { z } from 'zod'

const hex = (length: number) => z.string().regex(new RegExp(`^[0-9a-f]{${length}}$`))

export const sha256Schema = hex(64)

/** Digests of the same bytes, each in lower-case hexadecimal, as in-toto's DigestSet writes them. */
export const digestsSchema = z.object({ sha256: hex(64), sha512: hex(128), sha1: hex(40).optional() })

/** The same with SHA-1, which old metadata declares. */
export const fullDigestsSchema = z.object({ sha256: hex(64), sha512: hex(128), sha1: hex(40) })

export type Digests = z.infer<typeof digestsSchema>
export type FullDigests = z.infer<typeof fullDigestsSchema>

/** A git object id: SHA-1 or SHA-256. */
export const gitObjectSchema = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
