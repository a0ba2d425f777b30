import { asksForOwnVersion, explainByOwnVersion } from './causes/own-version.ts'
import type { Differs } from './content/explain.ts'
import { linesOf } from './content/explanation.ts'
import { type Contents, firstDifference, readContents, readEntries } from './contents.ts'
import { type Difference, difference } from './difference.ts'
import type { Aspect, EntryMatch, Pair } from './entries.ts'
import { digestOf } from './entry.ts'
import { executability, factsOf, letAllDoAll, octal } from './entry-facts.ts'
import type { ComparedInput } from './input.ts'
import type { ArtifactKind } from './kind.ts'
import { type CompareNested, mayBeNested, type NestedResult, nestedResults, placeWithin } from './nested.ts'
import { type Stabilised, stabilise } from './passes/passes.ts'
import { aroundOf, pathAround, type Within } from './passes/within.ts'
import type { ReadOptions } from './unpacked.ts'

type Changed = EntryMatch['changed'][number]

export type ChangedEntries = {
  differences: Difference[]
  /** Whether nothing but containers differs: archives within the archive, whose contents are the same. */
  sameContents: boolean
  /** Whether all that differs is the same after content passes. */
  onlyStabilised: boolean
}

/** Entries that both sides have and that are not the same, each aspect by itself. Archives are looked into. */
export async function changedDifferences(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  changed: readonly Changed[],
  options: ReadOptions & { depth: number },
  compareNested: CompareNested,
): Promise<ChangedEntries> {
  const onlyContent = changed.every(({ aspects }) => aspects.length === 1 && aspects[0] === 'content')
  const { within } = options
  const isOfDisk = within?.kind === 'npm' && letAllDoAll(within.entries('published'))
  const result: ChangedEntries = {
    differences: changed.flatMap((pair) =>
      pair.aspects.filter((aspect) => aspect !== 'content').map((aspect) => aspectDifference(pair, aspect, isOfDisk)),
    ),
    sameContents: onlyContent,
    onlyStabilised: onlyContent,
  }
  const withContent = changed.filter(({ aspects }) => aspects.includes('content'))
  const archives = options.depth < options.limits.depth ? withContent.filter(mayBeNested) : []
  const entered = new Set<Pair>()
  for await (const nested of nestedResults(sides, archives, options, compareNested)) {
    entered.add(nested.pair)
    result.differences.push(nestedDifference(nested), ...nested.differences)
    if (nested.verdict !== 'stream-identical' && nested.verdict !== 'content-identical') result.sameContents = false
    if (nested.verdict === 'different') result.onlyStabilised = false
  }
  // Only of what is made of archives nobody reads the members as they are.
  const isMadeOfArchives = options.within?.kind === 'deb' || options.within?.kind === 'gem'
  if (entered.size > 0 && !isMadeOfArchives) result.sameContents = false
  const files = withContent.filter((pair) => !entered.has(pair))
  if (files.length > 0) result.sameContents = false
  await addFileDifferences(sides, files, options, result)
  return result
}

async function addFileDifferences(
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  files: readonly Changed[],
  options: ReadOptions,
  result: ChangedEntries,
): Promise<void> {
  // A program that is not judged yet counts as the same: an archive could put the map before it.
  const judged = new Map<string, Difference['severity']>()
  const differs = (path: string) => judged.get(path)
  for await (const [pair, contents] of readContents(sides, files, options)) {
    const hidden = hiddenDifference(pair, options)
    if (hidden) {
      judged.set(pair.published.path, 'unexplained')
      result.differences.push(hidden)
      continue
    }
    const decodable = pair.published.encoding === undefined && pair.rebuilt.encoding === undefined
    const passed =
      contents.kind === 'whole' && decodable
        ? stabilise(pair.published.path, contents.published, contents.rebuilt, { within: options.within })
        : undefined
    if (!passed?.equal) result.onlyStabilised = false
    const found = passed?.equal
      ? stabilisedDifference(pair, contents, passed)
      : await furtherExplained(await contentDifference(pair, contents, { passed, differs, ...options }), sides, options)
    judged.set(pair.published.path, found.severity)
    result.differences.push(found)
  }
}

