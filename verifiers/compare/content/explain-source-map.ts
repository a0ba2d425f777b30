import { buildPath } from '../causes/build-path.ts'
import type { Stamp } from '../causes/stamps.ts'
import type { Severity } from '../difference.ts'
import { alarmsOfLiteral } from './alarms.ts'
import { explainJavaScript } from './explain-javascript.ts'
import type { Explanation } from './explanation.ts'
import { diffJson, isObject, type Json, parseJson } from './json.ts'
import { hasOnlyKnownFields, hasRealPositions } from './source-map-fields.ts'

/** Source maps, https://tc39.es/ecma426: nothing in them runs, but a debugger shows what they say the source is. */
export function explainSourceMap(
  published: string,
  rebuilt: string,
  program: Severity | undefined,
): Explanation | undefined {
  const [a, b] = [parseJson(published), parseJson(rebuilt)]
  if (!isObject(a) || !isObject(b)) return undefined
  const fields = [...new Set(diffJson(a, b).map(({ pointer }) => pointer.split('/')[1] ?? ''))]
  const evidence = { fields }
  if (fields.every((field) => placeFields.includes(field)) && sameFiles(a, b) && !leadsAway(a, b)) {
    const summary = 'The source map names the same source files in another folder.'
    return {
      cause: 'source-map-paths',
      severity: 'benign',
      summary,
      evidence: { ...evidence, sources: [first(a.sources), first(b.sources)] },
    }
  }
  if (fields.every((field) => field === 'sourcesContent') && sameTexts(a, b)) {
    const summary = 'The sources within the source map have other line ends, as on a checkout under Windows.'
    return { cause: 'line-endings', severity: 'benign', summary, evidence }
  }
  const stamps = fields.every((field) => field === 'sourcesContent') ? folderStamps(a, b) : []
  if (stamps.length > 0) {
    const summary = 'The sources within the source map name the folder that was built in.'
    return { cause: buildPath.id, severity: 'unexplained', summary, evidence: { ...evidence, stamps, allStamps: true } }
  }
  // What differs without a reason in the sources could be anything, also where the program has another reason to differ.
  const isReal = hasRealPositions(a, b) && hasOnlyKnownFields(a)
  if (isReal && program !== undefined && (program === 'suspicious' || onlyPositions(fields, a, b))) {
    const summary = 'The source map differs, as it must where its program differs.'
    return { cause: 'source-map', severity: 'unexplained', summary, evidence }
  }
  const isOrder = sameSources(a, b) && fields.every((field) => sourceFields.includes(field))
  if (isReal && (isOrder || fields.every((field) => field === 'mappings' || field === 'names'))) {
    const summary =
      'The source map places the same sources otherwise in a program that is the same, as another version of its compiler does.'
    return { cause: 'source-map-positions', severity: 'unexplained', summary, evidence }
  }
  const summary = `The source map tells something else (${fields.join(', ')}) about a program that is the same.`
  return { cause: 'source-map', severity: 'suspicious', summary, evidence }
}

const placeFields = ['sources', 'sourceRoot', 'file']
const sourceFields = ['sources', 'sourcesContent', 'mappings', 'names']

/** Each source with its text, in whatever order and with whatever line ends; without the text nothing says that it is the same. */
function sameSources(a: { [key: string]: Json }, b: { [key: string]: Json }): boolean {
  const [left, right] = [a, b].map(({ sources, sourcesContent }) => {
    if (!Array.isArray(sources) || !Array.isArray(sourcesContent) || sources.length !== sourcesContent.length)
      return undefined
    const texts = sourcesContent.flatMap((text) => (typeof text === 'string' ? text.replaceAll('\r\n', '\n') : []))
    if (texts.length < sources.length) return undefined
    return sources
      .map((source, at) => JSON.stringify([source, texts[at]]))
      .sort()
      .join('\n')
  })
  return left !== undefined && left === right
}

/** Whether a debugger would fetch what the rebuild does not name: from the network, or by another name. */
function leadsAway(a: { [key: string]: Json }, b: { [key: string]: Json }): boolean {
  const places = (map: { [key: string]: Json }) => JSON.stringify([map.sourceRoot ?? '', map.sources ?? []])
  const name = ({ file }: { [key: string]: Json }) => (typeof file === 'string' ? file.replace(/^.*[\\/]/, '') : '')
  const addresses = (map: { [key: string]: Json }) => alarmsOfLiteral(places(map)).includes('an address')
  // Without their text the sources are read from where the map says.
  const withoutText =
    !Array.isArray(a.sourcesContent) && /"(?:[a-z]+:\/\/)?\/(?:etc|root|proc|sys|dev)\/|\/\.\w/i.test(places(a))
  return name(a) !== name(b) || (addresses(a) && !addresses(b)) || withoutText
}

const longestStamp = 4096

/** Sources that a bundler has made up, of the addresses of files: none where anything else differs. */
function folderStamps(a: { [key: string]: Json }, b: { [key: string]: Json }): Stamp[] {
  const [left, right] = [a.sourcesContent, b.sourcesContent]
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return []
  const others = left.flatMap((published, at) => (published === right[at] ? [] : [[published, right[at]] as const]))
  const stamps = others.flatMap(([published, rebuilt]): Stamp[] => {
    if (typeof published !== 'string' || typeof rebuilt !== 'string') return []
    if (Math.max(published.length, rebuilt.length) > longestStamp) return []
    const isPath = buildPath.mask(published) === buildPath.mask(rebuilt)
    return isPath ? [{ causes: [buildPath.id], published, rebuilt }] : []
  })
  return stamps.length === others.length && stamps.length <= mostStamps ? stamps : []
}

const mostStamps = 8

/** A stamp of another length moves what stands behind it; the sources can have the same stamps. */
function onlyPositions(fields: string[], a: { [key: string]: Json }, b: { [key: string]: Json }): boolean {
  if (!fields.every((field) => ['mappings', 'names', 'sourcesContent'].includes(field))) return false
  const [left, right] = [a.sourcesContent ?? [], b.sourcesContent ?? []]
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
  return left.every((text, index) => {
    const other = right[index]
    if (text === other) return true
    return (
      typeof text === 'string' && typeof other === 'string' && explainJavaScript(text, other).severity !== 'suspicious'
    )
  })
}

function sameTexts(a: { [key: string]: Json }, b: { [key: string]: Json }): boolean {
  const plain = (map: { [key: string]: Json }) =>
    JSON.stringify(map.sourcesContent, (_, text) => (typeof text === 'string' ? text.replaceAll('\r\n', '\n') : text))
  return plain(a) === plain(b)
}

function sameFiles(a: { [key: string]: Json }, b: { [key: string]: Json }): boolean {
  const names = ({ sources }: { [key: string]: Json }) =>
    Array.isArray(sources)
      ? sources.map((source) => (typeof source === 'string' ? source.slice(source.lastIndexOf('/') + 1) : ''))
      : []
  return JSON.stringify(names(a)) === JSON.stringify(names(b))
}

function first(list: Json | undefined): Json {
  return Array.isArray(list) ? (list[0] ?? null) : null
}
