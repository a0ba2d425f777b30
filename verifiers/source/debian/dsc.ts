import { z } from 'zod'
import { Problem } from '../../model/problem.ts'
import { type ListedFile, listedFiles, parseStanza, type Stanza } from '../deb822.ts'

/** What a .dsc says: https://www.debian.org/doc/debian-policy/ch-controlfields.html#debian-source-control-files-dsc */
export type SourceControl = {
  name: string
  version: string
  /** Tarballs as upstream released them: the main one has the component `''`. */
  upstream: (ListedFile & { component: string })[]
  /** Everything that the .dsc lists. */
  files: ListedFile[]
}

/** Plain names: of no folder, hidden by nothing, and no option. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]{0,254}$/)
const mostFiles = 64

/** @throws {Problem} SOURCE_REFUSED when a file name leads elsewhere, or the .dsc is of another package */
export function parseDsc(text: string, expected: { name: string; version: string }): SourceControl {
  const stanza = parseStanza(text)
  const name = stanza.get('source')
  const version = stanza.get('version')
  if (name !== expected.name || version !== expected.version) {
    throw refused(expected, `is of ${JSON.stringify(`${name} ${version}`.slice(0, 200))}`)
  }
  const files = safeFiles(stanza, expected)
  const tarballs = files.filter(({ name }) => /\.tar\.(?:gz|xz|bz2|lzma|zst)$/.test(name))
  const upstream = tarballs.flatMap((file) => {
    const [, component] = /\.orig(?:-([A-Za-z0-9-]+))?\.tar\.\w+$/.exec(file.name) ?? []
    return /\.orig(?:-[A-Za-z0-9-]+)?\.tar\.\w+$/.test(file.name) ? [{ ...file, component: component ?? '' }] : []
  })
  // A native package has one tarball, which is its own upstream.
  const native = tarballs.filter(({ name }) => !/\.(?:orig|debian)(?:-[A-Za-z0-9-]+)?\.tar\./.test(name))
  const all = upstream.length > 0 ? upstream : native.slice(0, 1).map((file) => ({ ...file, component: '' }))
  if (!all.some(({ component }) => component === '')) throw refused(expected, 'lists no upstream tarball')
  return { name, version, upstream: all, files }
}

/** The checksums of `Sources` and of a .dsc, when all of their names are safe. */
export function safeFiles(stanza: Stanza, package_: { name: string; version: string }): ListedFile[] {
  const files = listedFiles(stanza.get('checksums-sha256'))
  const unsafe = files.find(({ name }) => !fileName.safeParse(name).success)
  if (unsafe) throw refused(package_, `lists a file ${JSON.stringify(unsafe.name.slice(0, 200))}`)
  if (files.length > mostFiles) throw refused(package_, `lists more than ${mostFiles} files`)
  return files
}

function refused({ name, version }: { name: string; version: string }, reason: string): Problem {
  return new Problem(
    'SOURCE_REFUSED',
    `The source package ${name} ${version} cannot be used: its description ${reason}.`,
    {
      hint: 'Use another mirror.',
    },
  )
}