/** By what another file of the package says. */
async function furtherExplained(
  one: Difference,
  sides: { published: ComparedInput; rebuilt: ComparedInput },
  options: ReadOptions,
): Promise<Difference> {
  if (options.within?.kind === 'sdist' && one.cause === 'metadata') {
    const { explainStaticDependencies } = await import('./packaging/static-dependencies.ts')
    return await explainStaticDependencies(one, sides, options)
  }
  if (options.within?.kind !== 'crate') return await byOwnVersion(one, sides.published, options)
  if (one.cause !== 'locked-versions') return one
  const { explainLockOfLibrary } = await import('./packaging/lock-of-library.ts')
  return await explainLockOfLibrary(one, sides, options)
}

async function byOwnVersion(one: Difference, published: ComparedInput, options: ReadOptions): Promise<Difference> {
  const entry = asksForOwnVersion(one) ? options.within?.sameEntry('package/package.json') : undefined
  if (entry === undefined || entry.size > largestManifest) return one
  const manifest = (await readEntries(published, [entry], options)).get(entry)
  return manifest === undefined ? one : explainByOwnVersion(one, manifest.toString('utf8'))
}

const largestManifest = 1024 * 1024

/** What a user looks away from: exactly these two contents at this place, with the reason in the report. */
function hiddenDifference({ published, rebuilt }: Pair, { hidden = [], place }: ReadOptions): Difference | undefined {
  const path = placeWithin(place, published.path)
  const pass = hidden.find(
    (one) => one.path === path && one.published === digestOf(published) && one.rebuilt === digestOf(rebuilt),
  )
  if (pass === undefined) return undefined
  return difference({
    path: published.path,
    kind: 'changed',
    cause: 'user-pass',
    severity: 'benign',
    summary: `A pass of the user looks away from what differs here: ${pass.reason}`,
    evidence: { published: factsOf(published), rebuilt: factsOf(rebuilt), pass },
  })
}

/** An archive within the archive: what differs in it is listed with paths within it. */
function nestedDifference({ pair: { published, rebuilt }, verdict }: NestedResult): Difference {
  const same = verdict === 'stream-identical' || verdict === 'content-identical'
  return difference({
    path: published.path,
    kind: 'changed',
    cause: 'nested-archive',
    severity: verdict === 'different' ? 'unexplained' : 'benign',
    summary: same
      ? 'The archive within has the same contents, packed in another way.'
      : `The archive within is ${verdict}; what differs in it is listed by itself.`,
    evidence: { verdict, published: factsOf(published), rebuilt: factsOf(rebuilt) },
  })
}

/** The same once the passes have changed what cannot carry behaviour; the report says what each changed. */
function stabilisedDifference({ published, rebuilt }: Pair, contents: Contents, { applied }: Stabilised): Difference {
  const ids = applied.map(({ id }) => id)
  return difference({
    path: published.path,
    kind: 'changed',
    cause: ids[0] ?? 'content',
    severity: 'benign',
    summary: `The content is the same after ${ids.length === 1 ? 'the pass' : 'the passes'} ${ids.join(', ')}.`,
    evidence: { published: factsOf(published), rebuilt: factsOf(rebuilt), ...firstBytes(contents), passes: applied },
  })
}

