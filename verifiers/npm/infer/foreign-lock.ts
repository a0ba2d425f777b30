import { isManager, type ManagerName } from './managers.ts'
import { type BuildManifest, inside } from './manifest.ts'
import type { SourceReader } from './reader.ts'

/** Lockfiles of package managers besides npm, by their names; of one manager's the newer kind first. */
export const foreignLocks = {
  'pnpm-lock.yaml': 'pnpm',
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'bun.lockb': 'bun',
} as const

type ForeignLock = {
  lockfile?: { path: string; version: number }
  format?: { range: string; from: string }
  unusable?: string
  stale?: string
}

/** A lockfile of another package manager than npm in a folder. */
export function foreignLockIn(
  source: SourceReader,
  directory: string,
  wanted?: ManagerName,
): { manager: ManagerName; path: string } | undefined {
  for (const [name, manager] of Object.entries(foreignLocks)) {
    const path = inside(directory, name)
    if ((wanted === undefined || wanted === manager) && source.has(path)) return { manager, path }
  }
  return undefined
}

/** The format of a lockfile, and whether it still fits the manifest beside it. */
export async function readForeignLock(
  source: SourceReader,
  directory: string,
  { manager, manifest }: { manager: ManagerName; manifest: BuildManifest },
): Promise<ForeignLock> {
  const path = foreignLockIn(source, directory, manager)?.path
  if (path === undefined || !isManager(manager)) return {}
  // The one of bun that is not text can only be read by bun.
  if (path.endsWith('.lockb')) return { lockfile: { path, version: 0 } }
  const text = await source.text(path)
  const known = text === undefined ? undefined : formats[manager](text)
  if (text === undefined || known === undefined) {
    return { unusable: `${path} is not a lockfile that ${manager} could read.` }
  }
  const { version, range } = known
  const format = { range, from: path }
  const stale = manager === 'yarn' && range === classicRange ? staleInClassic(text, manifest) : undefined
  return { lockfile: { path, version }, format, ...(stale !== undefined && { stale }) }
}

type Format = { version: number; range: string }

const classicRange = '>=1.0.0 <2.0.0'

/** What version each format has, and which versions of its program write it. */
const formats: Record<ManagerName, (text: string) => Format | undefined> = {
  pnpm(text) {
    const version = Number(/^lockfileVersion:\s*["']?(\d{1,2}(?:\.\d{1,2})?)/m.exec(text)?.[1])
    if (Number.isNaN(version)) return undefined
    // https://github.com/pnpm/spec/tree/master/lockfile
    if (version >= 9) return { version, range: '>=9.0.0' }
    if (version >= 6) return { version, range: '>=8.0.0 <9.0.0' }
    if (version >= 5.4) return { version, range: '>=7.0.0 <8.0.0' }
    return { version, range: version >= 5.3 ? '>=6.0.0 <7.0.0' : '>=3.0.0 <6.0.0' }
  },
  yarn(text) {
    if (/^# yarn lockfile v1$/m.test(text)) return { version: 1, range: classicRange }
    const version = Number(/^__metadata:\s+version: (\d{1,3})$/m.exec(text)?.[1])
    if (Number.isNaN(version)) return undefined
    if (version <= 4) return { version, range: '>=2.0.0 <3.0.0' }
    return { version, range: version < 7 ? '>=3.0.0 <4.0.0' : '>=4.0.0' }
  },
  bun(text) {
    const version = Number(/"lockfileVersion":\s*(\d{1,3})/.exec(text)?.[1])
    return Number.isNaN(version) ? undefined : { version, range: '>=1.2.0' }
  },
}

/** Each range that is asked for has an entry of its own, or yarn ends with --frozen-lockfile. */
function staleInClassic(text: string, manifest: BuildManifest): string | undefined {
  const keys = new Set(
    (text.match(/^[^\s#].*:$/gm) ?? []).flatMap((line) =>
      line
        .slice(0, -1)
        .split(', ')
        .map((key) => key.replace(/^"|"$/g, '')),
    ),
  )
  const wanted = { ...manifest.devDependencies, ...manifest.optionalDependencies, ...manifest.dependencies }
  const missing = Object.entries(wanted).find(
    // What is of the source itself has no entry, or another one.
    ([name, range]) => !/^(?:file|link|workspace|portal):|^[./~]/.test(range) && !keys.has(`${name}@${range}`),
  )
  return missing === undefined ? undefined : `${missing.join('@')} is not in it`
}
