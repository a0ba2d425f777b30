import { hash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import type { Content, ContentStore } from '../store/content.ts'
import type { NetworkLimits } from './limits.ts'
import { packumentPath } from './names.ts'
import { type Form, type Packument, type PackumentVersion, parsePackument, renderPackument } from './packument.ts'
import { cutPackument } from './time-machine.ts'
import type { Upstream, UpstreamAnswer } from './upstream.ts'

export type PackumentsOptions = {
  store: ContentStore
  upstream: Upstream
  registryTime: string
  /** What the tag `latest` of each of these packages leads to. */
  releases: Readonly<Record<string, string>>
  /** A line of TypeScript, by which all types that are shown can be read. */
  typescript?: string | undefined
  /** The versions of a package that the lockfile pins. */
  pinned: (name: string) => ReadonlySet<string>
  limits: NetworkLimits
  now: () => Date
}

/** A packument at the run's moment, without what only its renderings need. */
type PackumentView = {
  from: 'cache' | 'network'
  note?: string
  tags: Record<string, string>
  versions: Map<string, Place>
}

/** Where a version's file is, and what it hashes to. */
type Place = Pick<PackumentVersion['dist'], 'tarball' | 'integrity' | 'shasum'>

export type Rendering = { body: Buffer; sha256: string; sha512: string; view: PackumentView }

export type Packuments = {
  /** @throws {Problem} PACKAGE_NOT_FOUND, and what {@link Upstream.get} throws. */
  view(registry: URL, name: string): Promise<PackumentView>
  /** `only` leaves just these versions. */
  render(request: RenderRequest): Promise<Rendering>
  version(registry: URL, name: string, version: string): Promise<PackumentVersion | undefined>
}

type RenderRequest = { registry: URL; name: string; form: Form; base: string; only?: ReadonlySet<string> }

const metadataSchema = z.object({ fetchedAt: z.iso.datetime(), etag: z.string().max(1024).optional() })

/** Registries answer from caches of their own: only an answer from this much after a moment shows all that was before it. */
const settledMs = 60 * 60_000

/** In bytes, over all renderings of a run. */
const renderedBytes = 128 * 2 ** 20

type Loaded = { packument: Packument; view: PackumentView }

/**
 * The packuments of one run. Each is fetched once; what was fetched well after the run's moment is never asked for
 * again, in this run or a later one, because nothing that was published since counts.
 */
export function openPackuments(options: PackumentsOptions): Packuments {
  const fetched = new Set<string>()
  const loading = new Map<string, Promise<Loaded>>()
  const views = new Map<string, PackumentView>()
  const renderings = openRenderings()

  async function load(registry: URL, name: string): Promise<Loaded> {
    const key = `npm:packument:${registry.href}:${name}`
    const { packument: whole, from } = await loadWhole({ registry, name, key, isFresh: fetched.has(key) }, options)
    fetched.add(key)
    const { packument, note } = cutPackument(whole, {
      registryTime: options.registryTime,
      latest: Object.hasOwn(options.releases, name) ? options.releases[name] : undefined,
      pinned: options.pinned(name),
      typescript: options.typescript,
    })
    const versions = new Map(Array.from(packument.versions, ([version, { dist }]) => [version, placeOf(dist)]))
    const known = views.get(registry.href + name)
    const view = known ?? { from, versions, tags: packument.tags, ...(note !== undefined && { note }) }
    views.set(registry.href + name, view)
    return { packument, view }
  }

  function loadOnce(registry: URL, name: string): Promise<Loaded> {
    const key = registry.href + name
    const promise = loading.get(key) ?? load(registry, name).finally(() => loading.delete(key))
    loading.set(key, promise)
    return promise
  }

  return {
    async view(registry, name) {
      return views.get(registry.href + name) ?? (await loadOnce(registry, name)).view
    },
    render({ registry, name, form, base, only }) {
      return renderings.once([registry.href, name, form, base, only ? 'only' : ''].join('\n'), async () => {
        const { packument, view } = await loadOnce(registry, name)
        const body = renderPackument(only ? restricted(packument, only) : packument, { form, base })
        return { body, view, sha256: hash('sha256', body), sha512: hash('sha512', body) }
      })
    },
    async version(registry, name, version) {
      return (await loadOnce(registry, name)).packument.versions.get(version)
    },
  }
}

/** What was rendered, until it is too much to keep. */
function openRenderings() {
  const promises = new Map<string, Promise<Rendering>>()
  const finished: { key: string; size: number }[] = []
  let kept = 0
  async function render(key: string, make: () => Promise<Rendering>): Promise<Rendering> {
    try {
      const rendering = await make()
      finished.push({ key, size: rendering.body.length })
      kept += rendering.body.length
      while (kept > renderedBytes) {
        const oldest = finished.shift()
        if (!oldest) break
        promises.delete(oldest.key)
        kept -= oldest.size
      }
      return rendering
    } catch (error) {
      promises.delete(key)
      throw error
    }
  }
  return {
    once(key: string, make: () => Promise<Rendering>): Promise<Rendering> {
      const promise = promises.get(key) ?? render(key, make)
      promises.set(key, promise)
      return promise
    },
  }
}

function placeOf({ tarball, integrity, shasum }: PackumentVersion['dist']): Place {
  return {
    ...(tarball !== undefined && { tarball }),
    ...(integrity !== undefined && { integrity }),
    ...(shasum !== undefined && { shasum }),
  }
}

function restricted(packument: Packument, only: ReadonlySet<string>): Packument {
  const versions = new Map([...packument.versions].filter(([version]) => only.has(version)))
  const tags = Object.entries(packument.tags).filter(([, version]) => only.has(version))
  return { ...packument, versions, tags: Object.fromEntries(tags) }
}

type Whole = { packument: Packument; from: 'cache' | 'network' }
type Wanted = { registry: URL; name: string; key: string; isFresh: boolean }

async function loadWhole({ registry, name, key, isFresh }: Wanted, options: PackumentsOptions): Promise<Whole> {
  const stored = await readStored(key, options)
  if (stored && (isFresh || Date.parse(stored.fetchedAt) >= Date.parse(options.registryTime) + settledMs)) {
    return { packument: parsePackument(stored.bytes, name), from: 'cache' }
  }
  const fetchedAt = options.now().toISOString()
  const headers = { accept: 'application/json', ...(stored?.etag !== undefined && { 'if-none-match': stored.etag }) }
  const request = {
    registry,
    path: packumentPath(name),
    headers,
    compressed: true,
    totalMs: options.limits.packumentMs,
  }
  return await options.upstream.get(request, async (answer) => {
    const etag = answer.headers.etag
    if (answer.status === 304 && stored) {
      await options.store.remember(key, stored.content, { fetchedAt, etag: etag ?? stored.etag })
      return { packument: parsePackument(stored.bytes, name), from: 'cache' }
    }
    assertFound(answer, registry, name)
    const { bytes, content } = await keep(answer, name, options)
    const packument = parsePackument(bytes, name)
    await options.store.remember(key, content, { fetchedAt, etag })
    return { packument, from: 'network' }
  })
}

type Stored = { bytes: Buffer; content: Content; fetchedAt: string; etag: string | undefined }

async function readStored(key: string, { store }: PackumentsOptions): Promise<Stored | undefined> {
  const content = await store.lookUp(key)
  const metadata = metadataSchema.safeParse(content?.metadata).data
  if (!content || !metadata) return undefined
  try {
    const bytes = await buffer(store.read(content.digests.sha512))
    return { bytes, content, fetchedAt: metadata.fetchedAt, etag: metadata.etag }
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'STORE_DAMAGED')) throw error
    await store.discard(content.digests.sha512)
    return undefined
  }
}

function assertFound({ status }: UpstreamAnswer, { host }: URL, name: string): void {
  if (status === 200) return
  if (status === 404) {
    throw new Problem('PACKAGE_NOT_FOUND', `${host} has no package ${name}.`, {
      hint: 'Correct the name, or configure the registry that has it.',
      details: { status },
    })
  }
  throw new Problem('REGISTRY_ERROR', `${host} answered ${status} for ${name}.`, {
    hint: 'See whether npm itself can read it: `npm view`; a private registry needs its token in npm’s configuration.',
    details: { status },
  })
}

async function keep(answer: UpstreamAnswer, name: string, { store, limits }: PackumentsOptions) {
  const chunks: Uint8Array[] = []
  async function* collected() {
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      yield chunk
    }
  }
  const content = await store.write(collected(), {
    limit: limits.packumentBytes,
    what: `The packument of ${name}`,
    tooLarge: 'REGISTRY_ANSWER_TOO_LARGE',
  })
  return { bytes: Buffer.concat(chunks, content.size), content }
}