function aspectDifference(
  { published, rebuilt }: Pair,
  aspect: Exclude<Aspect, 'content'>,
  isOfDisk: boolean,
): Difference {
  const causes = {
    type: 'type',
    'link-target': 'link-target',
    executable: 'mode',
    'special-mode': 'mode',
    device: 'device',
    'system-owner': 'owner',
    'system-permissions': 'mode',
  }
  const summaries = {
    type: `The entry is a ${published.type} in the published file and a ${rebuilt.type} in the rebuilt one.`,
    'link-target': `The link leads to ${published.linkTarget} in the published file and to ${rebuilt.linkTarget} in the rebuilt one.`,
    executable: `The entry is ${executability(published)} in the published file and ${executability(rebuilt)} in the rebuilt one (${octal(published)}, ${octal(rebuilt)}).`,
    'special-mode': `The entry has another setuid, setgid or sticky bit (${octal(published)}, ${octal(rebuilt)}).`,
    device: 'The entry is another device, or another sparse file.',
    'system-owner': `The entry belongs to ${published.owner} in the published file and to ${rebuilt.owner} in the rebuilt one, which holds where it is installed.`,
    'system-permissions': `The entry has other permissions (${octal(published)}, ${octal(rebuilt)}), which hold where it is installed.`,
  }
  // For whom it is executable depends on the umask; that it is, or is not, on the source.
  const order = ['not executable', 'executable for some programs', 'executable']
  const onlyLess =
    aspect === 'executable' && order.indexOf(executability(published)) <= order.indexOf(executability(rebuilt))
  return difference({
    path: published.path,
    kind: 'changed',
    cause: causes[aspect],
    severity: onlyLess || (isOfDisk && aspect === 'executable') ? 'unexplained' : 'suspicious',
    summary: summaries[aspect],
    evidence: { published: factsOf(published), rebuilt: factsOf(rebuilt) },
  })
}

async function contentDifference(
  { published, rebuilt }: Pair,
  contents: Contents,
  { passed, differs, within }: { passed: Stabilised | undefined; differs: Differs; within?: Within | undefined },
): Promise<Difference> {
  const facts = {
    published: factsOf(published),
    rebuilt: factsOf(rebuilt),
    ...firstBytes(contents),
    ...(passed?.failed && { failedPass: passed.failed }),
  }
  if (contents.kind !== 'whole') {
    const place = 'offset' in facts ? ` from byte ${facts.offset} on` : ''
    return difference({
      path: published.path,
      kind: 'changed',
      cause: 'content',
      // Too large to be looked into: what cannot be judged is not called harmless.
      severity: 'suspicious',
      summary: `The content differs${place} (${published.size} bytes published, ${rebuilt.size} rebuilt).`,
      evidence: facts,
    })
  }
  // Nothing of it is needed where all files are the same.
  const { explainContent } = await import('./content/explain.ts')
  const known = within && packaged.has(within.kind) ? await knownOf(within) : undefined
  const {
    changes,
    count = changes?.length ?? 0,
    evidence,
    ...said
  } = explainContent(pathAround(published.path, within), contents.published, contents.rebuilt, differs, {
    known,
    around: within && aroundOf(within),
  })
  return difference({
    path: published.path,
    kind: 'changed',
    ...said,
    evidence: { ...facts, ...evidence, ...(changes && { changes, count, lines: linesOf(changes, count) }) },
  })
}

/** Whose tools write files of their own, beside what they pack. */
const packaged = new Set<ArtifactKind | undefined>(['wheel', 'sdist', 'crate'])

async function knownOf(within: Within) {
  const { explainPackaging } = await import('./packaging/explain-packaging.ts')
  return (path: string, published: string, rebuilt: string) => explainPackaging(path, published, rebuilt, within)
}

/** Bytes in front of the first that differs, and all that are shown: to read in a line, and to see in rows. */
const line = { before: 8, length: 32 }
const rows = { before: 32, length: 192 }

function firstBytes(contents: Contents): { offset: number; bytes: ShownBytes } | object {
  if (contents.kind === 'unread') return {}
  const at = firstDifference(contents.published, contents.rebuilt)
  if (at < 0) return {}
  const start = contents.kind === 'window' ? contents.offset : 0
  const part = (bytes: Buffer, { before, length }: typeof line) =>
    bytes.subarray(Math.max(0, at - before), Math.max(0, at - before) + length)
  const show = (bytes: Buffer) => ({
    hex: part(bytes, rows).toString('hex'),
    text: part(bytes, line)
      .toString('latin1')
      .replace(/[^\x20-\x7e]/g, '.'),
  })
  return {
    offset: start + at,
    bytes: {
      from: start + Math.max(0, at - rows.before),
      published: show(contents.published),
      rebuilt: show(contents.rebuilt),
    },
  }
}

/** `from` is the offset of the first byte in `hex`. */
type ShownBytes = { from: number } & Record<'published' | 'rebuilt', { hex: string; text: string }>
