import type { Explanation } from '../content/explanation.ts'
import { type ArchiveEntry, digestOf } from '../entry.ts'

/** `flit 3.9.0`, `bdist_wheel (0.43.0)` */
const builder = /^[\w.+-]{1,40}(?: \(?[\w.+-]{1,40}\)?)?$/

/**
 * Two WHEEL files that differ in nothing but the name and version of what built them, which nothing acts on.
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-contents
 */
export function explainWheelFile(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [published, rebuilt].map(generatorOf)
  if (a === undefined || b === undefined || a.rest !== b.rest) return undefined
  return {
    cause: 'another-builder',
    severity: 'unexplained',
    summary: `Built by ${a.generator}, the rebuild by ${b.generator}; the rest says the same.`,
    evidence: { published: a.generator, rebuilt: b.generator },
  }
}

function generatorOf(text: string): { generator: string; rest: string } | undefined {
  const lines = text.split('\n')
  const found = lines.filter((line) => /^generator:/i.test(line))
  const generator = found[0]?.replace(/^generator:[ \t]*/i, '').replace(/\r$/, '')
  if (found.length !== 1 || generator === undefined || !builder.test(generator)) return undefined
  return { generator, rest: lines.filter((line) => line !== found[0]).join('\n') }
}

/**
 * Two RECORD files each of which lists exactly the files of its own wheel, with their digests and sizes: they differ only
 * in what those files do, and each of those is compared by itself.
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
 *
 * @param path of both
 */
export function explainRecord(
  path: string,
  published: { text: string; entries: readonly ArchiveEntry[] },
  rebuilt: { text: string; entries: readonly ArchiveEntry[] },
): Explanation | undefined {
  if (!isExact(path, published) || !isExact(path, rebuilt)) return undefined
  return {
    cause: 'wheel-record',
    severity: 'unexplained',
    summary: 'Each RECORD lists exactly the files of its own wheel, which are compared by themselves.',
  }
}

const line = /^(?:"([^"\r\n]+)"|([^",\r\n]+)),(?:sha256=([A-Za-z0-9_-]{43}),(\d{1,15})|,)$/

function isExact(path: string, { text, entries }: { text: string; entries: readonly ArchiveEntry[] }): boolean {
  const files = new Map(entries.flatMap((entry) => (entry.type === 'directory' ? [] : [[entry.path, entry]])))
  const count = entries.filter(({ type }) => type !== 'directory').length
  // Where one path stands twice, a list cannot say which it means.
  if (files.size !== count) return false
  for (const written of text.replace(/\r?\n$/, '').split('\n')) {
    const [whole, quoted, plain, digest, size] = line.exec(written.replace(/\r$/, '')) ?? []
    const name = quoted ?? plain
    const entry = name === undefined ? undefined : files.get(name)
    if (whole === undefined || name === undefined || entry === undefined || entry.type !== 'file') return false
    files.delete(name)
    if (name === path) {
      if (digest !== undefined) return false
    } else if (
      digest === undefined ||
      Buffer.from(digest, 'base64url').toString('hex') !== digestOf(entry) ||
      Number(size) !== entry.size
    ) {
      return false
    }
  }
  return files.size === 0
}
