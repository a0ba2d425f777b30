import { isObject, parseJson, repeatedKeys } from '../content/json.ts'
import type { ContentPass } from './pass.ts'

export const cargoVcsDirty: ContentPass = {
  kind: 'content',
  id: 'cargo-vcs-dirty',
  version: 1,
  formats: ['crate'],
  changes: 'In .cargo_vcs_info.json of a crate the flag `dirty` is taken out.',
  safe: 'cargo writes it for people and reads it nowhere; the files themselves are compared.',
  never: 'The commit, the path, a flag that is neither true nor false, and a file with other fields in it.',
  apply({ path, text }) {
    if (!/^[^/]+\/\.cargo_vcs_info\.json$/.test(path) || repeatedKeys(text).length > 0) return undefined
    const info = parseJson(text)
    if (!isObject(info) || !isObject(info.git) || typeof info.git.dirty !== 'boolean') return undefined
    const known = Object.keys(info).every((key) => key === 'git' || key === 'path_in_vcs')
    if (!known || !Object.keys(info.git).every((key) => key === 'sha1' || key === 'dirty')) return undefined
    // As cargo writes it, behind the commit; the rest of the text stays as it is.
    const plain = text.replace(/,\s*"dirty"\s*:\s*(?:true|false)(?=\s*\})/, '')
    return plain === text ? undefined : { text: plain, changed: `dirty: ${info.git.dirty}` }
  },
}
