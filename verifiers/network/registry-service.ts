import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Problem } from '../model/problem.ts'
import type { Exchange } from '../model/rebuild.ts'
import type { Declaration } from './declarations.ts'
import { openDelivery } from './delivery.ts'
import type { Files } from './files.ts'
import { purlOf } from './names.ts'
import { renderVersion } from './packument.ts'
import type { Packuments, Rendering } from './packuments.ts'
import type { Outcome } from './recording.ts'
import type { Registries, Target } from './registries.ts'
import { type Route, routeOf } from './routes.ts'
import type { Tarballs } from './tarballs.ts'

export type RegistryServiceOptions = {
  registries: Registries
  packuments: Packuments
  tarballs: Tarballs
  files: Files
  /** What the lockfile says of a version, and which versions of a package it pins. */
  declared: (name: string, version: string) => Declaration[]
  pinned: (name: string) => ReadonlySet<string>
  stallMs: number
}

export type ServiceRequest = {
  method: string
  headers: NodeJS.Dict<string | string[]>
  target: Exclude<Target, { kind: 'refused' }>
  response: ServerResponse
}

/**
 * Answers as a registry does, for any of the hosts that are served.
 *
 * @throws {Problem} with nothing written to the response yet, unless a tarball turned out to be bad on its way.
 */
export async function serveRegistry(request: ServiceRequest, options: RegistryServiceOptions): Promise<Outcome> {
  const { target, method } = request
  if (method !== 'GET' && method !== 'HEAD' && !isQuestion(request)) {
    throw new Problem('NETWORK_REFUSED', `A build may read from a registry, and not ${method} to it.`)
  }
  if (target.kind === 'file') return await options.files.deliver(target.file, request)
  if (target.kind === 'declared') {
    const { name, version } = target.declaration
    return await serveTarball({ name, version, declared: [target.declaration] }, request, options)
  }
  if (target.kind === 'declared-packument') {
    const only = options.pinned(target.name)
    return await servePackument({ ...target, only, registry: options.registries.of(target.name) }, request, options)
  }
  const route = routeOf(target.path)
  const registry = (name: string) => target.registry ?? options.registries.of(name)
  switch (route.kind) {
    case 'packument':
      return await servePackument(
        { name: route.name, base: target.base, registry: registry(route.name) },
        request,
        options,
      )
    case 'tarball':
      return await serveRoute(route, registry(route.name), request, options)
    case 'manifest':
      return await serveManifest(route, target.base, registry(route.name), request, options)
    case 'dist-tags': {
      const { tags, from } = await options.packuments.view(registry(route.name), route.name)
      return { ...writeJson(request.response, 200, tags), from, about: purlOf(route.name) }
    }
    case 'ping':
      return { ...writeJson(request.response, 200, {}), from: 'cache' }
    case 'advisories':
      // npm installs all the same, and nobody is told that there are none.
      return { ...writeJson(request.response, 404, { message: noAdvisories }), from: 'cache', reason: noAdvisories }
    case 'unknown':
      throw new Problem('NETWORK_REFUSED', 'Of a registry only packages are served, not its other services.')
  }
}

const noAdvisories = 'Advisories are of today, and are not asked for during a rebuild.'

/** npm asks for advisories by POST. */
function isQuestion({ method, target }: ServiceRequest): boolean {
  return method === 'POST' && target.kind === 'registry' && routeOf(target.path).kind === 'advisories'
}

type PackumentWanted = { registry: URL; name: string; base: string; only?: ReadonlySet<string> }

async function servePackument(
  wanted: PackumentWanted,
  { headers, response }: ServiceRequest,
  { packuments }: RegistryServiceOptions,
): Promise<Outcome> {
  const isAbbreviated = String(headers.accept ?? '').includes(abbreviatedType)
  const rendering = await packuments.render({ ...wanted, form: isAbbreviated ? 'abbreviated' : 'full' })
  const { view, body } = rendering
  const { from, note } = view
  if (view.versions.size === 0) {
    throw new Problem('VERSION_NOT_FOUND', `${wanted.name} had no version at this run's moment.`)
  }
  const about = { from, about: purlOf(wanted.name), ...(note !== undefined && { reason: note }) }
  const common = { etag: etagOf(rendering), 'cache-control': 'public, max-age=300', vary: 'accept' }
  if (headers['if-none-match'] === common.etag) {
    response.writeHead(304, common).end()
    return { ...about, status: 304, size: 0 }
  }
  const type = isAbbreviated ? abbreviatedType : 'application/json'
  response.writeHead(200, { ...common, 'content-type': type, 'content-length': body.length }).end(body)
  return { ...about, status: 200, size: body.length, sha256: rendering.sha256, sha512: rendering.sha512 }
}

/** https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md#abbreviated-metadata-format */
const abbreviatedType = 'application/vnd.npm.install-v1+json'

const etagOf = ({ sha256 }: Rendering) => `"${sha256}"`

async function serveManifest(
  { name, selector }: Extract<Route, { kind: 'manifest' }>,
  base: string,
  registry: URL,
  { response }: ServiceRequest,
  { packuments }: RegistryServiceOptions,
): Promise<Outcome> {
  const { tags, from } = await packuments.view(registry, name)
  const tagged = Object.hasOwn(tags, selector) ? tags[selector] : undefined
  const entry = await packuments.version(registry, name, tagged ?? selector)
  if (!entry) throw new Problem('VERSION_NOT_FOUND', `There is no ${name}@${selector} at this run's moment.`)
  return { ...write(response, 200, renderVersion(entry, base)), from, about: purlOf(name) }
}

async function serveRoute(
  { name, file, version }: Extract<Route, { kind: 'tarball' }>,
  registry: URL,
  request: ServiceRequest,
  options: RegistryServiceOptions,
): Promise<Outcome> {
  const found = version ?? (await versionOfFile(name, file, registry, options))
  if (found === undefined) throw new Problem('VERSION_NOT_FOUND', `${name} has no file ${file} at this run's moment.`)
  return await serveTarball(
    { name, version: found, declared: options.declared(name, found), registry },
    request,
    options,
  )
}

/** Some old tarballs are not called as the convention has it, and lockfiles name them as they are. */
async function versionOfFile(name: string, file: string, registry: URL, { packuments }: RegistryServiceOptions) {
  const { versions } = await packuments.view(registry, name)
  for (const [version, { tarball }] of versions) if (tarball?.endsWith(`/${file}`)) return version
  return undefined
}

async function serveTarball(
  wanted: { name: string; version: string; declared: Declaration[]; registry?: URL },
  { response }: ServiceRequest,
  { registries, tarballs, stallMs }: RegistryServiceOptions,
): Promise<Outcome> {
  const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'public, immutable, max-age=31557600' }
  const delivery = openDelivery({ response, headers, stallMs })
  const delivered = await tarballs.deliver({ registry: registries.of(wanted.name), ...wanted, delivery })
  const { content, purl, from, declaredBy } = delivered
  const { sha256, sha512 } = content.digests
  return { status: 200, size: content.size, purl, sha256, sha512, from, declaredBy }
}

/** Answers with a small document, and says what was answered. */
export function writeJson(response: ServerResponse, status: number, value: unknown): Written {
  return write(response, status, Buffer.from(JSON.stringify(value)))
}

type Written = Pick<Exchange, 'status' | 'size' | 'sha256' | 'sha512'>

function write(response: ServerResponse, status: number, body: Buffer): Written {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  return { status, size: body.length, sha256: hash('sha256', body), sha512: hash('sha512', body) }
}
