import { isObject, parseJson } from '../content/json.ts'
import { ownManifest } from './package-json-formatting.ts'
import type { ContentPass } from './pass.ts'

export const packageJsonGitHead: ContentPass = {
  kind: 'content',
  id: 'package-json-git-head',
  version: 2,
  formats: ['npm'],
  changes:
    "The gitHead that lerna writes into the package's own package.json is taken out, and the file formatted anew.",
  safe: 'npm and Node read no such field; it is only taken for a commit when it is 40 hexadecimal digits.',
  never:
    'Any other field, a gitHead of another form, two that name different commits, and a file that JSON.parse does not read as it is written.',
  apply(file) {
    const value = ownManifest(file)
    if (!isObject(value) || typeof value.gitHead !== 'string' || !/^[0-9a-f]{40}$/.test(value.gitHead)) return undefined
    const other = file.other === undefined ? undefined : parseJson(file.other)
    if (isObject(other) && other.gitHead !== undefined && other.gitHead !== value.gitHead) return undefined
    const { gitHead, ...rest } = value
    return { text: `${JSON.stringify(rest, null, 2)}\n`, changed: `gitHead ${gitHead}` }
  },
}
