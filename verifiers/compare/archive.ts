import { createHash, hash } from 'node:crypto'
import { type ByteQueue, byteQueue } from './byte-queue.ts'
import type { ArchiveEntry } from './entry.ts'
import { collectFindings, type Finding, type Findings } from './findings.ts'
import type { CompressionReport } from './formats/compression.ts'
import type { ContainerEvents, ContainerSummary } from './formats/container.ts'
import { beginsAsTar, type Container, containerOf, headSize, promisedBy, withoutCompression } from './formats/detect.ts'
import type { Inflated } from './formats/inflate-at-once.ts'
import { readTar } from './formats/tar.ts'
import { findZipEnd } from './formats/zip-tail.ts'
import { addMemberDigests } from './gem-members.ts'
import type { ComparedInput } from './input.ts'
import { type ArtifactKind, checkLayout, kindOf } from './kind.ts'
import { type CompareLimits, limitExceeded, ratioApplies } from './limits.ts'
import { addLinkTargets } from './links.ts'
import { checkStructure } from './structure.ts'
import { type OpenedInput, openUnpacked, type ReadOptions } from './unpacked.ts'

/** All that is known of one archive after reading it once; its content is in no memory. */
export type ArchiveIndex = ContainerSummary & {
  container: Container | 'file'
  kind: ArtifactKind
  /** Of the whole file; absent where it stands as it is. */
  compression: CompressionReport | undefined
  /** The bytes once the outer compression is undone: themselves where they are in one piece in memory, or what they hash to. */
  stream: { size: number } & ({ bytes: Buffer } | { sha256: string })
  entries: ArchiveEntry[]
  findings: Findings
}

/**
 * Reads every byte of an archive once: its bytes are checked against the digest that was taken before, unpacked, hashed,
 * and indexed by entry. What it is, is told by its bytes; a file that is no archive is one entry.
 *
 * @throws {Problem} ARTIFACT_INTEGRITY_MISMATCH when the bytes are not those that were hashed, ARCHIVE_LIMIT_EXCEEDED.
 */
export async function indexArchive(input: ComparedInput, options: ReadOptions): Promise<ArchiveIndex> {
  const { limits } = options
  const findings = collectFindings(limits.findings)
  const entries: ArchiveEntry[] = []
  const bound = boundary(input, options)
  const opened = await openUnpacked(input, options, findings.add)
  try {
    const inflated = await input.inflated
    const measured = measure(opened, input, inflated, bound)
    const queue = byteQueue(measured.bytes())
    const head = await queue.peek(headSize)
    const { container, prefix } = await identify(input, head, opened, options)
    checkName(input.fileName, { container, head, opened }, findings.add)
    if (container === 'file') checkUnpackedName(options.name ?? withoutCompression(input.fileName), findings)
    const events: ContainerEvents = {
      entry: (entry) => entries.push(entry),
      found: findings.add,
      unpacked: bound,
    }
    const name = options.name ?? withoutCompression(input.fileName)
    const summary = await readContainer(
      container,
      queue,
      { limits, prefix, name, inMemory: inflated !== undefined },
      events,
    )
    // A container that ends before the bytes do leaves nothing unread behind it.
    const { stream, compression } = await measured.finish(queue)
    checkTail(opened, container, findings.add)
    const complete = summary.complete && (compression?.complete ?? true)
    await addLinkTargets(input, container, entries, options)
    const kind = kindOf(container, entries)
    await addMemberDigests(input, kind, entries, options)
    checkStructure(entries, kind, findings.add)
    checkLayout(kind, entries, findings.add)
    return { ...summary, complete, container, kind, compression, stream, entries, findings }
  } finally {
    opened.close()
  }
}

/** Whether two archives are the same byte for byte once their compression is undone. */
export function haveSameStream({ stream: a }: ArchiveIndex, { stream: b }: ArchiveIndex): boolean {
  if (a.size !== b.size) return false
  if ('bytes' in a && 'bytes' in b) return a.bytes.equals(b.bytes)
  const digest = (one: ArchiveIndex['stream']) => ('bytes' in one ? hash('sha256', one.bytes) : one.sha256)
  return digest(a) === digest(b)
}

/** Those that no npm package needs are loaded where one is read. */
async function readContainer(
  container: ArchiveIndex['container'],
  queue: ByteQueue,
  { limits, prefix, name, inMemory }: { limits: CompareLimits; prefix: number; name: string; inMemory: boolean },
  events: ContainerEvents,
): Promise<ContainerSummary> {
  switch (container) {
    case 'tar':
      return await readTar(queue, { limits, inMemory }, events)
    case 'zip':
      return await (await import('./formats/zip.ts')).readZip(queue, { limits, prefix }, events)
    case 'ar':
      return await (await import('./formats/ar.ts')).readAr(queue, limits, events)
    case 'file':
      return await readFile(queue, name, events)
  }
}

