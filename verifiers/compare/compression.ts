import { type ArchiveIndex, haveSameStream } from './archive.ts'
import { type IdentifiedCompressor, identifyCompressor } from './compressor.ts'
import { type Difference, difference } from './difference.ts'
import type { ComparedInput } from './input.ts'
import type { ReadOptions } from './unpacked.ts'

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
 * compressor. One that turns the rebuilt archive into the published bytes is evidence of which.
 */
export async function compressionDifference(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  indexes: { published: ArchiveIndex; rebuilt: ArchiveIndex },
  options: ReadOptions & { depth: number },
): Promise<Difference | undefined> {
  const [published, rebuilt] = [describe(indexes.published), describe(indexes.rebuilt)]
  const sameStream = haveSameStream(indexes.published, indexes.rebuilt)
  if (!sameStream && JSON.stringify(published) === JSON.stringify(rebuilt)) return undefined
  const plain = sameStream && options.depth === 0 ? plainHeader(indexes.published) : undefined
  const found =
    plain === undefined ? undefined : await identifyCompressor(sides, indexes.published.stream.size, options)
  const header = indexes.published.kind === 'npm' ? indexes.published.compression?.gzip?.[0] : undefined
  const packer = packers[header?.fixed.slice(16) ?? '']
  const reasons = [
    published.format !== rebuilt.format && `it is ${published.format} in one and ${rebuilt.format} in the other`,
    packer !== undefined && published.header !== rebuilt.header && `the published header is that of ${packer}`,
    found !== undefined
      ? `the published bytes are those of ${engineNames[found.engine]} ${found.version}, level ${found.level}`
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
      ...(plain !== undefined && found !== undefined && { compressor: { ...found, header: plain } }),
    },
  })
}

function describe({ compression }: ArchiveIndex) {
  return compression ? { format: compression.kind, header: '', ...compression.header } : { format: 'none', header: '' }
}

/**
 * The header of a file that has nothing but compressed data, in hexadecimal, where a known packer writes it: no flag, no
 * time, its XFL and OS. Any other was put there by something else, and copying it would explain nothing.
 */
function plainHeader({ compression }: ArchiveIndex): string | undefined {
  const [member, ...others] = compression?.gzip ?? []
  const fixed = member?.fixed ?? ''
  return others.length === 0 && fixed.slice(6, 16) === '0000000000' && fixed.slice(16) in packers ? fixed : undefined
}

const engineNames: Record<IdentifiedCompressor['engine'], string> = {
  'zlib of Node': 'the zlib of Node',
  pako: 'zlib as its authors release it, which is pako',
}
