import { encoded } from '../names.ts'
import type { ContentPass, PassedFile } from './pass.ts'

/** What build tools note in the main section; nothing at run time reads it. */
const stamps = new Set([
  'ant-version',
  'archiver-version',
  'bnd-lastmodified',
  'build-date',
  'build-host',
  'build-jdk',
  'build-jdk-spec',
  'build-os',
  'build-time',
  'build-timestamp',
  'build-user',
  'built-by',
  'built-date',
  'built-jdk',
  'created-by',
  'originally-created-by',
  'source-date-epoch',
])

/** A time, a version, a name or a system; a line has at most 72 bytes, and what does not fit goes on in the next. */
const plain = /^[\w .,:()@+/-]{0,72}\r?$/

export const jarManifestStamps: ContentPass = {
  kind: 'content',
  id: 'jar-manifest-stamps',
  version: 2,
  formats: ['jar'],
  changes:
    'In the main section of META-INF/MANIFEST.MF lines such as Build-Time, Built-By and Created-By are taken out.',
  safe: 'The Java virtual machine and class loaders act on none of them (JAR File Specification, "Main Attributes").',
  never:
    'Main-Class, Class-Path, Premain-Class, Launcher-Agent-Class, Multi-Release, Sealed, what OSGi reads, any unknown name, values that are long or more than words and versions, the sections of single entries with their digests, and a manifest of a signed archive.',
  apply({ path, text, fileOf }) {
    if (path !== 'META-INF/MANIFEST.MF' || isSigned(text, fileOf)) return undefined
    // https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html#manifest-specification
    const lines = text.split('\n')
    // A carriage return alone ends a line, too, and nothing that builds writes one.
    if (/\r(?!\n)/.test(text)) return undefined
    const end = lines.findIndex((line) => line.replace(/\r$/, '') === '')
    const main = end < 0 ? lines : lines.slice(0, end)
    const removed: string[] = []
    let removing = false
    const kept = main.filter((line) => {
      if (line.startsWith(' ')) return !(removing && plain.test(line) && !encoded.test(line))
      const [, name, value = ''] = /^([A-Za-z0-9][A-Za-z0-9_-]{0,69}): (.*)/.exec(line) ?? []
      removing = name !== undefined && stamps.has(name.toLowerCase()) && plain.test(value) && !encoded.test(value)
      if (removing && name !== undefined) removed.push(name)
      return !removing
    })
    if (removed.length === 0) return undefined
    return { text: [...kept, ...(end < 0 ? [] : lines.slice(end))].join('\n'), changed: removed.join(', ') }
  },
}

/** Digests of entries stand in their sections; with them the manifest itself is signed. */
function isSigned(text: string, fileOf: PassedFile['fileOf']): boolean {
  return /^(?:SHA|MD)[\w-]*-Digest(?:-Manifest)?: /im.test(text) || fileOf?.('META-INF/SIGNATURE.SF') !== undefined
}
