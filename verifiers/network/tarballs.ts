import { Problem } from '../model/problem.ts'
import type { Content, ContentStore } from '../store/content.ts'
import type { Declaration } from './declarations.ts'
import { type Delivery, keptBack } from './delivery.ts'
import {
  assertConsistent,
  expectedOf,
  isStrong,
  meets,
  mismatch,
  type Requirement,
  requirementOf,
} from './integrity.ts'
import type { NetworkLimits } from './limits.ts'
import { purlOf, tarballPath } from './names.ts'
import type { Packuments } from './packuments.ts'
import type { Upstream, UpstreamAnswer } from './upstream.ts'

export type TarballsOptions = {
  store: ContentStore
  upstream: Upstream
  packuments: Packuments
  limits: NetworkLimits
}

type TarballRequest = {
  registry: URL
  name: string
  version: string
  /** What the lockfile says of this tarball. */
  declared: Declaration[]
  delivery: Delivery
}

type Delivered = {
  purl: string
  content: Content
  from: 'cache' | 'network'
  declaredBy: 'lockfile' | 'registry' | 'nobody'
}

export type Tarballs = {
  /**
   * Passes a package's tarball on, from the store or from its registry. A strong digest in the lockfile decides alone;
   * otherwise the packument at the run's moment must have the version, and its digest has to match as well. What the
   * package manager checks with its lockfile by itself may be missing there.
   *
   * @throws {Problem} VERSION_NOT_FOUND, DEPENDENCY_INTEGRITY_MISMATCH, ARTIFACT_TOO_LARGE, and what
   * {@link Upstream.get} throws. The delivery may have started by then.
   */
  deliver(request: TarballRequest): Promise<Delivered>
}

type Job = Omit<TarballRequest, 'declared'> & { key: string; requirements: Requirement[] }

export function openTarballs(options: TarballsOptions): Tarballs {
  const underway = new Map<string, Promise<Content>>()

  /** The first who asks gets the bytes as they arrive; whoever asks meanwhile gets them from the store. */
  async function obtain(job: Job): Promise<Pick<Delivered, 'content' | 'from'>> {
    const stored = await deliverStored(job, options)
    if (stored) return { content: stored, from: 'cache' }
    const other = underway.get(job.key)
    if (other) {
      await other
      return obtain(job)
    }
    const download = fetchTarball(job, options).finally(() => underway.delete(job.key))
    underway.set(job.key, download)
    return { content: await download, from: 'network' }
  }

  return {
    async deliver({ declared, ...request }) {
      const requirements = await requirementsOf({ declared, ...request }, options)
      const key = `npm:tarball:${request.registry.href}:${request.name}@${request.version}`
      const obtained = await obtain({ ...request, key, requirements })
      return { ...obtained, purl: purlOf(request.name, request.version), declaredBy: requirements[0]?.by ?? 'nobody' }
    },
  }
}

async function requirementsOf(
  { registry, name, version, declared }: TarballRequest,
  { packuments }: TarballsOptions,
): Promise<Requirement[]> {
  // Several lockfile entries of one version are alternatives, and so are several hashes in one integrity.
  const pinned = requirementOf('lockfile', declared.map(({ integrity }) => integrity ?? '').join(' '))
  if (pinned && isStrong(pinned)) return [pinned]
  const { versions } = await packuments.view(registry, name)
  const dist = versions.get(version)
  // A mirror may have the file of a version that its metadata no longer lists.
  if (!dist && !pinned && !declared.some(({ checked }) => checked)) {
    throw new Problem('VERSION_NOT_FOUND', `${registry.host} has no ${name}@${version} at this run's moment.`, {
      hint: 'It was published later, was removed, or never existed; the lockfile does not pin it either.',
    })
  }
  const shasum = dist?.shasum === undefined ? undefined : `sha1-${Buffer.from(dist.shasum, 'hex').toString('base64')}`
  const published = requirementOf('registry', dist?.integrity) ?? requirementOf('registry', shasum)
  const requirements = [pinned, published].filter((requirement) => requirement !== undefined)
  assertConsistent(requirements, `${name}@${version}`)
  return requirements
}

async function deliverStored(job: Job, { store }: TarballsOptions): Promise<Content | undefined> {
  const known = await store.lookUp(job.key)
  // What damage would break off in the middle is read through before.
  const content = known && known.size > keptBack ? await store.recall(job.key) : known
  if (!content || !meets(content, job.requirements)) return undefined
  try {
    job.delivery.announce(content.size)
    for await (const chunk of store.read(content.digests.sha512)) await job.delivery.write(chunk)
    await job.delivery.finish()
    return content
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'STORE_DAMAGED')) throw error
    await store.discard(content.digests.sha512)
    if (!job.delivery.restart()) throw error
    return undefined
  }
}

/** From where every registry has it; where this one does not, from where its packument says, inside the registry. */
async function fetchTarball(job: Job, options: TarballsOptions): Promise<Content> {
  const { registry, name, version } = job
  const usual = tarballPath(name, version)
  try {
    return await fetchFrom(usual, job, options)
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'VERSION_NOT_FOUND')) throw error
    const { versions } = await options.packuments.view(registry, name)
    const url = URL.parse(versions.get(version)?.tarball ?? '')
    // Another host is never asked: the answer of a registry must not choose addresses.
    const isInside = url?.hostname === registry.hostname && url.pathname.startsWith(registry.pathname)
    const path = url?.pathname.slice(registry.pathname.length)
    if (!isInside || path === undefined || path === usual) throw error
    return await fetchFrom(path, job, options)
  }
}

async function fetchFrom(path: string, job: Job, { store, upstream, limits }: TarballsOptions): Promise<Content> {
  const { registry, delivery, requirements, key } = job
  const what = `${job.name}@${job.version}`
  return await upstream.get({ registry, path, compressed: false, totalMs: limits.tarballMs }, async (answer) => {
    assertFound(answer, registry, what)
    if (!delivery.restart()) throw new Problem('REGISTRY_ERROR', `${registry.host} stopped in the middle of ${what}.`)
    const size = Number(answer.headers['content-length'])
    if (Number.isSafeInteger(size)) delivery.announce(size)
    const content = await store.write(passedOn(answer, delivery), {
      limit: limits.tarballBytes,
      expected: expectedOf(requirements),
      what,
      mismatch: 'DEPENDENCY_INTEGRITY_MISMATCH',
      tooLarge: 'ARTIFACT_TOO_LARGE',
    })
    if (
      !meets(
        content,
        requirements.filter(({ algorithm }) => algorithm !== 'sha384'),
      )
    ) {
      await store.discard(content.digests.sha512)
      throw mismatch(`${what} is none of what the lockfile declares.`, { actual: content.digests.sha512 })
    }
    await store.remember(key, content)
    await delivery.finish()
    return content
  })
}

async function* passedOn({ body }: UpstreamAnswer, delivery: Delivery): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    await delivery.write(chunk)
    yield chunk
  }
}

function assertFound({ status }: UpstreamAnswer, { host }: URL, what: string): void {
  if (status === 200) return
  if (status === 404 || status === 410) {
    throw new Problem('VERSION_NOT_FOUND', `${host} does not have the tarball of ${what}.`, {
      hint: 'It may have been removed from the registry; another registry may still have it.',
      details: { status },
    })
  }
  throw new Problem('REGISTRY_ERROR', `${host} answered ${status} for the tarball of ${what}.`, {
    hint: 'See whether npm itself can read it; a private registry needs its token in npm’s configuration.',
    details: { status },
  })
}
