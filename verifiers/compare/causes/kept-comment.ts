import { readTarball } from '../../npm/tarball.ts'
import type { FileReading } from '../../source/source-tree.ts'
import { linesOfComment } from '../content/comment-alarms.ts'
import type { TraceContext, Tracer } from './tracer.ts'

/** Files of the source, and packages that the build fetched, which are read through for one program's sake. */
const mostFiles = 4000
const mostPackages = 400
/** In bytes. */
const largestFile = 1024 * 1024
const atOnce = 200

const written = /\.(?:[cm]?[jt]sx?|vue|svelte|coffee|json|md|markdown|txt|css|s[ac]ss|less|html?)$|(?:^|\/)[A-Z_-]+$/

/**
 * A program that has the comments which only the published side has word for word from the source, or from a package
 * that the build fetched: a bundler or minifier that keeps banners and licences, and one that does not. Whoever reads the
 * source reads them, so that nothing is hidden in them; a comment that stands nowhere stays suspicious.
 */
export const keptComment: Tracer = {
  id: 'kept-comment',
  async trace(difference, context) {
    const { evidence, kind } = difference
    const comments = Array.isArray(evidence.comments) ? evidence.comments.map(String) : []
    if (kind !== 'changed' || difference.severity !== 'suspicious' || comments.length === 0) return undefined
    const missing = new Set(comments.map(plainText))
    const from = new Set<string>()
    await lookInSource(missing, from, context)
    if (missing.size > 0) await lookInPackages(missing, from, context)
    if (missing.size > 0) return undefined
    const places = [...from].slice(0, 8)
    return {
      ...difference,
      cause: 'kept-comment',
      severity: 'unexplained',
      summary: `Only comments differ that could hide something, and they stand word for word in ${places.slice(0, 3).join(', ')}.`,
      evidence: { ...evidence, places },
    }
  },
}

/** What it says, whatever frames its lines, and wherever they break. */
function plainText(text: string): string {
  return linesOfComment(text).join(' ').replace(/\s+/g, ' ')
}

async function lookInSource(missing: Set<string>, from: Set<string>, { tree, signal }: TraceContext): Promise<void> {
  const paths = (await tree.list()).filter(({ kind, path }) => /file|executable/.test(kind) && written.test(path))
  for (let start = 0; start < Math.min(paths.length, mostFiles) && missing.size > 0; start += atOnce) {
    signal.throwIfAborted()
    const some = paths.slice(start, start + atOnce).map(({ path }) => path)
    const readings: Map<string, FileReading> = await tree.readMany(some, largestFile)
    for (const [path, reading] of readings) {
      if (reading !== 'too-large' && take(reading.toString('utf8'), missing)) from.add(path)
    }
  }
}

async function lookInPackages(missing: Set<string>, from: Set<string>, context: TraceContext): Promise<void> {
  const { rebuild, readFetched, signal } = context
  const fetched = rebuild.exchanges.filter(({ purl, sha512, status }) => purl && sha512 && status === 200)
  for (const { purl = '', sha512 = '' } of fetched.slice(0, mostPackages)) {
    if (missing.size === 0) return
    signal.throwIfAborted()
    await readTarball({
      source: readFetched(sha512),
      what: purl,
      signal,
      onEntry({ path, size }) {
        if (!written.test(path) || size > largestFile) return undefined
        const chunks: Uint8Array[] = []
        return {
          data: (chunk) => chunks.push(chunk),
          end: () => void (take(Buffer.concat(chunks).toString('utf8'), missing) && from.add(purl)),
        }
      },
    })
  }
}

/** Takes away what stands in a text, and says whether anything does. */
function take(text: string, missing: Set<string>): boolean {
  const plain = plainText(text)
  const found = [...missing].filter((one) => plain.includes(one))
  for (const one of found) missing.delete(one)
  return found.length > 0
}
