import { isObject, type Json } from '../content/json.ts'
import { spellingOf } from '../content/repository-spelling.ts'
import { ownManifest } from './package-json-formatting.ts'
import type { ContentPass } from './pass.ts'

export const packageJsonRepository: ContentPass = {
  kind: 'content',
  id: 'package-json-repository',
  version: 1,
  formats: ['npm'],
  changes:
    "The repository in the package's own package.json is written in one way, as npm does, and the file formatted anew.",
  safe: 'It names the same place, and nothing that installs or loads a package reads it.',
  never:
    'Another host, owner or name, a folder in it, a field beside `type`, `url` and `directory`, and any other field.',
  apply(file) {
    const value = ownManifest(file)
    if (!isObject(value) || value.repository === undefined) return undefined
    const repository = inOneWay(value.repository)
    if (repository === undefined || JSON.stringify(repository) === JSON.stringify(value.repository)) return undefined
    const changed = { ...value, repository }
    return { text: `${JSON.stringify(changed, null, 2)}\n`, changed: `repository ${JSON.stringify(value.repository)}` }
  },
}

function inOneWay(repository: Json): Json | undefined {
  if (typeof repository === 'string') {
    const place = spellingOf(repository)
    return place === undefined ? undefined : { type: 'git', url: place }
  }
  if (!isObject(repository) || !Object.keys(repository).every((key) => ['type', 'url', 'directory'].includes(key))) {
    return undefined
  }
  const place = spellingOf(repository.url)
  if (place === undefined || (repository.type !== undefined && repository.type !== 'git')) return undefined
  const { directory } = repository
  return { type: 'git', url: place, ...(directory !== undefined && { directory }) }
}
