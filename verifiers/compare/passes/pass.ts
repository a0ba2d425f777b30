import type { FileContent } from '../content/file-kind.ts'
import type { ArchiveEntry } from '../entry.ts'
import type { ArtifactKind } from '../kind.ts'

type About = {
  id: string
  /** Goes up whenever the pass changes something else than before. */
  version: number
  /** Ecosystems whose archives it is made for; a content pass is asked in no other. */
  formats: readonly ArtifactKind[]
  /** What it changes, as a sentence. */
  changes: string
  /** Why that cannot carry behaviour. */
  safe: string
  /** What it must never touch. */
  never: string
}

/**
 * Looks away from something that only the archive has, and no unpacked package: leads to `stream-identical` or
 * `content-identical`. `causes` are the differences that report what it looked away from.
 */
export type ContainerPass = About & {
  kind: 'container'
  causes: readonly string[]
  /** What it looks away from in an entry, as both sides show it to people; pairs that differ in it are its first cause. */
  entry?: { noun: string; noteOf(entry: ArchiveEntry): string }
}

/** Changes the content of a file, on both sides alike: leads to `equivalent` at best. */
export type ContentPass = About & {
  kind: 'content'
  /** What the text becomes and what was changed in it, or `undefined` where the pass has nothing to do with it. */
  apply(file: PassedFile): { text: string; changed: string } | undefined
}

export type PassedFile = {
  /** In its archive. */
  path: string
  /** The same, but for what is compressed by itself: where that stands in its archive. */
  place: string
  kind: FileContent['kind']
  text: string
  /** The same file of the other side, as it is after the passes before this one. */
  other?: string
  /** A file in the same archive; in the archive around it with `outer`. `undefined` where there is none or several. */
  fileOf?(path: string, where?: 'outer'): ArchiveEntry | undefined
}

export type Pass = ContainerPass | ContentPass
