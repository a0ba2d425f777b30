import type { InspectedDependency, LookAt } from '../../../attestations/inspection/model.ts'
import { bySeverity } from '../../../attestations/inspection/model.ts'
import { mainDigest } from '../inspect.ts'
import { type Content, type Html, html, markupOf } from './html.ts'
import { severityTone } from './look-at.ts'
import { badge } from './parts.ts'

/** Roles in the order in which they matter to whoever installs the product. */
const roleOrder = [
  'source',
  'runtime',
  'optional',
  'peer',
  'build',
  'fetched',
  'compared',
  'development',
  'toolchain',
  'image',
  'os',
  'recipe',
  'metadata',
]

const roleMeanings: Record<string, string> = {
  source: 'What it was built from.',
  runtime: 'Installed with the product.',
  optional: 'Installed with the product where it fits.',
  peer: 'Expected to be there where the product is installed.',
  build: 'Fetched by the build; nothing says what for.',
  fetched: 'Fetched by the build, and no package.',
  compared: 'A file that was compared; nothing was built from it.',
  development: 'Used to build or test, and not installed with the product.',
  toolchain: 'Programs that did the build.',
  image: 'The file system that the build ran in.',
  os: 'Packages of the operating system in the image.',
  recipe: 'How it was rebuilt.',
  metadata: 'What a registry said, and by which versions were chosen.',
}

/** Written together, since each write costs. */
const rowsAtOnce = 500

/** Links from one row to others that are listed at once. */
const mostLinks = 40

/**
 * Every dependency, grouped by role; each row can be linked to, and leads to what it needs and what needs it.
 *
 * @returns the rows one after the other: there may be so many that all of them together take hundreds of megabytes
 */
export function* dependencyTables(
  dependencies: readonly InspectedDependency[],
  lookAt: readonly LookAt[],
): Generator<string> {
  const marks = new Map<string, LookAt[]>()
  for (const one of lookAt) {
    if (one.dependency !== undefined) marks.set(one.dependency, [...(marks.get(one.dependency) ?? []), one])
  }
  const names = new Map(
    dependencies.map(({ id, name, version }) => [id, version === undefined ? name : `${name}@${version}`]),
  )
  const neededBy = new Map<string, string[]>()
  for (const { id, needs } of dependencies) {
    for (const other of needs) {
      const users = neededBy.get(other)
      if (users) users.push(id)
      else neededBy.set(other, [id])
    }
  }
  const link = (id: string) => html`<a href="#${id}">${names.get(id) ?? id}</a>`
  const row = (one: InspectedDependency) =>
    dependencyRow(one, marks.get(one.id) ?? [], neededBy.get(one.id) ?? [], link)
  for (const [role, group] of byRole(dependencies)) {
    yield markupOf(html`<details class="group"${group.length <= 200 && html` open`}><summary><span class="role">${role}</span> <span class="quiet">${group.length}. ${roleMeanings[role] ?? ''}</span></summary>
<table class="dependencies"><thead><tr><th scope="col">Name</th><th scope="col">To look at</th><th scope="col">Known from</th><th scope="col">Why it is there</th><th scope="col">Digest</th></tr></thead>
<tbody>`)
    for (let at = 0; at < group.length; at += rowsAtOnce) {
      yield group
        .slice(at, at + rowsAtOnce)
        .map((one) => markupOf(row(one)))
        .join('')
    }
    yield markupOf(html`</tbody></table>
</details>
`)
  }
}

function byRole(dependencies: readonly InspectedDependency[]): Map<string, InspectedDependency[]> {
  const rank = (role: string) => (roleOrder.includes(role) ? roleOrder.indexOf(role) : roleOrder.length)
  const groups = new Map<string, InspectedDependency[]>()
  for (const one of dependencies.toSorted((a, b) => rank(a.role) - rank(b.role) || compareNames(a, b))) {
    const group = groups.get(one.role)
    if (group) group.push(one)
    else groups.set(one.role, [one])
  }
  return groups
}

const compareNames = (a: InspectedDependency, b: InspectedDependency) =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.uri < b.uri ? -1 : 1

const knownFrom: Record<string, string> = { both: 'declared and seen', declared: 'declared', observed: 'seen' }

type Link = (id: string) => Html

