import { z } from 'zod'
import { longestCommand } from '../../model/recipe.ts'
import { parseBoundedJson } from '../../network/json.ts'
import type { PlannedStep } from './build-steps.ts'
import type { Project } from './install-root.ts'
import { quoted } from './shell.ts'

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

/**
 * A program for the pinned Node: puts the dependencies of package.json in an order, with versions in place of `workspace:`.
 * Arguments: the names of each kind in that order, as JSON, and `name@version` of the members.
 */
const program = `
const fs = require("fs")
const [order, ...members] = process.argv.slice(1)
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"))
const versions = new Map(members.map((it) => [it.slice(0, it.lastIndexOf("@")), it.slice(it.lastIndexOf("@") + 1)]))
const settled = (name, spec) => {
  const wanted = /^workspace:([*^~])$/.exec(spec)
  return wanted && versions.has(name) ? (wanted[1] === "*" ? "" : wanted[1]) + versions.get(name) : spec
}
const wanted = JSON.parse(order)
for (const kind of Object.keys(wanted)) {
  const asked = manifest[kind] || {}, sorted = {}
  for (const name of wanted[kind].concat(Object.keys(asked))) if (name in asked) sorted[name] = settled(name, asked[name])
  manifest[kind] = sorted
}
fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2))
`

const publishedSchema = z
  .object(Object.fromEntries(kinds.map((kind) => [kind, z.record(z.string().max(214), z.unknown())])))
  .partial()

/**
 * pnpm asks for the versions of the workspace's members all at once, and writes each down as it comes in: in which order, is
 * left to the disk. Nothing of the published package.json but this order is taken.
 * https://github.com/pnpm/pnpm/blob/v10.0.0/pkg-manifest/exportable-manifest/src/index.ts
 *
 * @param published text of the published package.json
 */
export function manifestOrder(own: Project, members: readonly Project[], published: string | undefined): PlannedStep[] {
  const { data } = publishedSchema.safeParse(parsed(published))
  const order = Object.fromEntries(
    kinds.flatMap((kind) => (data?.[kind] === undefined ? [] : [[kind, Object.keys(data[kind])]])),
  )
  const named = members.flatMap(({ manifest: { name, version } }) =>
    name === undefined || version === undefined ? [] : [quoted(`${name}@${version}`)],
  )
  const words = [quoted(JSON.stringify(order)), ...named].join(' ')
  const run = `node -e '${program.trim()}' -- ${words}`
  if (named.length === 0 || Object.keys(order).length === 0 || run.length > longestCommand) return []
  const says =
    'pnpm writes versions of members down in the order in which it has read them, which is that of the published file.'
  return [{ run, cwd: own.directory, from: 'published tarball', says }]
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : parseBoundedJson(Buffer.from(text))
  } catch {
    return undefined
  }
}
