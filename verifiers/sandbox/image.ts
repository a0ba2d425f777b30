import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Header } from 'tar'
import { z } from 'zod'
import { Problem } from '../model/problem.ts'
import { type AskOptions, ask } from './client.ts'
import type { SandboxRoot } from './options.ts'

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const descriptorSchema = z.object({ digest: digestSchema })

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md, as far as it is needed here. */
const manifestSchema = z.object({ config: descriptorSchema, layers: z.array(descriptorSchema).max(128) })

/**
 * The engine's own name for the pinned root: loaded from the OCI layout on this machine when the engine does not have it
 * yet, and never pulled. The name is a digest that the engine computed from what it has, so that it can be no other.
 *
 * @throws {Problem} ENGINE_UNAVAILABLE when the engine does not answer or refuses it, IMAGE_DIGEST_MISMATCH when the
 * layout is not what the root's digest says.
 */
export async function loadImage(engine: string, root: SandboxRoot, options: AskOptions): Promise<string> {
  const layout = await root.ociLayout()
  const manifest = await readManifest(layout, root.digest)
  // Engines name an image by its configuration's digest, docker over containerd by its manifest's.
  const names = [manifest.config.digest, root.digest]
  const existing = await findImage(engine, names, options)
  if (existing) return existing
  const answer = await ask(engine, ['load'], { ...options, input: archiveLayout(layout, root.digest, manifest) })
  const loaded = await findImage(engine, names, options)
  if (loaded) return loaded
  throw new Problem('ENGINE_UNAVAILABLE', `${engine} did not take the pinned root as an image.`, {
    hint: `See what ${engine} said in the details, or use another --engine.`,
    details: { exitCode: answer.exitCode, said: answer.said, output: answer.output },
  })
}

async function readManifest(layout: string, digest: string): Promise<z.infer<typeof manifestSchema>> {
  const bytes = await readFile(blobOf(layout, digest)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` === digest) {
    return manifestSchema.parse(JSON.parse(bytes.toString()))
  }
  throw new Problem('IMAGE_DIGEST_MISMATCH', `The OCI layout in ${layout} does not hold ${digest}.`, {
    hint: 'Remove that folder and run the command again: it is made anew.',
  })
}

async function findImage(engine: string, names: string[], options: AskOptions): Promise<string | undefined> {
  for (const name of names) {
    const { exitCode, output } = await ask(engine, ['image', 'inspect', '--format', '{{.Id}}', name], options)
    // podman leaves the algorithm out.
    if (exitCode === 0 && names.includes(output.startsWith('sha256:') ? output : `sha256:${output}`)) return name
  }
  return undefined
}

function blobOf(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'))
}

/**
 * The image as one tar stream that `load` of every version takes: an OCI layout that is also what `docker save` writes.
 * https://github.com/moby/moby/blob/master/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format
 */
async function* archiveLayout(layout: string, digest: string, { config, layers }: z.infer<typeof manifestSchema>) {
  const name = (blob: string) => `blobs/${blob.replace(':', '/')}`
  const saved = [
    {
      Config: name(config.digest),
      RepoTags: [`localhost/reproof:${digest.slice('sha256:'.length)}`],
      Layers: layers.map((layer) => name(layer.digest)),
    },
  ]
  yield* archiveEntry('manifest.json', Buffer.from(JSON.stringify(saved)))
  for (const blob of new Set([config.digest, ...layers.map((layer) => layer.digest)])) {
    const file = blobOf(layout, blob)
    const { size } = await stat(file)
    yield headerOf(name(blob), size)
    yield* createReadStream(file)
    yield paddingOf(size)
  }
  yield Buffer.alloc(1024)
}

function* archiveEntry(path: string, bytes: Uint8Array) {
  yield headerOf(path, bytes.length)
  yield bytes
  yield paddingOf(bytes.length)
}

function headerOf(path: string, size: number): Uint8Array {
  const header = new Header({ path, size, mode: 0o644, type: 'File', uid: 0, gid: 0, mtime: new Date(0) })
  const block = Buffer.alloc(512)
  header.encode(block)
  return block
}

function paddingOf(size: number): Uint8Array {
  return Buffer.alloc((512 - (size % 512)) % 512)
}
