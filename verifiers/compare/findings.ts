import { createHash } from 'node:crypto'
import type { Difference } from '../model/comparison.ts'

type Severity = Difference['severity']

/**
 * What can be odd about an archive, before anything in it is compared. `alone` is how bad it is when only one side has
 * it, and anything but benign then makes the archives different; `shared` is how bad it is when both have the same.
 *
 * What makes two extractors see different files stays suspicious even when a rebuild does the same.
 */
const rules = {
  // gzip, RFC 1952
  'gzip-damaged': { alone: 'suspicious', shared: 'suspicious' },
  'gzip-members': { alone: 'suspicious', shared: 'suspicious' },
  'gzip-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'gzip-extra-field': { alone: 'suspicious', shared: 'unexplained' },
  'gzip-comment': { alone: 'suspicious', shared: 'unexplained' },
  'gzip-odd-name': { alone: 'suspicious', shared: 'unexplained' },
  'gzip-file-name': { alone: 'benign', shared: 'benign' },
  'gzip-other-name': { alone: 'unexplained', shared: 'benign' },
  'gzip-reserved-flags': { alone: 'suspicious', shared: 'unexplained' },
  'gzip-inflated': { alone: 'suspicious', shared: 'unexplained' },

  // tar, POSIX.1-2017 pax "ustar Interchange Format"
  'not-a-tar': { alone: 'suspicious', shared: 'unexplained' },
  'limit-exceeded': { alone: 'suspicious', shared: 'suspicious' },
  'tar-truncated': { alone: 'suspicious', shared: 'suspicious' },
  'tar-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'tar-partial-block': { alone: 'unexplained', shared: 'benign' },
  'tar-stray-blocks': { alone: 'suspicious', shared: 'suspicious' },
  'tar-lone-zero-block': { alone: 'suspicious', shared: 'suspicious' },
  'tar-no-end': { alone: 'benign', shared: 'benign' },
  'entry-after-end': { alone: 'suspicious', shared: 'suspicious' },
  'header-number': { alone: 'suspicious', shared: 'suspicious' },
  'header-slack': { alone: 'suspicious', shared: 'unexplained' },
  'header-name-mismatch': { alone: 'suspicious', shared: 'suspicious' },
  'header-size-mismatch': { alone: 'suspicious', shared: 'suspicious' },
  'header-link-mismatch': { alone: 'suspicious', shared: 'suspicious' },
  'header-owner-mismatch': { alone: 'suspicious', shared: 'suspicious' },
  'header-name-twice': { alone: 'suspicious', shared: 'suspicious' },
  'unexpected-link-target': { alone: 'suspicious', shared: 'suspicious' },
  'unexpected-data': { alone: 'suspicious', shared: 'suspicious' },
  'odd-owner': { alone: 'suspicious', shared: 'unexplained' },
  'padding-bytes': { alone: 'suspicious', shared: 'unexplained' },
  'pax-malformed': { alone: 'suspicious', shared: 'suspicious' },
  'pax-repeated': { alone: 'suspicious', shared: 'suspicious' },
  'pax-global': { alone: 'suspicious', shared: 'suspicious' },
  'pax-unknown': { alone: 'suspicious', shared: 'unexplained' },
  'pax-attributes': { alone: 'suspicious', shared: 'unexplained' },
  'pax-comment': { alone: 'unexplained', shared: 'benign' },
  'extension-without-entry': { alone: 'suspicious', shared: 'suspicious' },
  'entry-type': { alone: 'suspicious', shared: 'suspicious' },
  'sparse-file': { alone: 'suspicious', shared: 'suspicious' },

  // xz, zstd (RFC 8878), bzip2
  'xz-damaged': { alone: 'suspicious', shared: 'suspicious' },
  'xz-streams': { alone: 'suspicious', shared: 'unexplained' },
  'xz-padding': { alone: 'suspicious', shared: 'unexplained' },
  'xz-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'xz-inflated': { alone: 'suspicious', shared: 'unexplained' },
  'zstd-damaged': { alone: 'suspicious', shared: 'suspicious' },
  'zstd-frames': { alone: 'suspicious', shared: 'unexplained' },
  'zstd-skippable': { alone: 'suspicious', shared: 'unexplained' },
  'zstd-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'zstd-inflated': { alone: 'suspicious', shared: 'unexplained' },
  'bzip2-damaged': { alone: 'suspicious', shared: 'suspicious' },
  'bzip2-streams': { alone: 'suspicious', shared: 'unexplained' },
  'bzip2-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'bzip2-inflated': { alone: 'suspicious', shared: 'unexplained' },

  // zip, APPNOTE.TXT
  'zip-prefix': { alone: 'suspicious', shared: 'unexplained' },
  'zip-gap': { alone: 'suspicious', shared: 'suspicious' },
  'zip-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'zip-no-end': { alone: 'suspicious', shared: 'suspicious' },
  'zip-end': { alone: 'suspicious', shared: 'suspicious' },
  'zip-directories': { alone: 'suspicious', shared: 'suspicious' },
  'zip-hidden': { alone: 'suspicious', shared: 'suspicious' },
  'zip-overlap': { alone: 'suspicious', shared: 'suspicious' },
  'zip-unlisted': { alone: 'suspicious', shared: 'suspicious' },
  'zip-disagreement': { alone: 'suspicious', shared: 'suspicious' },
  'zip-damaged': { alone: 'suspicious', shared: 'suspicious' },
  'zip-descriptor': { alone: 'suspicious', shared: 'suspicious' },
  'zip-unsized': { alone: 'suspicious', shared: 'suspicious' },
  'zip-needed': { alone: 'suspicious', shared: 'suspicious' },
  'zip-slack': { alone: 'suspicious', shared: 'unexplained' },
  'zip-encoding': { alone: 'suspicious', shared: 'unexplained' },
  'zip-name-encoding': { alone: 'suspicious', shared: 'unexplained' },
  'zip-two-names': { alone: 'suspicious', shared: 'suspicious' },
  'zip-zip64': { alone: 'suspicious', shared: 'suspicious' },
  'zip-extra': { alone: 'suspicious', shared: 'unexplained' },
  'zip-comment': { alone: 'suspicious', shared: 'unexplained' },
  'zip-attributes': { alone: 'suspicious', shared: 'unexplained' },

  // ar, and what is made of archives
  'ar-header': { alone: 'suspicious', shared: 'suspicious' },
  'ar-truncated': { alone: 'suspicious', shared: 'suspicious' },
  'ar-trailing-bytes': { alone: 'suspicious', shared: 'suspicious' },
  'deb-layout': { alone: 'suspicious', shared: 'suspicious' },
  'gem-layout': { alone: 'suspicious', shared: 'suspicious' },
  'jar-manifest-late': { alone: 'suspicious', shared: 'benign' },
  polyglot: { alone: 'suspicious', shared: 'suspicious' },
  'format-name': { alone: 'suspicious', shared: 'unexplained' },
  'compression-name': { alone: 'benign', shared: 'benign' },

  // entries
  'duplicate-entry': { alone: 'suspicious', shared: 'suspicious' },
  'path-conflict': { alone: 'suspicious', shared: 'suspicious' },
  'case-twin': { alone: 'suspicious', shared: 'suspicious' },
  'unicode-twin': { alone: 'suspicious', shared: 'suspicious' },
  'escaping-path': { alone: 'suspicious', shared: 'suspicious' },
  'odd-path': { alone: 'suspicious', shared: 'unexplained' },
  'long-name': { alone: 'suspicious', shared: 'unexplained' },
  'name-not-utf8': { alone: 'suspicious', shared: 'suspicious' },
  'invisible-name': { alone: 'suspicious', shared: 'suspicious' },
  'several-roots': { alone: 'suspicious', shared: 'unexplained' },
  'escaping-link': { alone: 'suspicious', shared: 'suspicious' },
  link: { alone: 'suspicious', shared: 'unexplained' },
  'outward-link': { alone: 'suspicious', shared: 'benign' },
  device: { alone: 'suspicious', shared: 'suspicious' },
  'special-mode': { alone: 'suspicious', shared: 'suspicious' },
  'setuid-file': { alone: 'suspicious', shared: 'benign' },
} as const satisfies Record<string, { alone: Severity; shared: Severity }>

