import { hasInvisible } from '../alarms.ts'
import { type Side, sideOf } from '../code-parts.ts'
import { hiddenBetween } from '../explain-javascript.ts'
import { withNamedModules } from '../numbered-modules.ts'
import { hidesInSpace } from '../plain-space.ts'
import { areReadRight } from '../syntax-check.ts'
import { unseenByTrees } from '../unseen-by-trees.ts'
import { helperTexts } from './helper-texts.ts'
import { asWritten, inNormalForm } from './reading.ts'
import { type ModuleOptions, type ReleaseModule, releaseModule } from './release-module.ts'
import { type ReadPair, readPair, sameButForReleases } from './same-but-for-releases.ts'

/** Programs of one release by the package's name and the path in it. */
export type ReleaseFiles = ReadonlyMap<string, string>

/** One package in the release that was built with, and in another one. */
export type OtherRelease = { before: ReleaseFiles; after: ReleaseFiles }

export type ProgramPair = {
  /** Both texts as they are compared: modules that have numbers have names. */
  texts: { published: string; rebuilt: string }
  /** How many statements that only one side has the releases account for; it only says which to look at. */
  score(release: OtherRelease): number
  /** The files that the published program has of other releases, where that is all in which the two differ. */
  filesOf(releases: readonly OtherRelease[]): string[] | undefined
}

/** Longer programs are not taken apart, in characters. */
const longest = 512 * 1024

/** As bundlers put modules into a program, those that change the least first. */
const ways: readonly ModuleOptions[] = [
  { reading: asWritten, declaring: 'by its words' },
  { reading: asWritten, declaring: 'by var' },
  { reading: inNormalForm, declaring: 'by its words' },
  { reading: inNormalForm, declaring: 'by var' },
]

type Way = { pair: ReadPair; modulesOf: (files: ReleaseFiles) => ReleaseModule[] }

/**
 * A published program and the rebuilt one, which may differ because of other releases of what is bundled into them; see
 * `sameButForReleases`. `undefined` where something else is in the published one that no tree shows.
 */
export function programsOfReleases(published: string, rebuilt: string): ProgramPair | undefined {
  if (published.length > longest || rebuilt.length > longest) return undefined
  const [a, b] = namedAlike(sideOf(published), sideOf(rebuilt))
  if (hasInvisible(a.text) && !hasInvisible(b.text)) return undefined
  if (hiddenBetween(a) > hiddenBetween(b) || hidesInSpace(published, rebuilt)) return undefined
  if (unseenByTrees(a, b) !== undefined || a.syntax() === undefined || !areReadRight(a, b)) return undefined
  const pairOf = once((way: ModuleOptions['reading']) => readPair(a, b, way))
  const modulesBy = once(remembered)
  // The normal form of a program takes long, so that it is made only where nothing else has told.
  function* read(): Generator<Way> {
    for (const way of ways) {
      const pair = pairOf(way.reading)
      if (pair !== undefined) yield { pair, modulesOf: modulesBy(way) }
    }
  }
  return {
    texts: { published: a.text, rebuilt: b.text },
    score(release) {
      for (const way of read()) {
        const score = scoreOf(way, release)
        if (score > 0) return score
      }
      return 0
    },
    filesOf(releases) {
      for (const { pair, modulesOf } of read()) {
        const before = releases.flatMap((one) => modulesOf(one.before))
        const files = sameButForReleases(pair, { before, after: releases.flatMap((one) => modulesOf(one.after)) })
        if (files !== undefined) return files
      }
      return undefined
    },
  }
}

/** Another release can have modules of its own, which give all others other numbers. */
function namedAlike(a: Side, b: Side): [Side, Side] {
  const [one, other] = [withNamedModules(a), withNamedModules(b)]
  return one && other ? [one, other] : [a, b]
}

function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, { value: Value }>()
  return (key) => {
    const made = known.get(key) ?? { value: make(key) }
    known.set(key, made)
    return made.value
  }
}

function remembered(way: ModuleOptions) {
  const known = new WeakMap<ReleaseFiles, ReleaseModule[]>()
  return (files: ReleaseFiles): ReleaseModule[] => {
    const modules = known.get(files) ?? modulesIn(files, way)
    known.set(files, modules)
    return modules
  }
}

/** Of one release; the rest of a larger one is not read. */
const mostFiles = 300

function modulesIn(files: ReleaseFiles, options: ModuleOptions): ReleaseModule[] {
  const texts = [...files, ...helperTexts(files)].slice(0, mostFiles)
  return texts.flatMap(([path, text]) => releaseModule(path, text, options) ?? [])
}

function scoreOf({ pair, modulesOf }: Way, { before, after }: OtherRelease): number {
  const shapes = (lists: ReadPair['lists']) => new Set(lists.flatMap((one) => one.shapes))
  const [here, there] = [shapes(pair.lists), shapes(pair.others)]
  const [old, other] = [modulesOf(before), modulesOf(after)].map((all) => new Set(all.flatMap((one) => one.shapes)))
  const added = here.difference(there).intersection(other ?? new Set()).size
  const gone = there
    .difference(here)
    .intersection(old ?? new Set())
    .difference(other ?? new Set()).size
  return added + gone
}