async function readFile(queue: ByteQueue, name: string, events: ContainerEvents): Promise<ContainerSummary> {
  const { size, sha256 } = await queue.digestRest()
  const none = { mode: 0, linkTarget: '', mtime: '', owner: '', offset: 0, dataOffset: 0 }
  events.entry({ path: name, type: 'file', size, content: { sha256 }, ...none })
  return { stray: { size: 0, sha256: createHash('sha256').digest('hex') }, notes: [], complete: true }
}

/** What the unpacked bytes are. A zip archive can have anything before it, so that its end is looked for too. */
async function identify(
  input: ComparedInput,
  head: Buffer,
  { compression }: OpenedInput,
  options: ReadOptions,
): Promise<{ container: ArchiveIndex['container']; prefix: number }> {
  const container = containerOf(head)
  if (container !== undefined) return { container, prefix: 0 }
  const promised = promisedBy(input.fileName)?.container
  if (compression === undefined) {
    const tail = await readTail(input, options)
    const end = findZipEnd(tail, input.size)
    if (end) return { container: 'zip', prefix: end.prefix }
  }
  return { container: promised === 'tar' ? 'tar' : 'file', prefix: 0 }
}

async function readTail(input: ComparedInput, options: ReadOptions): Promise<Buffer> {
  const opened = await openUnpacked(input, options)
  try {
    for await (const _ of opened.bytes) options.signal.throwIfAborted()
    return opened.tail()
  } finally {
    opened.close()
  }
}

/** Counts what comes out of all compressions together. */
function boundary({ size: packed }: ComparedInput, { limits, budget }: ReadOptions): (size: number) => void {
  let total = 0
  return (size) => {
    total += size
    budget.left -= size
    if (total > limits.unpackedSize || budget.left < 0) {
      throw limitExceeded(`more than ${limits.unpackedSize} unpacked bytes`, limits.unpackedSize)
    }
    if (total > ratioApplies && total > packed * limits.ratio) {
      throw limitExceeded(`more than ${limits.ratio} unpacked bytes for each packed one`, limits.ratio)
    }
  }
}

function measure(
  opened: OpenedInput,
  { digests }: ComparedInput,
  inflated: Inflated | undefined,
  bound: (size: number) => void,
) {
  // Without a compression the unpacked bytes are the file's own, which are checked against this digest while they are read.
  const running = opened.compression === undefined || inflated ? undefined : createHash('sha256')
  let size = 0
  let compression: CompressionReport | undefined
  return {
    async *bytes(): AsyncGenerator<Buffer> {
      let step = await opened.bytes.next()
      for (; !step.done; step = await opened.bytes.next()) {
        size += step.value.length
        bound(step.value.length)
        running?.update(step.value)
        yield step.value
      }
      compression = step.value
    },
    async finish(queue: ByteQueue): Promise<Pick<ArchiveIndex, 'stream' | 'compression'>> {
      while ((await queue.next()) !== undefined);
      const stream = inflated
        ? { size, bytes: inflated.bytes }
        : { size, sha256: running?.digest('hex') ?? digests.sha256 }
      return { stream, compression }
    },
  }
}

/** A file that other programs open as something else than it begins as. */
function checkTail(opened: OpenedInput, container: ArchiveIndex['container'], found: (finding: Finding) => void): void {
  if (container === 'zip' && opened.compression === undefined) return
  if (findZipEnd(opened.tail(), opened.size()) === undefined) return
  const evidence = { begins: opened.compression ?? container, ends: 'zip' }
  const summary = `The file begins as ${evidence.begins} and ends as a zip archive: programs differ in what they see in it.`
  found({ code: 'polyglot', path: '', summary, evidence })
}

/** `gunzip -N` calls what it unpacks as the gzip header says; an archive is read where it is, whatever that says. */
function checkUnpackedName(name: string, findings: Findings): void {
  const named = findings.list().find(({ code }) => code === 'gzip-file-name')?.evidence.name
  if (name === '' || named === undefined || named === name) return
  const summary = `The gzip header names the file ${named}, as which some programs unpack it.`
  findings.add({ code: 'gzip-other-name', path: '', summary, evidence: { name: named } })
}

function checkName(
  fileName: string,
  { container, head, opened }: { container: ArchiveIndex['container']; head: Buffer; opened: OpenedInput },
  found: (finding: Finding) => void,
): void {
  if (container === 'zip' && beginsAsTar(head)) {
    const summary = 'The file begins as a zip archive and as a tar archive: programs differ in what they see in it.'
    found({ code: 'polyglot', path: '', summary, evidence: { begins: 'zip', also: 'tar' } })
  }
  const promised = promisedBy(fileName)
  if (promised === undefined) return
  if (promised.container !== undefined && promised.container !== container) {
    const summary = `The name of the file is that of a ${promised.container} archive; it is ${container === 'file' ? 'none' : container}.`
    found({ code: 'format-name', path: '', summary, evidence: { promised: promised.container, is: container } })
  }
  if (promised.compression !== opened.compression) {
    const [is, said] = [opened.compression ?? 'none', promised.compression ?? 'none']
    const summary = `The name of the file promises another compression (${said}) than it has (${is}).`
    found({ code: 'compression-name', path: '', summary, evidence: { promised: said, is } })
  }
}
