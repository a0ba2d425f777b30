import type { Readable } from 'node:stream'
import npa from 'npm-package-arg'
import semver from 'semver'
import { z } from 'zod'
import { Problem } from '../../model/problem.ts'
import { readTarball } from '../tarball.ts'

const manifestLimit = 4 * 1024 * 1024

const identitySchema = z.object({ name: z.string().max(214), version: z.string().max(256) })

/**
 * Name and version of a tarball, from the package.json inside: the last one, which is the one that npm unpacks.
 *
 * @throws {Problem} ARCHIVE_INVALID, ARCHIVE_LIMIT_EXCEEDED
 */
export async function readTarballManifest(options: {
  source: Readable
  what: string
  signal: AbortSignal
}): Promise<{ name: string; version: string }> {
  const { text } = await readPackedManifest(options)
  if (text === undefined) throw invalid(options.what, 'no package.json')
  return parseIdentity(text, options.what)
}

/**
 * The package.json of a tarball, the one that npm unpacks, and whether a binding.gyp stands beside it.
 *
 * @throws {Problem} ARCHIVE_INVALID, ARCHIVE_LIMIT_EXCEEDED
 */
export async function readPackedManifest(options: {
  source: Readable
  what: string
  signal: AbortSignal
}): Promise<{ text: string | undefined; hasBindingGyp: boolean }> {
  const { what } = options
  let text: string | undefined
  let hasBindingGyp = false
  await readTarball({
    ...options,
    onEntry({ path, size }) {
      // npm takes the first folder off, whatever its name.
      const place = path.replace(/^\.?\/?[^/]+\//, '')
      if (place === 'binding.gyp') hasBindingGyp = true
      if (place !== 'package.json') return undefined
      if (size > manifestLimit) {
        throw new Problem('ARCHIVE_LIMIT_EXCEEDED', `${what} has a package.json of ${size} bytes.`, {
          hint: 'It is made to exhaust whoever reads it.',
        })
      }
      const chunks: Uint8Array[] = []
      return {
        data: (chunk) => chunks.push(chunk),
        end() {
          text = Buffer.concat(chunks).toString('utf8')
        },
      }
    },
  })
  return { text, hasBindingGyp }
}

function parseIdentity(text: string, what: string): { name: string; version: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalid(what, 'a package.json that is not JSON', error)
  }
  const identity = identitySchema.safeParse(parsed)
  if (!identity.success) throw invalid(what, 'a package.json without name and version', identity.error)
  const { name, version } = identity.data
  const clean = semver.clean(version, { loose: true })
  try {
    if (clean === null) throw new Error(`"${version}" is no version`)
    npa.resolve(name, clean)
  } catch (error) {
    throw invalid(what, 'a package.json whose name or version npm does not allow', error)
  }
  return { name, version: clean }
}

function invalid(what: string, has: string, cause?: unknown): Problem {
  return new Problem('ARCHIVE_INVALID', `${what} has ${has}, so that it cannot be a published package.`, {
    hint: 'Name a .tgz file that `npm pack` or a registry made.',
    ...(cause !== undefined && { cause }),
  })
}
