import semver from 'semver'

export type RankedTag<Ref> = {
  ref: Ref
  /** Why it may be the release's tag, for the evidence. */
  because: string
  /** False where the tag may as well be another package's: nothing but an exact manifest counts then. */
  precise: boolean
}

/** More than any package has spellings for one version; every one of them costs a request. */
const mostCandidates = 24
const longestTag = 512

/**
 * The tags that may be the release of this version of this package, the most specific first.
 *
 * A tag that names the package comes before one that does not: in a repository with several packages `v5.0.1` is the
 * version of only one of them. All of them are to be validated, because a name alone proves nothing.
 */
export function rankTags<Ref extends { name: string }>(
  refs: Ref[],
  { name, version, directory }: { name: string; version: string; directory?: string | undefined },
): RankedTag<Ref>[] {
  const rules = rulesFor(name, version, directory)
  return refs
    .flatMap((ref) => {
      const tag = ref.name.startsWith('refs/tags/') ? ref.name.slice('refs/tags/'.length) : undefined
      if (tag === undefined || tag.length > longestTag) return []
      const rank = rules.findIndex(({ matches }) => matches(tag))
      const rule = rules[rank]
      return rule === undefined ? [] : [{ ref, ...rule, rank, tag }]
    })
    .sort((a, b) => a.rank - b.rank || a.tag.length - b.tag.length || (a.tag < b.tag ? -1 : 1))
    .slice(0, mostCandidates)
    .map(({ ref, because, precise = true }) => ({ ref, because, precise }))
}

/** What comes after a release is soon in one of the next ones; more would only bring what is far from it. */
const mostLater = 3

/** The tags of the releases after this one that are named as its own is, the next first. */
export function laterTags<Ref extends { name: string }>(refs: Ref[], tag: string, version: string): Ref[] {
  const own = semver.parse(version)
  if (own === null || !tag.endsWith(version) || tag.length > longestTag) return []
  const prefix = tag.slice(0, -version.length)
  return refs
    .flatMap((ref) => {
      const found = ref.name.startsWith(prefix) ? semver.parse(ref.name.slice(prefix.length, longestTag)) : null
      return found !== null && found.compare(own) > 0 ? [{ ref, found }] : []
    })
    .sort((a, b) => a.found.compare(b.found))
    .slice(0, mostLater)
    .map(({ ref }) => ref)
}

type Rule = { matches: (tag: string) => boolean; because: string; precise?: false }

function rulesFor(name: string, version: string, directory: string | undefined): Rule[] {
  const unscoped = name.slice(name.indexOf('/') + 1)
  const folder = directory?.split('/').at(-1) ?? ''
  const exact = escaped(version)
  const names = (label: string) => named(label, exact)
  return [
    { matches: names(name), because: 'it names the package and the version' },
    { matches: names(name.replace(/^@/, '').replace('/', '-')), because: 'it names the package and the version' },
    { matches: names(unscoped), because: 'it names the package without its scope, and the version' },
    ...(folder === '' ? [] : [{ matches: names(folder), because: "it names the package's folder and the version" }]),
    { matches: whole(`v${exact}`), because: 'it is the version' },
    { matches: whole(exact), because: 'it is the version' },
    {
      matches: whole(`(?:release|releases|rel|version|ver|tag|npm)[-_/.@]?v?${exact}`),
      because: 'it says release and the version',
    },
    ...shortened(version),
    { matches: containing(exact), because: 'the version is part of it', precise: false },
  ]
}

/** `name@1.2.3`, `name-v1.2.3`, `name/1.2.3`, `v1.2.3-name`, … */
function named(label: string, version: string): (tag: string) => boolean {
  const word = escaped(label)
  const before = whole(`(?:.+/)?${word}[-_/@.]?v?${version}`)
  const after = whole(`v?${version}[-_/@]${word}`)
  return (tag) => before(tag) || after(tag)
}

/** `v4.0` and `v4` for 4.0.0. */
function shortened(version: string): Rule[] {
  const short = /^(\d+(?:\.[1-9]\d*)?)(?:\.0)+$/.exec(version)?.[1]
  if (short === undefined) return []
  return [{ matches: whole(`v?${escaped(short)}(?:\\.0)*`), because: 'it is the version without its last zeros' }]
}

/** The version with nothing before or after it that would make it another one: not in 11.2.3, 1.2.3.4 or 1.2.3-beta. */
function containing(version: string): (tag: string) => boolean {
  const pattern = new RegExp(
    `(?:^|[^0-9.]|[^0-9]\\.)${version}(?![0-9])(?!\\.[0-9])(?![-.]?(?:alpha|beta|canary|dev|next|pre|rc))`,
    'i',
  )
  return (tag) => pattern.test(tag)
}

function whole(pattern: string): (tag: string) => boolean {
  const regex = new RegExp(`^${pattern}$`, 'i')
  return (tag) => regex.test(tag)
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

/** The tag of a commit that names this version of this package. */
export function tagAt<Ref extends { name: string; commit: string }>(
  commit: string,
  refs: Ref[],
  release: Parameters<typeof rankTags>[1],
): Ref | undefined {
  return rankTags(refs, release).find(({ ref, precise }) => precise && ref.commit === commit)?.ref
}
