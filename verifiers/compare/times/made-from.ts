import type { ArchiveEntry } from '../entry.ts'
import { secondsOf } from './seconds.ts'

/** What tools make in the folder of its source, and make and javac leave alone while it is not older. By their endings. */
const endings: readonly { made: readonly string[]; from: readonly string[] }[] = [
  { made: ['.tab.c', '.tab.h', '.tab.cc', '.tab.hh'], from: ['.y', '.yy'] },
  {
    made: ['.c', '.cc', '.cpp', '.cxx'],
    from: ['.y', '.yy', '.ypp', '.l', '.ll', '.lex', '.pyx', '.re', '.rl', '.vala'],
  },
  { made: ['.h', '.hh', '.hpp'], from: ['.y', '.yy', '.ypp', '.l', '.ll', '.gperf', '.re', '.rl'] },
  { made: ['.pb.c', '.pb.cc', '.pb.h', '.pb.go', '_pb2.py'], from: ['.proto'] },
  { made: ['.o', '.lo'], from: ['.c', '.cc', '.cpp', '.cxx', '.s', '.S', '.f', '.f90'] },
  { made: ['.class'], from: ['.java'] },
]

/** By their names: Automake, "Rebuilding Makefiles and configure". */
const names: ReadonlyMap<string, readonly string[]> = new Map([
  ['configure', ['configure.ac', 'configure.in']],
  ['config.h.in', ['configure.ac', 'configure.in']],
  ['aclocal.m4', ['configure.ac', 'configure.in', 'acinclude.m4']],
  ['Makefile.in', ['Makefile.am']],
])

/** Where what a file is made from would be. */
export function sourcesOf(path: string): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const named = names.get(name)
  if (named) return named.map((one) => `${path.slice(0, -name.length)}${one}`)
  return endings.flatMap(({ made, from }) => {
    const ending = made.find((one) => name.endsWith(one) && name !== one)
    return ending === undefined ? [] : from.map((one) => `${path.slice(0, -ending.length)}${one}`)
  })
}

/** What a checkout writes one after the other is within it, and what a zip archive can tell apart is not. In seconds. */
const oneMoment = 2

/** Whether the file would be made anew from its source: where it is older by more than the moment of a checkout. */
export function isStale(made: ArchiveEntry, source: ArchiveEntry): boolean {
  return secondsOf(source.mtime) - secondsOf(made.mtime) > oneMoment
}
