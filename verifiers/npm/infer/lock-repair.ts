import semver from 'semver'
import { z } from 'zod'
import { declarationsOf } from '../../network/declarations.ts'
import { parseBoundedJson } from '../../network/json.ts'
import { isForOthers } from '../../network/lockfiles/machines.ts'
import { editedInstall } from './edited-install.ts'
import type { Project } from './install-root.ts'
import type { SourceReader } from './reader.ts'
import { quoted } from './shell.ts'
import type { ToolCatalogue } from './toolchain.ts'

/**
 * What of a lockfile cannot be installed: packages as `name@version`; names of those that package.json asks for in a version
 * that cannot be had, or not of a registry; and which of the packages it asks for by a range, of which there may be no
 * other version.
 */
export type Unavailable = { packages: string[]; foreign: string[]; asked: string[] }

/** More than this is no lockfile that a repair could save. */
export const mostRepaired = 256

/** What stands for a repository or a file in place of a version. */
const foreignSpec = /^(?:git[+:@]|github:|gitlab:|bitbucket:|gist:|ssh:|https?:|[\w.-]+\/[\w.-]+(?:#.*)?$)/

/** Asks the registry for all that the lockfile pins and that is for machines as builds run on. */
export async function findUnavailable(
  source: SourceReader,
  root: Project,
  lockfile: { path: string },
  catalogue: Pick<ToolCatalogue, 'missing'>,
): Promise<Unavailable | undefined> {
  const name = lockNames.find((own) => lockfile.path.endsWith(own))
  const text = name === undefined ? undefined : await source.text(lockfile.path)
  if (text === undefined || name === undefined) return undefined
  const pinned = declarationsOf(Buffer.from(text), name)
  const packages = await catalogue.missing(
    pinned.filter(({ machines }) => !machines || !isForOthers(machines, process.arch)),
  )
  const { dependencies, devDependencies, optionalDependencies } = root.manifest
  const wanted = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const gone = new Set(packages)
  const foreign = wanted
    .filter(([dependency, spec]) => foreignSpec.test(spec) || gone.has(`${dependency}@${spec}`))
    .map(([dependency]) => dependency)
  const all = [
    ...foreign,
    ...needing(
      foreign,
      text,
      wanted.map(([dependency]) => dependency),
    ),
  ]
  const asked = packages.filter((one) => {
    const at = one.lastIndexOf('@')
    const range = wanted.find(([dependency]) => dependency === one.slice(0, at))?.[1]
    return range !== undefined && !foreign.includes(one.slice(0, at)) && semver.satisfies(one.slice(at + 1), range)
  })
  return { packages, foreign: all.slice(0, mostRepaired), asked }
}

const needsSchema = z.object({
  packages: z.record(
    z.string(),
    z
      .object({
        dependencies: z.record(z.string(), z.string()).catch({}),
        peerDependencies: z.record(z.string(), z.string()).catch({}),
      })
      .catch({ dependencies: {}, peerDependencies: {} }),
  ),
})

/** Which of the project's own dependencies bring back what is not of a registry, as a lockfile of npm says. */
function needing(foreign: string[], lock: string, wanted: string[]): string[] {
  const names = new Set(foreign)
  const parsed = lock.startsWith('{') ? needsSchema.safeParse(parseBoundedJson(Buffer.from(lock))) : undefined
  const packages = parsed?.data?.packages ?? {}
  return wanted.filter((name) => {
    const entry = Object.hasOwn(packages, `node_modules/${name}`) ? packages[`node_modules/${name}`] : undefined
    const needs = Object.entries({ ...entry?.dependencies, ...entry?.peerDependencies })
    return !names.has(name) && needs.some(([dependency, spec]) => names.has(dependency) || foreignSpec.test(spec))
  })
}

const lockNames = ['npm-shrinkwrap.json', 'package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'] as const

/**
 * A program for the pinned Node: takes packages out of a lockfile, `name@version`, and what follows `--` out of
 * package.json, so that the package manager settles those anew and keeps to its lockfile for all others. What follows
 * another `--` may be older than package.json asks for: of that range a registry may have nothing. What is only for other
 * machines stays what it is for whoever is settled anew: yarn from 2 on looks for it, though it installs none of it.
 */
const program = `
"use strict"
const fs = require("fs")
const words = process.argv.slice(1), file = words.shift()
const end = words.indexOf("--"), last = words.lastIndexOf("--")
const gone = new Set(words.slice(0, end)), names = new Set(words.slice(end + 1, last > end ? last : undefined))
const asked = new Map(last > end ? words.slice(last + 1).map((word) => [word.replace(/@[^@]+$/, ""), word.replace(/^.*@/, "")]) : [])
const without = (manifest) => {
  for (const field of ["dependencies", "devDependencies", "optionalDependencies"])
    for (const name of Object.keys(manifest[field] || {})) {
      if (names.has(name)) delete manifest[field][name]
      else if (asked.has(name)) manifest[field][name] += " || <" + asked.get(name)
    }
  return manifest
}
const edit = (path, change) => fs.writeFileSync(path, change(fs.readFileSync(path, "utf8")))
const conditions = (block) => (/^  conditions: (.*)$/m.exec(block) || ["", ""])[1]
const own = { os: "linux", cpu: process.arch, libc: "glibc" }
const isForOthers = (block) => Object.keys(own).some((field) => {
  const said = conditions(block).match(new RegExp("\\\\b" + field + "=[\\\\w-]+", "g"))
  return said && said.indexOf(field + "=" + own[field]) < 0
})
const pins = {}
if (file.endsWith("yarn.lock"))
  for (const block of fs.readFileSync(file, "utf8").split(/\\n\\n/).filter(isForOthers)) {
    const resolution = /^  resolution: "?(@?[^@"]+)@npm:([^"\\n]+)/m.exec(block)
    if (resolution) pins[resolution[1]] = resolution[2]
  }
const settled = (manifest) => {
  if (Object.keys(pins).length) manifest.resolutions = Object.assign({}, pins, manifest.resolutions)
  return without(manifest)
}
if (names.size + asked.size + Object.keys(pins).length) edit("package.json", (text) => JSON.stringify(settled(JSON.parse(text)), null, 2))
const prune = (tree) => {
  for (const name of Object.keys(tree || {}))
    if (gone.has(name + "@" + tree[name].version) || names.has(name)) delete tree[name]
    else prune(tree[name].dependencies)
}
const ofNpm = (text) => {
  const lock = JSON.parse(text)
  const removed = []
  for (const path of Object.keys(lock.packages || {})) {
    const entry = lock.packages[path]
    const name = entry.name || path.split("node_modules/").pop()
    const under = removed.some((one) => path.startsWith(one))
    if (path && (under || gone.has(name + "@" + entry.version) || names.has(name))) {
      delete lock.packages[path]
      if (!under) removed.push(path + "/node_modules/")
    }
  }
  if (lock.packages && lock.packages[""]) without(lock.packages[""])
  prune(lock.dependencies)
  return JSON.stringify(lock, null, 2)
}
const isGone = (block) => {
  const key = block.trim().split("\\n")[0].replace(/^["']?\\/?/, "")
  const version = /^ +version:? "?([^"\\n]+)/m.exec(block)
  const name = /^@?[^@]+/.exec(key)
  if (!name) return false
  return gone.has(name[0] + "@" + (version || [])[1]) || gone.has(key.replace(/[("':].*$/, "")) || names.has(name[0])
}
const ofOthers = (text) => text.split(/\\n\\n/).filter((block) => !isGone(block)).join("\\n\\n")
edit(file, file.endsWith(".json") ? ofNpm : ofOthers)
`

/**
 * Runs an installation with a lockfile that lacks what cannot be had, and puts both files back as they were: what is
 * packed is the source's own.
 */
export function repairedInstall(install: string, lockfile: string, { packages, foreign, asked }: Unavailable): string {
  const older = asked.length > 0 ? ['--', ...asked] : []
  const words = [...packages, '--', ...foreign, ...older].map(quoted).join(' ')
  const editing = `node -e '${program.trim().replaceAll("'", `'\\''`)}' ${quoted(lockfile)} ${words}`
  return editedInstall(install, [editing], lockfile)
}

/** Says which packages of a lockfile cannot be had. */
export function repairSays({ packages, foreign, asked }: Unavailable, lockfile: string): string {
  const shown = [...packages, ...foreign]
  const listed = shown.slice(0, 5).join(', ') + (shown.length > 5 ? ` and ${shown.length - 5} more` : '')
  if (shown.length === 0) return `${lockfile} is followed as far as it can be; the package manager settles the rest.`
  const older = asked.length > 0 ? ` Of ${asked.slice(0, 5).join(', ')} an older version will do.` : ''
  return `${lockfile} is followed but for what no registry has any more or what is not of one: ${listed}.${older}`
}