export type FindingCode = keyof typeof rules

export const findingCodes = Object.keys(rules) as FindingCode[]

export type Finding = {
  code: FindingCode
  /** Of the entry, `''` for the archive itself. */
  path: string
  /** One sentence for people. */
  summary: string
  /** What makes it the same finding on the other side: nothing that depends on where in the file it is. */
  evidence: Record<string, unknown>
  /** Offset in the unpacked archive, or in the file for what concerns the compression. */
  offset?: number
}

export function severityOf(code: FindingCode, sides: 'alone' | 'shared'): Severity {
  return rules[code][sides]
}

export type Findings = {
  add(finding: Finding): void
  list(): Finding[]
  /** Findings that were too many to keep, by code: how many, and a digest of them all in their order. */
  overflow(): { code: FindingCode; count: number; sha256: string }[]
}

/** Keeps the first `limit` findings of each code, and of the others enough to know whether the other side has the same. */
export function collectFindings(limit: number): Findings {
  const kept: Finding[] = []
  const counts = new Map<FindingCode, number>()
  const hashes = new Map<FindingCode, ReturnType<typeof createHash>>()
  return {
    add(finding) {
      const count = (counts.get(finding.code) ?? 0) + 1
      counts.set(finding.code, count)
      if (count <= limit) {
        kept.push(finding)
        return
      }
      const hash = hashes.get(finding.code) ?? createHash('sha256')
      hashes.set(finding.code, hash.update(identityOf(finding)))
    },
    list: () => kept,
    overflow: () =>
      [...hashes].map(([code, hash]) => ({
        code,
        count: (counts.get(code) ?? 0) - limit,
        sha256: hash.copy().digest('hex'),
      })),
  }
}

/** Equal for the same finding in two archives. */
export function identityOf({ code, path, evidence }: Finding): string {
  return JSON.stringify([code, path, evidence])
}
