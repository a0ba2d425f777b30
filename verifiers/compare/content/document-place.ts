import type { ArtifactKind } from '../kind.ts'

/** The archive that a file stands in: what it is made for, and where it is itself, seen from the outermost one. */
export type Around = { kind?: ArtifactKind | undefined; outer?: string | undefined }

/** Licences and readmes without an extension, or with one that says nothing, which stand beside what is bundled, too. */
const licence = /^(?:[\w.-]{0,40}[._-])?(?:licen[cs]e|readme|copying|copyright|third.?party|notice)(?:[._-][\w.-]*)?$/
/** Other documents of that kind, whose names lists have as well that programs go by. */
const listed =
  /^(?:changelog|changes|history|authors|contributors|maintainers|contributing|credits|thanks|patents|security|code_of_conduct|todo|news)(?:[._-][\w.-]*)?$/

/** Where what has such a name is run, or read by what runs, all the same. */
const ofPrograms =
  /(?:^|\/)(?:(?:s?bin|libexec|cgi-bin|hooks|scripts|completions?|crontabs|[\w-]{1,40}\.d)\/[^/]*$|(?:etc|data)\/)/i

/** What programs of a system are set up by (Filesystem Hierarchy Standard, 3.7), also out of a wheel. */
const ofSystem = /^(?:\.?\/)?(?:[^/]{1,200}\.data\/data\/)?etc\//

/** Whether a name that says nothing else is that of a document for people, in the place of one. */
export function isNamedDocument(path: string, around: Around = {}): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  if (isReadByPrograms(path, around)) return false
  return isAmongDocuments(path, around) ? licence.test(name) || listed.test(name) : isLicenceOrReadme(path)
}

/** Whether a folder is one of those in which people look for documents: that of the package, its `docs`, and their like. */
export function isAmongDocuments(path: string, { kind }: Around = {}): boolean {
  const inside = withoutRoot(path.replace(/^\.\//, ''), kind)
  return (
    !inside.includes('/') ||
    /^(?:docs?|(?:usr|[^/]{1,200}\.data\/data)\/share\/(?:doc|licenses|common-licenses))\//i.test(inside) ||
    /(?:^|\/)(?:[^/]+\.dist-info(?:\/licenses)?|META-INF|node_modules\/(?:@[^/]+\/)?[^/]+)\/[^/]+$/.test(inside)
  )
}

/** Whether a licence or a readme is called so, in whatever folder. */
export function isLicenceOrReadme(path: string): boolean {
  return licence.test(path.slice(path.lastIndexOf('/') + 1).toLowerCase()) && !ofPrograms.test(path)
}

const inOneFolder = new Set<ArtifactKind | undefined>(['npm', 'sdist', 'crate', undefined])
const mayBeInOneFolder = new Set<ArtifactKind | undefined>(['tar', 'zip'])

/** Below the folder in which all of a package stands; a source archive has one with its version in its name. */
function withoutRoot(path: string, kind: ArtifactKind | undefined): string {
  const hasFolder = inOneFolder.has(kind) || (mayBeInOneFolder.has(kind) && /^[^/]{1,200}-v?\d[^/]{0,200}\//.test(path))
  return hasFolder ? path.slice(path.indexOf('/') + 1) : path
}

const text = String.raw`\.(?:md|markdown|rst|adoc)$`
/** Documents that programs act on: what tells an agent what to do, and what is filled in and shown to others. */
const actedOn = new RegExp(
  [
    String.raw`(?:^|\/)(?:agents?|claude|gemini|skill|memory|copilot-instructions|[\w.-]+\.(?:instructions|prompt|chatmode|agent))${text}`,
    String.raw`(?:^|\/)(?:prompts?|skills?|(?:sub)?agents?|commands|templates?)\/`,
    // Each agent has a folder of its own; these are of forges, editors, package managers and makers of pages.
    String.raw`(?:^|\/)\.(?!(?:git(?:hub|lab|ea|book)|forgejo|changesets?|vscode|idea|pnpm|yarn|npm|venv|tox|nox|cargo|rustup|gem|bundle|cache|local|storybook|vitepress|vuepress|docs?)\/)[a-z][\w-]{0,40}\/`,
  ].join('|'),
  'i',
)
/** The same names, which pages about programs have as well. */
const actedOnBesidePages = new RegExp(
  [
    String.raw`(?:^|\/)(?:qwen|codex|crush|warp|replit|jules|cursor|windsurf|cline|copilot|soul|personas?|system|rules?|conventions?|instructions?|(?:[\w.-]{0,60}[._-])?prompts?|llms?(?:-[\w-]{1,40})?)${text}`,
    String.raw`(?:^|\/)(?:rules|instructions|chatmodes|steering|personas)\/(?:[^/]+\/){0,8}(?!readme\.)[^/]+$`,
  ].join('|'),
  'i',
)
const pages = /(?:^|\/)(?:docs?|documentation)\//i

/** Whether something else than people acts on a document, whatever archive it is packed in once more. */
export function isReadByPrograms(path: string, { outer }: Around = {}): boolean {
  const place = outer === undefined ? path : `${outer}!/${path}`
  return ofSystem.test(path) || actedOn.test(place) || (!pages.test(place) && actedOnBesidePages.test(place))
}
