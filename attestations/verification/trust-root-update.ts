import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEFAULT_MIRROR_URL, initTUF, type TUF } from '@sigstore/tuf'
import { Problem } from '../../verifiers/model/problem.ts'
import { lockFolder } from '../../verifiers/store/runs.ts'
import { temporaryFolder } from '../../verifiers/store/temporary.ts'
import { readBounded } from './bounded-file.ts'
import { embeddedTargetNames } from './embedded-root.ts'
import { messageOf } from './model.ts'
import { trustRootsFrom } from './trust-root.ts'
import {
  keepUpdated,
  readRepository,
  repositoryId,
  stored,
  trustFolder,
  type UpdatedTrust,
} from './trust-root-in-use.ts'

export type UpdateOptions = {
  stateFolder: string
  /** Of a TUF repository; without one that of the public-good instance. */
  mirror?: string
  /** File with the first root of that repository, which its owner gave to you on another way. */
  root?: string
  now: () => Date
  signal: AbortSignal
  /** For one answer, and for all of it; in milliseconds. */
  limits?: { answer: number; whole: number; retries: number }
}

const patience = { answer: 15_000, whole: 120_000, retries: 2 }

/** A TUF root has 5 KB. */
const largestRoot = 512_000

/**
 * Fetches the trusted root of a TUF repository (https://theupdateframework.github.io/specification/latest/#detailed-client-workflow)
 * and uses it from now on: what is expired, older than what is known, or not signed by enough of the repository's keys is
 * refused, and all stays as it was.
 *
 * @throws {Problem} USAGE, FILE_UNREADABLE, RUN_BUSY, TRUST_UPDATE_FAILED, TRUST_ROOT_INVALID
 */
export async function updateTrust(options: UpdateOptions): Promise<UpdatedTrust> {
  const { stateFolder, now, signal } = options
  const mirror = checkedMirror(options)
  const firstRoot = options.root === undefined ? undefined : await readBounded(options.root, largestRoot)
  const firstRootSha256 = firstRoot && createHash('sha256').update(firstRoot).digest('hex')
  const id = repositoryId(mirror, firstRootSha256)
  await mkdir(trustFolder(stateFolder), { recursive: true })
  const unlock = await lockFolder(trustFolder(stateFolder))
  if (!unlock) throw new Problem('RUN_BUSY', 'Another process is updating the trusted root.', { hint: 'Wait for it.' })
  try {
    const fetched = await fetchTargets({ options, mirror, firstRoot, known: await knownOf(stateFolder, id) })
    signal.throwIfAborted()
    const updated: UpdatedTrust = {
      schema: 'https://reproof.dev/trust/v1',
      mirror,
      ...(firstRootSha256 !== undefined && { firstRoot: firstRootSha256 }),
      updatedAt: now().toISOString(),
      ...fetched,
    }
    await keepUpdated(stateFolder, id, updated)
    return updated
  } finally {
    await unlock()
  }
}

/** What is damaged is fetched again; that an older release could now pass for a new one is the price of it. */
async function knownOf(stateFolder: string, id: string): Promise<UpdatedTrust | undefined> {
  try {
    return await readRepository(stateFolder, id)
  } catch (error) {
    if (error instanceof Problem && error.code === 'TRUST_ROOT_INVALID') return undefined
    throw error
  }
}

type Fetched = Pick<UpdatedTrust, 'trustedRoot' | 'registryKeys' | 'metadata'>

async function fetchTargets({
  options,
  mirror,
  firstRoot,
  known,
}: {
  options: UpdateOptions
  mirror: string
  firstRoot: Buffer | undefined
  known: UpdatedTrust | undefined
}): Promise<Fetched> {
  await using temporary = await temporaryFolder('reproof-tuf-')
  const { pathname, host } = new URL(mirror)
  // The library's own place for this repository: a root that lies there wins over the one that is given.
  const folder = join(temporary.path, encodeURIComponent(host + pathname.replace(/\/$/, '')))
  await mkdir(folder)
  for (const [name, content] of Object.entries(known?.metadata ?? {})) await writeFile(join(folder, name), content)
  const rootPath = join(temporary.path, 'first-root.json')
  if (firstRoot) await writeFile(rootPath, firstRoot)
  const { limits = patience } = options
  const work = async (): Promise<Omit<Fetched, 'metadata'>> => {
    const tuf = await initTUF({
      mirrorURL: mirror,
      cachePath: temporary.path,
      ...(firstRoot && { rootPath }),
      timeout: limits.answer,
      retry: { retries: limits.retries, minTimeout: 500 },
    })
    return await targetsOf(tuf, mirror)
  }
  const fetched = await within(limits.whole, work(), options.signal).catch((error: unknown) => {
    options.signal.throwIfAborted()
    throw refused(mirror, error)
  })
  // Refused here, and not at the next verification.
  trustRootsFrom(Buffer.from(fetched.trustedRoot.content), `the trusted root of ${mirror}`)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const metadata = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  )
  return { ...fetched, metadata: Object.fromEntries(metadata) }
}

async function targetsOf(tuf: TUF, mirror: string): Promise<Omit<Fetched, 'metadata'>> {
  const { trustedRoot, registryKeys } = embeddedTargetNames()
  const root = stored(await tuf.getTarget(trustedRoot))
  // Only the public instance has the keys of the registry.
  if (mirror !== DEFAULT_MIRROR_URL) return { trustedRoot: root }
  return { trustedRoot: root, registryKeys: stored(await tuf.getTarget(registryKeys)) }
}

/** @throws {Problem} USAGE */
function checkedMirror({ mirror = DEFAULT_MIRROR_URL, root }: UpdateOptions): string {
  const url = URL.parse(mirror)
  const isLocal = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) || url.username || url.password) {
    throw new Problem('USAGE', `${mirror} is no address of a TUF repository.`, {
      hint: 'Give its https address, without user and password.',
    })
  }
  if (mirror !== DEFAULT_MIRROR_URL && root === undefined) {
    throw new Problem(
      'USAGE',
      'The first root of that repository is missing: without it anybody could be the repository.',
      {
        hint: 'Give --root with the root.json that its owner gave to you.',
      },
    )
  }
  return mirror.replace(/\/+$/, '')
}

/** The library knows no signal and no end; what it still does then is done in a folder that goes. */
async function within<T>(milliseconds: number, work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)])
  const end = Promise.withResolvers<never>()
  const stop = () => end.reject(late.reason)
  late.addEventListener('abort', stop, { once: true })
  if (late.aborted) stop()
  try {
    return await Promise.race([work, end.promise])
  } finally {
    late.removeEventListener('abort', stop)
    work.catch(() => undefined)
    end.promise.catch(() => undefined)
  }
}

function refused(mirror: string, error: unknown): Problem {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  const reason = messageOf(cause).split('\n', 1)[0]?.slice(0, 500)
  return new Problem(
    'TRUST_UPDATE_FAILED',
    `The trusted root of ${mirror} could not be fetched and believed: ${reason}.`,
    {
      hint: 'What was trusted before is still trusted. See that the repository can be reached, and that it is the right one.',
      cause: error,
    },
  )
}
