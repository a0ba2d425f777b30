import { explainText } from '../content/explain-text.ts'
import type { Explanation } from '../content/explanation.ts'

/** A field's name in lower case, and its value as it stands, lines that go on with their ends. */
type Field = { name: string; value: string }
type CoreMetadata = { fields: Field[]; description: string }

const mostFields = 5000

/** What decides what is installed, and under which name. */
const decisive = new Set([
  'name',
  'version',
  'requires-dist',
  'requires-python',
  'requires-external',
  'requires',
  'provides',
  'provides-dist',
  'provides-extra',
  'obsoletes',
  'obsoletes-dist',
  'platform',
  'supported-platform',
])

/** What people and catalogues read. */
const descriptive = new Set([
  'summary',
  'description',
  'description-content-type',
  'keywords',
  'author',
  'author-email',
  'maintainer',
  'maintainer-email',
  'license',
  'license-expression',
  'classifier',
  'home-page',
  'download-url',
  'project-url',
])

/** Nobody is given anything by it: it says what is in the package (PEP 794). */
const importable = /^[A-Za-z_][\w.]{0,200}(?: ?; ?private)?$/

/** What a builder notes by itself, and each version of it otherwise; in the form that its specification gives it. */
const noted: Record<string, RegExp> = {
  'metadata-version': /^\d\.\d$/,
  dynamic: /^[A-Za-z]+(?:-[A-Za-z]+)*$/,
  'import-name': importable,
  'import-namespace': importable,
  'license-file': /^(?!.*\.\.)[\w][\w./ -]{0,199}$/,
}

/**
 * Why two METADATA or PKG-INFO of Python packages differ, field by field; `undefined` where one of them is none. Builders
 * write the same project otherwise from version to version: the version of the metadata, licences by name, requirements in
 * another spelling. https://packaging.python.org/en/latest/specifications/core-metadata/
 */
export function explainCoreMetadata(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [parseCoreMetadata(published), parseCoreMetadata(rebuilt)]
  if (a === undefined || b === undefined) return undefined
  const names = [...new Set([...a.fields, ...b.fields].map(({ name }) => name))]
  const differing = names.filter((name) => valuesOf(a, name).join('\n') !== valuesOf(b, name).join('\n'))
  const { changes = [], count = 0 } = explainText(published, rebuilt, 'program')
  const shown = { changes: changes.map(({ alarms: _, ...change }) => change), count }
  const alarms = alarmsOf(a, b, differing)
  if (alarms.length > 0) {
    const summary = `What differs in the published metadata: ${alarms.join(', ')}.`
    return { cause: 'metadata', severity: 'suspicious', summary, ...shown, evidence: { fields: differing, alarms } }
  }
  const listed = [...differing.map(titled), ...(a.description === b.description ? [] : ['the description'])]
  const summary = `The metadata asks for the same; what differs is written by the builder, or for people: ${listed.join(', ')}.`
  return { cause: 'metadata', severity: 'unexplained', summary, ...shown, evidence: { fields: differing } }
}

function alarmsOf(a: CoreMetadata, b: CoreMetadata, differing: readonly string[]): string[] {
  const decided = differing.filter((name) => decisive.has(name) && !asksForTheSame(name, a, b))
  const unknown = differing.filter((name) => !decisive.has(name) && !descriptive.has(name) && !(name in noted))
  const odd = differing.filter((name) => valuesOf(a, name).some((value) => noted[name]?.test(value) === false))
  const [words, others] = [wordsOf(a), wordsOf(b)]
  const ofWords = words === others ? undefined : explainText(words, others, 'text')
  const ofDocument = ofWords?.severity === 'suspicious' ? ((ofWords.evidence?.alarms ?? []) as string[]) : []
  return [
    ...new Set([
      ...[...decided, ...unknown, ...odd].map(titled),
      ...(ofWords?.severity === 'suspicious' && ofDocument.length === 0 ? ['words with data in them'] : ofDocument),
    ]),
  ]
}

/**
 * As Python's own parser reads it (email.parser with its `compat32` policy): what begins with a space goes on with the
 * field before, and an empty line ends the fields.
 */
export function parseCoreMetadata(text: string): CoreMetadata | undefined {
  // A carriage return alone ends a line there, too, and no builder writes one.
  if (/\r(?!\n)/.test(text)) return undefined
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  const end = lines.indexOf('')
  const head = end < 0 ? lines : lines.slice(0, end)
  const fields: Field[] = []
  for (const line of head) {
    const last = fields.at(-1)
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.value += `\n${line}`
      continue
    }
    const [, name, value = ''] = /^([A-Za-z][A-Za-z-]{0,40}):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined || fields.length === mostFields) return undefined
    fields.push({ name: name.toLowerCase(), value })
  }
  const first = fields[0]?.name
  if (first !== 'metadata-version' || !fields.some(({ name }) => name === 'name')) return undefined
  return { fields, description: end < 0 ? '' : lines.slice(end + 1).join('\n') }
}

/** What a field says, each time that it stands; nothing where it is no metadata. */
export function valuesOf(metadata: CoreMetadata | undefined, name: string): string[] {
  return (metadata?.fields ?? []).flatMap((field) => (field.name === name ? [field.value] : []))
}

function wordsOf(metadata: CoreMetadata): string {
  const { fields, description } = metadata
  const words = fields.filter(({ name }) => descriptive.has(name)).map(({ value }) => value)
  return `${words.join('\n')}\n${description}`
}

/** How a field is read that may stand several times, as a set; of the others the first counts. */
const sets: Record<string, (value: string) => string> = { 'requires-dist': spelled, 'provides-extra': normalised }
const single: Record<string, (value: string) => string> = { name: normalised, 'requires-python': bounds }

function asksForTheSame(name: string, a: CoreMetadata, b: CoreMetadata): boolean {
  const read = sets[name] ?? single[name] ?? ((value: string) => value)
  const [left, right] = [a, b].map((metadata) => valuesOf(metadata, name).map(read))
  const listed = (values: string[] = []) => (name in sets ? values.sort() : values).join('\n')
  return listed(left) === listed(right)
}

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
function normalised(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/**
 * A requirement in one spelling: its name normalised, bounds in the order of their letters and without parentheses, strings
 * of its marker in one kind of quotes. https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 */
function spelled(requirement: string): string {
  const [, name, extras = '', rest = '', marker = ''] =
    /^\s*([A-Za-z0-9][\w.-]{0,100})\s*(\[[^\]]{0,500}\])?\s*([^;@]{0,500})(;[\s\S]{0,1000})?$/.exec(requirement) ?? []
  if (name === undefined) return requirement
  const asked = extras
    .replace(/[[\]\s]/g, '')
    .split(',')
    .map(normalised)
    .sort()
    .join(',')
  return [normalised(name), asked, bounds(rest.trim().replace(/^\((.*)\)$/, '$1')), markerOf(marker)].join(' ')
}

function bounds(text: string): string {
  return text.replace(/\s+/g, '').split(',').sort().join(',')
}

function markerOf(marker: string): string {
  const quotes = marker.replace(/'([^'"]*)'/g, '"$1"')
  const spaced = quotes.replace(/\s*("[^"]*"|[<>=!~]=?=?|[();])\s*/g, ' $1 ').replace(/\s+/g, ' ')
  return spaced.replace(/\bextra == "([^"]*)"/g, (_, extra: string) => `extra == "${normalised(extra)}"`).trim()
}

function titled(name: string): string {
  return name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}
