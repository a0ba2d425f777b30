import { z } from 'zod'
import { Problem, problemFrom } from '../../verifiers/model/problem.ts'
import type { Recipe } from '../../verifiers/model/recipe.ts'
import { readTarball } from '../../verifiers/npm/tarball.ts'
import type { ContentStore } from '../../verifiers/store/content.ts'
import { aboutPackage } from './declared.ts'
import type { Observed } from './observed.ts'

const largestManifest = 8 * 2 ** 20
const parallel = 4
const lifecycle = ['preinstall', 'install', 'postinstall'] as const
const manifestSchema = z.object({ scripts: z.record(z.string(), z.unknown()).optional() })

/** What a package's own file says. */
export type Inspected = { installScripts: string[]; license?: string; creator?: string }

/**
 * Which install scripts and which licence each observed package has, by its sha512, read from the very bytes that the
 * build got. A package that the store no longer has, or that cannot be read, is missing from the answer.
 */
export async function inspectPackages(
  observed: Observed[],
  { store, signal }: { store: ContentStore; signal: AbortSignal },
): Promise<Map<string, Inspected>> {
  const found = new Map<string, Inspected>()
  const pending = observed.filter(({ isPackage }) => isPackage)
  const work = async (): Promise<void> => {
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { sha512, gitCommit } = next.digests
      // What is installed from a repository is prepared as its authors do it before they publish.
      const hooks = gitCommit === undefined ? lifecycle : [...lifecycle, 'prepare']
      if (sha512 === undefined || !(await store.has(sha512))) continue
      const inspected = await inspect({ what: next.uri, sha512, hooks }, store, signal)
      if (inspected) found.set(sha512, inspected)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return found
}

async function inspect(
  { what, sha512, hooks }: { what: string; sha512: string; hooks: readonly string[] },
  store: ContentStore,
  signal: AbortSignal,
): Promise<Inspected | undefined> {
  let manifest: Buffer | undefined
  let hasBindings = false
  try {
    await readTarball({
      source: store.read(sha512),
      what,
      signal,
      onEntry({ path, size }) {
        // npm strips the first folder, whatever it is called.
        const name = path.slice(path.indexOf('/') + 1)
        if (name === 'binding.gyp') hasBindings = true
        if (name !== 'package.json' || size > largestManifest) return undefined
        const chunks: Uint8Array[] = []
        return {
          data: (chunk) => void chunks.push(Uint8Array.from(chunk)),
          end: () => {
            manifest = Buffer.concat(chunks)
          },
        }
      },
    })
  } catch (error) {
    // npm could unpack it, our stricter reader could not: then nothing is known of its scripts, and nothing is said.
    if (problemFrom(error) instanceof Problem && !signal.aborted) return undefined
    throw error
  }
  const value = manifest && parseJson(manifest)
  const parsed = manifestSchema.safeParse(value)
  if (!parsed.success) return undefined
  const { scripts = {} } = parsed.data
  const named = hooks.filter((name) => typeof scripts[name] === 'string' && scripts[name] !== '')
  // https://docs.npmjs.com/cli/using-npm/scripts#npm-install: node-gyp runs where a package has no script of its own.
  const implicit = hasBindings && !named.includes('install') && !named.includes('preinstall')
  const { license } = aboutPackage(value)
  const creator = creatorOf(value)
  return {
    installScripts: implicit ? [...named, 'node-gyp'] : named,
    ...(license !== undefined && { license }),
    ...(creator !== undefined && { creator }),
  }
}

const contact = z.string().max(1024).optional().catch(undefined)
const creatorSchema = z.object({
  author: z
    .union([z.object({ email: contact, url: contact }), z.string().max(1024).transform(personIn)])
    .optional()
    .catch(undefined),
  homepage: contact,
  repository: z
    .union([
      z.object({ url: contact }),
      z
        .string()
        .max(1024)
        .transform((url) => ({ url })),
    ])
    .optional()
    .catch(undefined),
})

/** An address under which whoever made a package can be reached, as BSI TR-03183-2 asks for. */
function creatorOf(manifest: unknown): string | undefined {
  const { author, homepage, repository } = creatorSchema.safeParse(manifest).data ?? {}
  const addresses = [author?.url, homepage, repository?.url?.replace(/^git\+/, '').replace(/\.git$/, '')]
  const url = addresses.find((one) => one !== undefined && /^https?:\/\/[^\s<>"]+$/.test(one))
  return author?.email !== undefined && /^[^\s@<>"]+@[^\s@<>"]+$/.test(author.email) ? author.email : url
}

/** `Name <mail> (url)`: https://docs.npmjs.com/cli/configuring-npm/package-json#people-fields-author-contributors */
function personIn(text: string): { email?: string; url?: string } {
  const [, email] = /<([^<>]*)>/.exec(text) ?? []
  const [, url] = /\(([^()]*)\)/.exec(text) ?? []
  return { ...(email !== undefined && { email }), ...(url !== undefined && { url }) }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Whether the recipe's install steps let the package manager run the scripts of packages. */
export function scriptsAllowed({ steps, variables, environment }: Recipe): boolean {
  const installs = steps.filter(({ phase }) => phase === 'install')
  return installs.some(({ run, variables: own }) => {
    const manager = managers.find((name) => new RegExp(`\\b${name} `).test(run)) ?? 'npm'
    const tool = environment.toolchains.find(({ name }) => name === manager)
    if (Number(tool?.version.split('.', 1)[0] ?? 0) >= askingSince[manager]) return false
    const settings = { ...variables, ...own }
    const isOff = settings.npm_config_ignore_scripts === 'true' || settings.YARN_ENABLE_SCRIPTS === 'false'
    return !isOff && !/--ignore-scripts(?!=false)\b|--mode=skip-build\b|\bYARN_ENABLE_SCRIPTS=false\b/.test(run)
  })
}

const managers = ['pnpm', 'yarn', 'bun', 'npm'] as const

/** From these versions on, scripts of dependencies run only where the project allows each by name. */
const askingSince = { npm: 12, pnpm: 10, yarn: Number.POSITIVE_INFINITY, bun: 0 }
