import type { Comparison } from '../../../verifiers/model/comparison.ts'
import { bytes } from '../foundations.ts'
import { type Content, type Html, html } from './html.ts'
import { fold } from './parts.ts'

type Listing = NonNullable<Comparison['listing']>
type Entry = Listing['entries'][number]
type Folder = { name: string; folders: Map<string, Folder>; files: { name: string; entry: Entry }[]; counts: Counts }
type Counts = Record<Entry['state'], number>

/** Deeper folders are written into the names of their files, so that no name can make a page that is hard to draw. */
const deepest = 12
/** Files that are the same, in one folder, from which on they stand behind one line. */
const manySame = 6
const openFolders = 200

/**
 * The entries of two archives, side by side in their folders. What differs says so by a symbol and a word. `linkTo` is
 * the id of the difference that a path has on this page.
 */
export function renderTree(listing: Listing, linkTo: (path: string) => string | undefined): Html {
  const root = newFolder('')
  for (const entry of listing.entries) place(root, entry)
  const open = listing.entries.length <= openFolders
  return html`<div class="tree">
<p class="row head"><span class="mark"></span><span class="cell">published</span><span class="cell">rebuilt</span></p>
<ul>${[...contentsOf(root, 0, open, linkTo)]}</ul>
${listing.omitted > 0 && html`<p>and ${listing.omitted} more entries</p>`}
</div>
`
}

function newFolder(name: string): Folder {
  return { name, folders: new Map(), files: [], counts: { same: 0, changed: 0, added: 0, removed: 0 } }
}

function place(root: Folder, entry: Entry): void {
  const segments = entry.path.replace(/\/$/, '').split('/')
  const folders = segments.slice(0, Math.min(deepest, segments.length - 1))
  let folder = root
  root.counts[entry.state]++
  for (const name of folders) {
    const next = folder.folders.get(name) ?? newFolder(name)
    folder.folders.set(name, next)
    next.counts[entry.state]++
    folder = next
  }
  folder.files.push({ name: segments.slice(folders.length).join('/'), entry })
}

type Link = (path: string) => string | undefined

function* contentsOf(folder: Folder, depth: number, open: boolean, linkTo: Link): Generator<Html> {
  for (const child of folder.folders.values()) yield renderFolder(child, depth, open, linkTo)
  const same = folder.files.filter(({ entry }) => entry.state === 'same')
  const fewSame = same.length < manySame || folder.files.length === same.length
  for (const { name, entry } of folder.files)
    if (fewSame || entry.state !== 'same') yield renderFile(name, entry, depth, linkTo)
  if (fewSame) return
  const summary = html`<span class="row"><span class="mark" aria-hidden="true">▸</span><span class="cell ${indent(depth)} quiet">${same.length} files that are the same</span></span>`
  const body = html`<ul>${same.map(({ name, entry }) => renderFile(name, entry, depth, linkTo))}</ul>`
  yield html`<li>${fold({ summary, body })}</li>`
}

function renderFolder(folder: Folder, depth: number, open: boolean, linkTo: Link): Html {
  const { counts } = folder
  const differ = counts.changed + counts.added + counts.removed
  const note =
    differ === 0
      ? html`<span class="quiet">${counts.same === 1 ? 'the same' : `all ${counts.same} the same`}</span>`
      : html`<strong>${differ} ${differ === 1 ? 'differs' : 'differ'}</strong>`
  const name = (there: boolean) =>
    html`<span class="cell ${indent(depth)}">${there ? html`<span class="name">${folder.name}/</span>` : html`<span class="quiet">not there</span>`}`
  const summary = html`<span class="row folder"><span class="mark" aria-hidden="true">▸</span>${name(counts.same + counts.changed + counts.removed > 0)} ${note}</span>${name(counts.same + counts.changed + counts.added > 0)}</span></span>`
  const body = html`<ul>${[...contentsOf(folder, depth + 1, open, linkTo)]}</ul>`
  return html`<li>${fold({ summary, body, open: open ? differ > 0 || depth === 0 : depth === 0 })}</li>\n`
}

const signs: Record<Entry['state'], { sign: string; word: string }> = {
  same: { sign: '=', word: 'the same' },
  changed: { sign: '≠', word: 'changed' },
  added: { sign: '+', word: 'only in the rebuilt one' },
  removed: { sign: '−', word: 'only in the published one' },
}

function renderFile(name: string, entry: Entry, depth: number, linkTo: Link): Html {
  const { sign, word } = signs[entry.state]
  const id = entry.state === 'same' ? undefined : linkTo(entry.path)
  const shown = clipped(name)
  const label: Content =
    id === undefined ? html`<span class="name">${shown}</span>` : html`<a class="name" href="#${id}">${shown}</a>`
  const cell = (size: number | undefined, content: Content) =>
    html`<span class="cell ${indent(depth)}">${size === undefined ? html`<span class="quiet">not there</span>` : html`${content} <span class="size">${bytes(size)}</span>`}</span>`
  return html`<li class="row ${entry.state}"><span class="mark"><span aria-hidden="true">${sign}</span><span class="hidden">${word}: </span></span>${cell(entry.published, label)}${cell(entry.rebuilt, entry.published === undefined ? label : html`<span class="name">${shown}</span>`)}</li>\n`
}

function indent(depth: number): string {
  return `deep${Math.min(depth, deepest)}`
}

function clipped(name: string): string {
  return name.length <= 500 ? name : `${name.slice(0, 500)}…`
}
