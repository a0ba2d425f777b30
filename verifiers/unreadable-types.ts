import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { z } from 'zod'
import { readBounded } from './network/declarations.ts'
import { parseBoundedJson } from './network/json.ts'

const mostTypes = 500

const manifestSchema = z.object({ version: z.string().max(256).optional(), typeScriptVersion: z.string().optional() })

/**
 * The line of the TypeScript that was installed (`4.9`), where types were installed beside it that say that they need a
 * later one. https://github.com/DefinitelyTyped/DefinitelyTyped#support-window
 *
 * @param folder where a project was installed; whatever is odd in it is left out
 */
export async function lineWithUnreadableTypes(folder: string): Promise<string | undefined> {
  const modules = join(folder, 'node_modules')
  const version = semver.parse((await manifestIn(modules, 'typescript'))?.version)
  if (version === null) return undefined
  const line = `${version.major}.${version.minor}`
  const names = await readdir(join(modules, '@types')).catch(() => [])
  for (const name of names.slice(0, mostTypes)) {
    const needed = (await manifestIn(modules, join('@types', name)))?.typeScriptVersion
    if (needed !== undefined && /^\d{1,2}\.\d{1,2}$/.test(needed) && semver.lt(`${line}.0`, `${needed}.0`)) return line
  }
  return undefined
}

async function manifestIn(modules: string, name: string): Promise<z.infer<typeof manifestSchema> | undefined> {
  const bytes = await readBounded(modules, join(name, 'package.json')).catch(() => undefined)
  try {
    return bytes && manifestSchema.safeParse(parseBoundedJson(bytes)).data
  } catch {
    return undefined
  }
}
