import { realpath } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { z } from 'zod'
import { readBounded } from './network/declarations.ts'
import { parseBoundedJson } from './network/json.ts'
import { isPackageName } from './network/names.ts'

/** An installed package that has installation scripts, and which of the project's own dependencies lead to it. */
export type ScriptedDependency = { name: string; through: string[] }

/** More packages than this are not followed. */
const mostFollowed = 5000
const mostFound = 32

const names = z.record(z.string(), z.unknown()).catch({})
const manifestSchema = z.object({
  scripts: names,
  dependencies: names,
  devDependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
})
type Manifest = z.infer<typeof manifestSchema>

const events = ['preinstall', 'install', 'postinstall']

/**
 * Which of the packages at the top of `node_modules` have scripts that their installation would have run.
 *
 * @param folder where a project was installed; whatever is odd in it is left out
 */
export async function scriptedDependencies(folder: string): Promise<ScriptedDependency[]> {
  const root = await realpath(folder)
  const own = await manifestAt(root, root)
  if (own === undefined) return []
  const found = new Map<string, Set<string>>()
  const known = new Map<string, { at: string; manifest: Manifest } | undefined>()
  const direct = Object.keys({ ...own.dependencies, ...own.devDependencies, ...own.optionalDependencies })
  for (const first of direct) {
    const seen = new Set<string>()
    const open = [{ name: first, from: root }]
    for (let next = open.pop(); next && known.size < mostFollowed; next = open.pop()) {
      const key = `${next.from}\0${next.name}`
      if (!known.has(key)) known.set(key, await resolve(next.name, next.from, root))
      const one = known.get(key)
      if (one === undefined || seen.has(one.at)) continue
      seen.add(one.at)
      const { at, manifest } = one
      if (events.some((event) => Object.hasOwn(manifest.scripts, event)) && (await isAtTop(root, next.name, at))) {
        found.set(next.name, (found.get(next.name) ?? new Set()).add(first))
      }
      const needs = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
      open.push(...Object.keys(needs).map((name) => ({ name, from: at })))
    }
  }
  return [...found].slice(0, mostFound).map(([name, through]) => ({ name, through: [...through].slice(0, 256) }))
}

/** As Node looks for a package: in `node_modules` here, then in every folder above, up to the project's. */
async function resolve(name: string, from: string, root: string) {
  if (!isPackageName(name)) return undefined
  for (let folder = from; ; folder = dirname(folder)) {
    const at = await realpath(join(folder, 'node_modules', name)).catch(() => undefined)
    const manifest = at?.startsWith(root + sep) ? await manifestAt(root, at) : undefined
    if (at !== undefined && manifest !== undefined) return { at, manifest }
    if (folder === root || dirname(folder) === folder) return undefined
  }
}

async function isAtTop(root: string, name: string, at: string): Promise<boolean> {
  return (await realpath(join(root, 'node_modules', name)).catch(() => undefined)) === at
}

async function manifestAt(root: string, folder: string): Promise<Manifest | undefined> {
  try {
    const bytes = await readBounded(root, join(relative(root, folder), 'package.json'))
    return bytes && manifestSchema.safeParse(parseBoundedJson(bytes)).data
  } catch {
    return undefined
  }
}
