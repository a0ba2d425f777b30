import type { Explanation } from './explanation.ts'
import { diffJson, isObject, type Json, parseJson } from './json.ts'

/** Source maps, https://tc39.es/ecma426: nothing in them runs, but a debugger shows what they say the source is. */
export function explainSourceMap(published: string, rebuilt: string, programDiffers: boolean): Explanation | undefined {
  const [a, b] = [parseJson(published), parseJson(rebuilt)]
  if (!isObject(a) || !isObject(b)) return undefined
  const fields = [...new Set(diffJson(a, b).map(({ pointer }) => pointer.split('/')[1] ?? ''))]
  const evidence = { fields }
  if (fields.every((field) => field === 'sources' || field === 'sourceRoot' || field === 'file') && sameFiles(a, b)) {
    const summary = 'The source map names the same source files in another folder.'
    return {
      cause: 'source-map-paths',
      severity: 'benign',
      summary,
      evidence: { ...evidence, sources: [first(a.sources), first(b.sources)] },
    }
  }
  if (programDiffers) {
    const summary = 'The source map differs, as it must where its program differs.'
    return { cause: 'source-map', severity: 'unexplained', summary, evidence }
  }
  const summary = `The source map tells something else (${fields.join(', ')}) about a program that is the same.`
  return { cause: 'source-map', severity: 'suspicious', summary, evidence }
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
