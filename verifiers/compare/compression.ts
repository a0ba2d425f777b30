import { once } from 'node:events'
import { createDeflateRaw } from 'node:zlib'
import type { ArchiveIndex } from './archive.ts'
import { byteQueue } from './byte-queue.ts'
import { type Difference, difference } from './difference.ts'
import type { ComparedInput } from './input.ts'
import { type ReadOptions, readUnpacked } from './unpacked.ts'

/** Larger archives are not compressed again; in unpacked bytes. */
const encodeLimit = 64 * 1024 * 1024

/** Bytes 8 and 9 of the header (XFL, OS) tell packers apart; measured on the published packages of many authors. */
const packers: Record<string, string> = {
  '02ff': 'npm 7 or later, or bun',
  '0003': 'npm 6, pnpm or yarn',
  '00ff': 'lerna',
  '0013': 'npm 6 on macOS',
  '000a': 'a program on Windows',
}

/**
 * Why two archives with the same content have other compressed bytes: another header, another effort, or another
 * compressor. Where this Node's own zlib turns the rebuilt tar into the published bytes, that is evidence of which.
 */
export async function compressionDifference(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  indexes: { published: ArchiveIndex; rebuilt: ArchiveIndex },
  options: ReadOptions & { depth: number },
): Promise<Difference | undefined> {
  const [published, rebuilt] = [describe(indexes.published), describe(indexes.rebuilt)]
  const sameStream = indexes.published.stream.sha256 === indexes.rebuilt.stream.sha256
  if (!sameStream && JSON.stringify(published) === JSON.stringify(rebuilt)) return undefined
  const level = sameStream && options.depth === 0 ? await levelThatGives(sides, indexes.published, options) : undefined
  const engine =
    level === undefined ? undefined : `zlib ${process.versions.zlib} of Node ${process.version}, level ${level}`
  const header = indexes.published.kind === 'npm' ? indexes.published.compression?.gzip?.[0] : undefined
  const packer = packers[header?.fixed.slice(16) ?? '']
  const reasons = [
    published.format !== rebuilt.format && `it is ${published.format} in one and ${rebuilt.format} in the other`,
    packer !== undefined && published.header !== rebuilt.header && `the published header is that of ${packer}`,
    engine !== undefined
      ? `the published bytes are those of ${engine}`
      : sameStream && 'the publisher had another compressor',
  ].filter((reason) => reason !== false)
  return difference({
    path: '',
    kind: 'changed',
    cause: 'compression',
    severity: 'benign',
    summary: `The compression around the archive differs${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}.`,
    evidence: {
      published: { ...published, size: sides.published.size },
      rebuilt: { ...rebuilt, size: sides.rebuilt.size },
      ...(packer !== undefined && { packer }),
      ...(engine !== undefined && { engine, level }),
    },
  })
}

function describe({ compression }: ArchiveIndex) {
  return compression ? { format: compression.kind, header: '', ...compression.header } : { format: 'none', header: '' }
}

/** npm 6 and 7, the only levels that packers are known to use. */
const levels = [9, 6]

async function levelThatGives(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  index: ArchiveIndex,
  options: ReadOptions,
): Promise<number | undefined> {
  const [member, ...others] = index.compression?.gzip ?? []
  const plainHeader = member !== undefined && member.fixed.slice(6, 8) === '00'
  if (others.length > 0 || !plainHeader || index.stream.size > encodeLimit) return undefined
  for (const level of levels) if (await gives(level, sides, options)) return level
  return undefined
}

/** Compares while compressing, so that a level that does not fit costs little. */
async function gives(
  level: number,
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  options: ReadOptions,
): Promise<boolean> {
  const source = sides.published.open()
  const engine = createDeflateRaw({ level, chunkSize: 64 * 1024 })
  const closed = once(engine, 'close').catch(() => undefined)
  const feed = async () => {
    for await (const chunk of readUnpacked(sides.rebuilt, options)) {
      await Promise.race([new Promise<void>((resolve) => engine.write(chunk, () => resolve())), closed])
      if (engine.destroyed) return
    }
    engine.end()
  }
  const feeding = feed().catch((error: unknown) => void engine.destroy(error instanceof Error ? error : undefined))
  try {
    const queue = byteQueue(source)
    await queue.take(10)
    for await (const chunk of engine) {
      if (!(await queue.take(chunk.length)).equals(chunk)) return false
    }
    return (await queue.take(9)).length === 8
  } finally {
    engine.destroy()
    source.destroy()
    await feeding
  }
}