function dependencyRow(one: InspectedDependency, marks: LookAt[], neededBy: string[], link: Link): Html {
  const { id, version, evidence, digests, license, provenance, direct } = one
  const kinds = [...new Map(marks.toSorted(bySeverity).map((mark) => [mark.id, mark])).values()]
  const isMarked = marks.some(({ severity }) => severity !== 'info')
  const classes = `${isMarked ? 'marked ' : ''}${one.installScripts?.length ? 'scripts ' : ''}${direct ? 'direct' : ''}`
  return html`<tr id="${id}" class="${classes}"><th scope="row">${one.name}${version !== undefined && html`<span class="version">@${version}</span>`}${license !== undefined && html`<br><span class="quiet">${license}</span>`}</th>
<td>${kinds.map((mark) => html`${badge(words[mark.id] ?? mark.id, severityTone[mark.severity])} `)}</td>
<td>${evidence === undefined ? html`<span class="quiet">not said</span>` : (knownFrom[evidence] ?? evidence)}${provenance !== undefined && html`<br>provenance ${provenance}`}</td>
<td>${why(one)}${links('needed by', neededBy, link)}${links('needs', one.needs, link)}</td>
<td class="digest">${Object.keys(digests).length === 0 ? 'none' : mainDigest(digests)}</td></tr>
`
}

/** In a cell there is no room for more. */
const words: Partial<Record<LookAt['id'], string>> = {
  DEP_INSTALL_SCRIPT: 'runs code',
  SCRIPT_NEW: 'new script',
  DEP_DEPRECATED: 'deprecated',
  DEP_EXOTIC: 'no registry',
  DEP_NO_INTEGRITY: 'no digest',
  DEP_DIGEST_MISMATCH: 'two digests',
  DIGEST_CHANGED: 'other file',
  FETCH_UNDECLARED: 'undeclared',
  FETCH_UNHASHED: 'not hashed',
  LOCK_ENTRY_UNREAD: 'no package',
  SOURCE_FILE_LOST: 'files lost',
  DECLARED_NOT_FETCHED: 'not fetched',
  DEP_ADDED: 'new',
  DEP_CHANGED: 'other version',
  ROLE_CHANGED: 'other role',
  PROV_ABSENT: 'no provenance',
  PROV_DOWNGRADE: 'provenance lost',
  PROVENANCE_INVALID: 'bad provenance',
  PUBLISHER_CHANGED: 'other publisher',
  DEP_FRESH: 'fresh',
  DEP_UNPINNED: 'not pinned',
}

function why({ direct, path, bundled }: InspectedDependency): Content {
  if (bundled) return 'bundled '
  if (direct) return 'direct '
  if (!path || path.length < 2) return undefined
  return html`<span class="quiet">${path.slice(0, -1).join(' › ')}</span> `
}

function links(what: string, ids: string[], link: Link): Content {
  if (ids.length === 0) return undefined
  const more = ids.length > mostLinks ? html` and ${ids.length - mostLinks} more` : undefined
  return html`<details class="links"><summary>${what} ${ids.length}</summary>${ids.slice(0, mostLinks).map((id) => html`${link(id)} `)}${more}</details>`
}

/** Which rows are shown is decided by these alone; no script is needed. The search appears where scripts run. */
export const dependencyControls = html`<fieldset class="filter"><legend>Show</legend>
<label><input type="radio" name="show" id="show-all" checked> all</label>
<label><input type="radio" name="show" id="show-marked"> those to look at</label>
<label><input type="radio" name="show" id="show-scripts"> those that run code</label>
<label><input type="radio" name="show" id="show-direct"> direct ones</label>
</fieldset>
<p id="searching" hidden><label>Search <input type="search" id="search" autocomplete="off" spellcheck="false"></label> <output id="found" for="search"></output></p>
`

/** Hides what does not contain every word; runs only where the page's policy knows its digest. */
export const searchScript = `
const box = document.getElementById('search'), found = document.getElementById('found')
const groups = [...document.querySelectorAll('details.group')].map((group) => ({
  group, open: group.open, rows: [...group.querySelectorAll('tbody tr')].map((row) => ({ row })),
}))
document.getElementById('searching').hidden = false
let waiting
box.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(search, 120) })
function search() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean)
  let count = 0
  for (const one of groups) {
    let here = 0
    for (const entry of one.rows) {
      entry.text ??= entry.row.textContent.toLowerCase()
      const fits = words.every((word) => entry.text.includes(word))
      entry.row.hidden = !fits
      if (fits) here++
    }
    count += here
    one.group.hidden = words.length > 0 && here === 0
    one.group.open = words.length > 0 ? here > 0 : one.open
  }
  found.textContent = words.length > 0 ? count + ' found' : ''
}
`
