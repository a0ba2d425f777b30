import type { Difference } from '../../model/comparison.ts'
import { readTarball } from '../../npm/tarball.ts'
import type { Change } from '../content/explanation.ts'
import type { TraceContext, Tracer } from './tracer.ts'

/** Fetched packages that are read through for one comparison's sake, and how much of each. In bytes. */
const mostPackages = 400
const largestFile = 2 * 1024 * 1024
const fewestMarks = 2

/**
 * Names the dependency that the differing code comes from: what only the rebuilt code has is looked for in every package
 * that the build fetched, and one package has most of it and no other. The published code then has another version of it.
 *
 * What is named is not excused: the severity stays.
 */
export const dependencyVersion: Tracer = {
  id: 'dependency-version',
  async trace(difference, context) {
    const { cause, evidence } = difference
    if (!['code', 'content', 'variable-names', 'another-compiler'].includes(cause) || difference.kind !== 'changed')
      return undefined
    const changes = Array.isArray(evidence.changes) ? (evidence.changes as Partial<Change>[]) : []
    const banner = bannerOf(changes, context)
    if (banner) return named(difference, banner.purl, banner.says)
    const marks = marksOf(changes)
    if (marks.length < fewestMarks) return undefined
    const owner = await ownerOf(marks, context)
    return owner && named(difference, owner.purl, `${owner.count} of its ${marks.length} texts are in this package`)
  },
}

function named(difference: Difference, purl: string, says: string): Difference {
  return {
    ...difference,
    cause: 'dependency-version',
    summary: `${difference.summary} The rebuilt code comes from ${purl}; the published one seems to have another version of it.`,
    evidence: { ...difference.evidence, dependency: { purl, says } },
  }
}

const bannerText = /(?:^|[\s*!/])(@?[a-z0-9][\w./-]{1,80}?)[ @]v?(\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,32})?)\b/gi

/** `made with tool 1.0.0` against `made with tool 1.9.0`, where the build fetched tool 1.9.0. */
function bannerOf(
  changes: readonly Partial<Change>[],
  { rebuild }: TraceContext,
): { purl: string; says: string } | undefined {
  const fetched = new Set(
    rebuild.exchanges.flatMap(({ purl }) => (purl === undefined ? [] : [decodeURIComponent(purl)])),
  )
  for (const { published = '', rebuilt = '' } of changes) {
    const theirs = new Map([...published.matchAll(bannerText)].map((match) => [match[1], match[2]]))
    for (const [, name = '', version] of rebuilt.matchAll(bannerText)) {
      const other = theirs.get(name)
      if (other === undefined || other === version || !fetched.has(`pkg:npm/${name}@${version}`)) continue
      return { purl: `pkg:npm/${name}@${version}`, says: `the published file says ${name} ${other}` }
    }
  }
  return undefined
}

/** Texts and long names that only the rebuilt code has in what differs. */
function marksOf(changes: readonly Partial<Change>[]): string[] {
  const pattern = /"[^"\\\n]{8,120}"|'[^'\\\n]{8,120}'|[A-Za-z_$][\w$]{9,60}/g
  const marks = (text: string) => (text.match(pattern) ?? []).map((mark) => mark.replace(/^["']|["']$/g, ''))
  const published = new Set(changes.flatMap(({ published = '' }) => marks(published)))
  const rebuilt = changes.flatMap(({ rebuilt = '' }) => marks(rebuilt)).filter((mark) => !published.has(mark))
  return [...new Set(rebuilt)].slice(0, 32)
}

async function ownerOf(marks: string[], context: TraceContext): Promise<{ purl: string; count: number } | undefined> {
  const counts: { purl: string; count: number }[] = []
  for (const { purl, sha512 } of context.rebuild.exchanges.filter(isPackage).slice(0, mostPackages)) {
    context.signal.throwIfAborted()
    if (purl === undefined || sha512 === undefined) continue
    const count = await countMarks(marks, purl, sha512, context)
    if (count > 0) counts.push({ purl, count })
  }
  const [best, next] = counts.sort((a, b) => b.count - a.count)
  if (best === undefined || best.count < Math.max(fewestMarks, marks.length / 2)) return undefined
  // Texts that two packages share name neither.
  return next && next.count >= best.count ? undefined : best
}

function isPackage({ purl, sha512, status }: TraceContext['rebuild']['exchanges'][number]): boolean {
  return purl !== undefined && sha512 !== undefined && status === 200
}

async function countMarks(marks: string[], what: string, sha512: string, context: TraceContext): Promise<number> {
  const found = new Set<string>()
  await readTarball({
    source: context.readFetched(sha512),
    what,
    signal: context.signal,
    onEntry({ path, size }) {
      if (!/\.[cm]?js$/.test(path) || size > largestFile) return undefined
      const chunks: Uint8Array[] = []
      return {
        data: (chunk) => chunks.push(chunk),
        end() {
          const text = Buffer.concat(chunks).toString('utf8')
          for (const mark of marks) if (!found.has(mark) && text.includes(mark)) found.add(mark)
        },
      }
    },
  })
  return found.size
}
