import { posix } from 'node:path'
import type { Published } from './published.ts'

/** Which program made a tarball, as far as its headers tell. */
export type Packer = {
  name: 'npm' | 'pnpm' | 'yarn' | 'lerna' | 'bun' | 'unknown'
  /** The versions of it that write such a tarball, as a range. */
  versions?: string
  /** One sentence. */
  says: string
}

/** 1985-10-26T08:15:00Z, which npm writes for every file since 5.8. */
export const npmTime = 499162500
/** 1984-06-22T21:50:00Z, of yarn 2 and later. */
const yarnTime = 456789000

type Headers = Omit<Published, 'others' | 'folders' | 'times' | 'owner'> & Partial<Pick<Published, 'others'>>

/**
 * Tells the packer from the gzip header and the first tar header. npm up to 5.3 wrote the file's own owner and time
 * through fstream; npm 5.7 wrote no time at all; node-tar in portable mode leaves the owner's fields empty; pnpm and yarn
 * use tar-stream, which fills them with zeros and writes the time with twelve digits. npm 7.0 turned the gzip header's
 * system to unknown, and 7.7 the compression to 9, which is there, too. lerna writes a commit into package.json, another one
 * than the source may have there.
 */
export function identifyPacker({ gzip, tar, files, manifest, others = 0 }: Headers, sourceManifest?: string): Packer {
  const header = gzip?.subarray(8, 10).toString('hex') ?? 'none'
  const owner = tar.subarray(108, 116).toString('latin1')
  const timeField = tar.subarray(136, 148).toString('latin1')
  const time = Number.parseInt(timeField, 8)
  const fieldsAreEmpty = owner === '\0'.repeat(8)
  const twelveDigits = /^0[0-7]{10} $/.test(timeField)
  const described = `gzip header ends in ${header}, owner fields are ${fieldsAreEmpty ? 'empty' : 'filled'}`

  const said = gitHeadOf(manifest)
  const isLerna = said !== undefined && said !== gitHeadOf(sourceManifest)
  if (fieldsAreEmpty && header === '00ff') return lernaOrNpm(isLerna, described)
  if (fieldsAreEmpty && time === npmTime) {
    const packer = npmOrBun(header, files, described)
    return isLerna ? orLerna(packer) : packer
  }
  if (fieldsAreEmpty && /^[\0 0]*$/.test(timeField)) {
    return { name: 'npm', versions: '>=5.7.0 <5.8.0', says: `${described}, times are of 1970: as npm 5.7 packs` }
  }
  if (fieldsAreEmpty) {
    return { name: 'npm', versions: '>=5.4.0 <5.7.0', says: `${described}, times are real: as npm 5.4 to 5.6 packs` }
  }
  if (twelveDigits && time === yarnTime) {
    return { name: 'yarn', versions: '>=2.0.0', says: `${described}, times are 1984: as yarn 2 and later packs` }
  }
  if (/^[0-7]{11} $/.test(timeField) && !fieldsAreEmpty && others > 0 && time !== npmTime) {
    return {
      name: 'yarn',
      versions: '<2.0.0',
      says: `${described}, folders are packed with their times: as yarn 1 packs`,
    }
  }
  if (twelveDigits && time === npmTime) return pnpmOf(files, `${described}, times have 12 digits`)
  if (header.startsWith('00') && !twelveDigits && files[0]?.path === 'package.json') {
    return { name: 'npm', versions: '<5.4.0', says: `${described}, owner and times are real: as npm before 5.4 packs` }
  }
  return { name: 'unknown', says: `${described}: as no known packer` }
}

/**
 * pnpm 8.6.1 to 8.14.1 put package.json behind all other files, whatever their order; tried with each of these. Before
 * 8.10.0 it packed an entry point that is written with `./` twice, once by that name.
 */
function pnpmOf(files: Published['files'], described: string): Packer {
  const paths = files.map(({ path }) => path)
  const twice = paths.find((path) => path.startsWith('./'))
  if (twice !== undefined) {
    const versions = paths.at(-1) === 'package.json' ? '>=8.6.1 <8.10.0' : '<8.6.1'
    return {
      name: 'pnpm',
      versions,
      says: `${described}, ${twice.slice(0, 200)} is packed by that name, too: as pnpm before 8.10 packs`,
    }
  }
  if (paths.at(-1) !== 'package.json') {
    const says = `${described}, package.json is not the last file: as pnpm before 8.6.1 or from 8.14.2 on packs`
    return { name: 'pnpm', versions: '<8.6.1 || >=8.14.2', says }
  }
  if (isSortedByExtension(paths)) return { name: 'pnpm', says: `${described}: as pnpm packs` }
  return {
    name: 'pnpm',
    versions: '>=8.6.1 <8.14.2',
    says: `${described}, package.json comes last: as pnpm 8.6.1 to 8.14.1 packs`,
  }
}

/** Lerna up to 6 packs with the libraries of npm up to 6, and what compresses is that of the Node that runs it. */
function orLerna(packer: Packer): Packer {
  if (packer.name !== 'npm' || packer.versions === '>=7.7.0') return packer
  const says = packer.says.replace(/: as .*/, ', package.json has a gitHead: as lerna packs with its libraries')
  return { ...packer, name: 'lerna', says }
}

function gitHeadOf(manifest: string | undefined): string | undefined {
  return manifest === undefined ? undefined : /^[ \t]*"gitHead"\s*:\s*("[^"\n]*")?/m.exec(manifest)?.[0].trim()
}

/** lerna packs with the libraries of that npm. */
function lernaOrNpm(isLerna: boolean, described: string): Packer {
  if (isLerna) {
    return { name: 'lerna', versions: '>=7.0.0', says: `${described}, package.json has a gitHead: as lerna packs` }
  }
  return { name: 'npm', versions: '>=7.0.0 <7.7.0', says: `${described}: as npm 7.0 to 7.6 packs` }
}

function npmOrBun(header: string, files: Published['files'], described: string): Packer {
  const paths = files.map(({ path }) => path)
  const byExtension = isSortedByExtension(paths)
  if (header === '02ff') {
    if (!byExtension) return { name: 'bun', says: `${described}, files are not ordered by extension: as bun packs` }
    return {
      name: 'npm',
      versions: '>=7.7.0',
      says: `${described}, files are ordered by extension: as npm 7.7 and later`,
    }
  }
  if (!header.startsWith('00')) return { name: 'unknown', says: `${described}: as no known packer` }
  const system = header === '0013' ? ', on macOS' : ''
  if (!byExtension) {
    const says = `${described}, files are not ordered by extension: as npm 5.8 to 6.9${system}`
    return { name: 'npm', versions: '>=5.8.0 <6.10.0', says }
  }
  // Few files may be in both orders.
  if (paths[0] === 'package.json') {
    return { name: 'npm', versions: '>=5.8.0 <7.0.0', says: `${described}: as npm 5.8 to 6.14${system}` }
  }
  const says = `${described}, files are ordered by extension: as npm 6.10 to 6.14${system}`
  return { name: 'npm', versions: '>=6.10.0 <7.0.0', says }
}

const english = new Intl.Collator('en')

/** The order that npm-packlist has put files in since 1.4: extension, then name, then path. */
function isSortedByExtension(paths: string[]): boolean {
  const keys = paths.map((path) => [posix.extname(path).toLowerCase(), posix.basename(path).toLowerCase(), path])
  return keys.every((key, index) => {
    const before = keys[index - 1]
    if (before === undefined) return true
    for (const [field, text] of key.entries()) {
      const order = english.compare(before[field] ?? '', text)
      if (order !== 0) return order < 0
    }
    return true
  })
}
