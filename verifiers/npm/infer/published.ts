import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { type Owner, ownerSchema } from '../../model/recipe.ts'
import { readTarball } from '../tarball.ts'

export type PublishedFile = {
  /** Inside the package: without the folder that every entry begins with. */
  path: string
  size: number
  mode: number
  /** git's blob id of its content. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
  blob: string
  /**
   * Of a file with the line ends of Windows the id that it has without them, as git keeps what it has given these.
   * https://git-scm.com/docs/gitattributes#_end_of_line_conversion
   */
  unixBlob?: string
}

/** What the published tarball itself says of how it was made. */
export type Published = {
  /** Files in the archive's order; a path that comes twice is there twice. */
  files: PublishedFile[]
  /** Entries that are not files: npm packs none. */
  others: number
  /** Modes of folders, where the packer packs those, by their paths; of the package's own folder by `''`. */
  folders: ReadonlyMap<string, number>
  /** When files and folders were written, in seconds since 1970, by their paths; of the package's own folder by `''`. */
  times: ReadonlyMap<string, number>
  /** Of all its entries, where they have the same one. */
  owner: Owner | undefined
  /** Text of its package.json. */
  manifest: string | undefined
  /** The ten bytes of the gzip header; `undefined` where it is not compressed. */
  gzip: Buffer | undefined
  /** The header block of the first entry. */
  tar: Buffer
}

const manifestLimit = 4 * 1024 * 1024
/** In bytes; larger files are looked at as they are. */
const textLimit = 1024 * 1024

/** @param algorithm of the source's object ids */
export async function readPublished(options: {
  source: Readable
  what: string
  algorithm: 'sha1' | 'sha256'
  signal: AbortSignal
}): Promise<Published> {
  const { source, what, algorithm, signal } = options
  const files: PublishedFile[] = []
  const folders = new Map<string, number>()
  const times = new Map<string, number>()
  const owners = new Set<string>()
  let others = 0
  let manifest: string | undefined
  const headers = await readTarball({
    source,
    what,
    signal,
    onEntry({ path, type, size, mode, uid, gid, seconds }) {
      owners.add(`${uid}:${gid}`)
      const place = path.replace(/^\.?\/?[^/]+(?:\/|$)/, '').replace(/\/+$/, '')
      const isInside = !place.split('/').includes('..')
      if (seconds !== undefined && seconds >= 0 && isInside) times.set(place, seconds)
      if (type === 'Directory' && isInside) folders.set(place, mode & 0o777)
      if (type !== 'File' && type !== 'OldFile' && type !== 'ContiguousFile') {
        others += 1
        return undefined
      }
      const inPackage = path.replace(/^\.?\/?[^/]+\//, '')
      const hash = createHash(algorithm).update(`blob ${size}\0`)
      const isManifest = inPackage === 'package.json' && size <= manifestLimit
      const kept: Uint8Array[] | undefined = isManifest || size <= textLimit ? [] : undefined
      return {
        data(chunk) {
          hash.update(chunk)
          kept?.push(chunk)
        },
        end() {
          const bytes = kept && Buffer.concat(kept)
          const unixBlob = bytes && unixBlobOf(bytes, algorithm)
          const file = { path: inPackage, size, mode: mode & 0o7777, blob: hash.digest('hex') }
          files.push({ ...file, ...(unixBlob !== undefined && { unixBlob }) })
          if (isManifest) manifest = bytes?.toString('utf8')
        },
      }
    },
  })
  const [uid, gid] = owners.size === 1 ? [...owners].flatMap((one) => one.split(':').map(Number)) : []
  const { data: owner } = ownerSchema.safeParse({ uid, gid })
  return { files, others, folders, times, owner, manifest, ...headers }
}

function unixBlobOf(bytes: Buffer, algorithm: 'sha1' | 'sha256'): string | undefined {
  if (!bytes.includes('\r\n')) return undefined
  const text = Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
  return createHash(algorithm).update(`blob ${text.length}\0`).update(text).digest('hex')
}

/** Ids that files have in git where only line ends tell them from the published ones. */
export function unixBlobs({ files }: Pick<Published, 'files'>): Map<string, string> {
  return new Map(files.flatMap(({ path, unixBlob }) => (unixBlob === undefined ? [] : [[path, unixBlob] as const])))
}
