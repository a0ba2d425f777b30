import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../model/problem.ts'
import { type Lock, lockTime } from './lock.ts'
import { layerOf } from './root/layer.ts'

/** The three JSON documents of an OCI image are tiny; its layer is described, not held. */
export type OciImage = {
  /** `sha256:…` of the manifest: what names the image. */
  digest: string
  manifest: string
  config: string
  layer: { digest: string; size: number }
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  // Not compressed, so that no version of a compressor decides the digest.
  layer: 'application/vnd.oci.image.layer.v1.tar',
}

/** The image of a root folder, https://github.com/opencontainers/image-spec, a pure function of the folder and the lock. */
export async function describeImage(options: {
  lock: Lock
  rootFolder: string
  signal: AbortSignal
}): Promise<OciImage> {
  const { lock, rootFolder, signal } = options
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of layerOf({ rootFolder, time: lockTime(lock), signal })) {
    hash.update(chunk)
    size += chunk.length
  }
  const layer = { digest: `sha256:${hash.digest('hex')}`, size }
  const created = lockTime(lock).toISOString().replace('.000Z', 'Z')
  const config = JSON.stringify({
    created,
    architecture: lock.architecture,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      Cmd: ['/bin/bash'],
      Labels: {
        'org.opencontainers.image.title': `reproof ${lock.variant}`,
        'org.opencontainers.image.version': `${lock.suite} ${lock.release} ${lock.snapshot}`,
      },
    },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created, created_by: `reproof: ${lock.packages.length} locked packages` }],
  })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, ...descriptorOf(config) },
    layers: [{ mediaType: types.layer, ...layer }],
  })
  return { digest: descriptorOf(manifest).digest, manifest, config, layer }
}

/**
 * Writes an OCI layout (`oci-layout`, `index.json`, `blobs/`) into an empty or new folder.
 *
 * @throws {Problem} IMAGE_DIGEST_MISMATCH when the root has been changed since the image was described.
 */
export async function writeOciLayout(options: {
  lock: Lock
  image: OciImage
  rootFolder: string
  into: string
  signal: AbortSignal
}): Promise<void> {
  const { lock, image, rootFolder, into, signal } = options
  const blobs = join(into, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const blob = (digest: string) => join(blobs, digest.slice('sha256:'.length))
  const hash = createHash('sha256')
  await pipeline(
    layerOf({ rootFolder, time: lockTime(lock), signal }),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk)
        yield chunk
      }
    },
    createWriteStream(blob(image.layer.digest)),
    { signal },
  )
  const digest = `sha256:${hash.digest('hex')}`
  if (digest !== image.layer.digest) {
    throw new Problem(
      'IMAGE_DIGEST_MISMATCH',
      `The root in ${rootFolder} is not what it was: its layer is ${digest}.`,
      {
        hint: 'Delete that folder; it is made anew the next time.',
        details: { expected: image.layer.digest, actual: digest },
      },
    )
  }
  await writeFile(blob(descriptorOf(image.config).digest), image.config)
  await writeFile(blob(image.digest), image.manifest)
  await writeFile(join(into, 'index.json'), indexOf(lock, image))
  await writeFile(join(into, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

function indexOf(lock: Lock, image: OciImage): string {
  const platform = { architecture: lock.architecture, os: 'linux' }
  const annotations = { 'org.opencontainers.image.ref.name': `reproof-${lock.variant}` }
  const manifest = { mediaType: types.manifest, ...descriptorOf(image.manifest), annotations, platform }
  return JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: [manifest] })
}

function descriptorOf(text: string): { digest: string; size: number } {
  return { digest: `sha256:${createHash('sha256').update(text).digest('hex')}`, size: Buffer.byteLength(text) }
}
