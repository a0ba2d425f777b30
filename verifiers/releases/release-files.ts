import type { Readable } from 'node:stream'
import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import { defaultTarballLimits, readTarball } from '../npm/tarball.ts'

/** What a release has that programs are made of. */
export type Release = {
  name: string
  version: string
  manifest: ReleaseManifest
  /** Text of its programs, by the package's name and the path in it. */
  files: ReadonlyMap<string, string>
}

const ranges = z.record(z.string().max(256), z.string().max(1024).catch('')).catch({})
const manifestSchema = z.object({
  name: z.string().max(256),
  version: z.string().max(256),
  dependencies: ranges.optional(),
  optionalDependencies: ranges.optional(),
  peerDependencies: ranges.optional(),
  /** Which file is loaded for which wish. */
  main: z.unknown().optional(),
  module: z.unknown().optional(),
  browser: z.unknown().optional(),
  exports: z.unknown().optional(),
  imports: z.unknown().optional(),
  type: z.unknown().optional(),
  sideEffects: z.unknown().optional(),
})
export type ReleaseManifest = z.infer<typeof manifestSchema>

/** In bytes: of one file, and of all that is kept of one release. */
const largestFile = 512 * 1024
const mostKept = 2 * 1024 * 1024
/** A package of programs is no larger when it is unpacked; what is larger is not read. In bytes. */
const unpacked = 64 * 1024 * 1024

const program = /\.[cm]?js$/

/**
 * Reads the programs of a release.
 *
 * @returns `undefined` where it is larger than what is put into programs, or its package.json is none
 * @throws {Problem} ARCHIVE_INVALID
 */
export async function readRelease(source: Readable, what: string, signal: AbortSignal): Promise<Release | undefined> {
  const files = new Map<string, string>()
  let manifest: unknown
  let kept = 0
  try {
    await readTarball({
      ...{ source, what, signal, limits: { ...defaultTarballLimits, unpacked, entries: 20_000 } },
      onEntry({ path, type, size }) {
        const inside = path.replace(/^\.?\/?[^/]+\//, '')
        const isManifest = inside === 'package.json'
        if (type !== 'File' || size > largestFile || !(isManifest || program.test(inside))) return undefined
        if (kept + size > mostKept) return undefined
        kept += size
        const chunks: Uint8Array[] = []
        return {
          data: (chunk) => chunks.push(chunk),
          end() {
            const text = Buffer.concat(chunks).toString('utf8')
            if (isManifest) manifest = parsed(text)
            else files.set(inside, text)
          },
        }
      },
    })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Problem && error.code === 'ARCHIVE_LIMIT_EXCEEDED') return undefined
    throw error
  }
  const read = manifestSchema.safeParse(manifest).data
  if (read === undefined) return undefined
  const { name, version } = read
  return { name, version, manifest: read, files: new Map([...files].map(([path, text]) => [`${name}/${path}`, text])) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether both releases lead whoever asks for the package to the same files. */
export function leadToTheSame(one: ReleaseManifest, other: ReleaseManifest): boolean {
  return doorsOf(one) === doorsOf(other)
}

/** https://nodejs.org/api/packages.html#package-entry-points, and what bundlers read besides. */
function doorsOf({ main, module, browser, exports, imports, type = 'commonjs', sideEffects }: ReleaseManifest): string {
  const entry = exports === undefined ? mainOf({ main, module, browser }) : withoutTypes(exports)
  return JSON.stringify([entry, imports ?? null, type, sideEffects ?? null])
}

function mainOf({ main, module, browser }: Pick<ReleaseManifest, 'main' | 'module' | 'browser'>): unknown {
  const file = main === undefined ? './index.js' : plainPath(main)
  return module === undefined && browser === undefined ? file : { main: file, module, browser }
}

/** Without conditions of which TypeScript is the only one to ask, and without writing one file as a list of one. */
function withoutTypes(exports: unknown): unknown {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return plainPath(exports)
  const entries = Object.entries(exports).filter(([key]) => key !== 'types' && !key.startsWith('types@'))
  const [[key, value] = []] = entries
  if (entries.length === 1 && (key === '.' || key === 'default')) return withoutTypes(value)
  // Their order decides.
  return entries.map(([key, value]) => [key, withoutTypes(value)])
}

function plainPath(path: unknown): unknown {
  return typeof path === 'string' && !path.startsWith('./') ? `./${path}` : path
}
