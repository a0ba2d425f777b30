import { type PlannedStep, withPrograms } from './build-steps.ts'
import { asList, asRecord, asText, asTexts, parseYaml } from './ci/yaml.ts'
import type { Project } from './install-root.ts'
import { inside } from './manifest.ts'
import type { SourceReader } from './reader.ts'
import { buildingParts } from './scripts.ts'
import { quoted } from './shell.ts'

/** One plugin of semantic-release, with its options and the file that names it. */
export type ReleasePlugin = { name: string; options: Record<string, unknown>; from: string }

const configFiles = ['.releaserc', '.releaserc.json', '.releaserc.yml', '.releaserc.yaml', 'release.config.json']

/**
 * The plugins of semantic-release in their order, where the configuration is data: programs are not run to read it.
 * https://semantic-release.gitbook.io/semantic-release/usage/configuration
 *
 * @param manifest text of the package's package.json
 */
export async function releasePlugins(source: SourceReader, own: Project, manifest: string): Promise<ReleasePlugin[]> {
  const parsed = parseYaml(manifest.replace(/^\uFEFF/, ''))
  const release = 'value' in parsed ? asRecord(parsed.value).release : undefined
  const found = pluginsOf(release, `${inside(own.directory, 'package.json')} release`)
  for (const path of configFiles.map((name) => inside(own.directory, name))) {
    const text = source.has(path) ? await source.text(path) : undefined
    const config = text === undefined ? undefined : parseYaml(text)
    if (config && 'value' in config) found.push(...pluginsOf(config.value, path))
  }
  return found
}

function pluginsOf(release: unknown, from: string): ReleasePlugin[] {
  return asList(asRecord(release).plugins).flatMap((plugin) => {
    const [name, options] = asList(plugin)
    const text = asText(name)
    return text === undefined ? [] : [{ name: text, options: asRecord(options), from }]
  })
}

/** Replaces a text in the files that patterns name: `*` for a part of a name, `**` for folders. */
const replacing = `
"use strict"
const fs = require("fs"), path = require("path")
const patterns = process.argv.slice(1), from = patterns.shift(), to = patterns.shift()
const asPattern = (glob) =>
  new RegExp("^" + glob.replace(/^\\.\\//, "").split("**/").map((part) => part.split("**").map((it) =>
    it.replace(/[.+^$(){}|[\\]\\\\]/g, "\\\\$&").replace(/[*]/g, "[^/]*")).join(".*")).join("(?:.*/)?") + "$")
const wanted = patterns.map(asPattern)
const visit = (folder) => {
  for (const name of fs.readdirSync(folder || ".")) {
    const file = path.join(folder, name), kind = fs.lstatSync(file)
    if (kind.isDirectory() && name !== "node_modules" && name !== ".git") visit(file)
    if (!kind.isFile() || !wanted.some((it) => it.test(file))) continue
    const text = fs.readFileSync(file, "utf8")
    if (text.includes(from)) fs.writeFileSync(file, text.split(from).join(to))
  }
}
visit("")
`

/**
 * What plugins do once the version is known: version-in-files writes it in the place of a placeholder, exec runs commands
 * with it, of which only what leaves files is run.
 * https://github.com/gr2m/semantic-release-plugin-update-version-in-files, https://github.com/semantic-release/exec
 */
export function releaseSteps(plugins: ReleasePlugin[], own: Project, version: string): PlannedStep[] {
  const cwd = own.directory
  return plugins.flatMap(({ name, options, from }): PlannedStep[] => {
    if (name === 'semantic-release-plugin-update-version-in-files') {
      const placeholder = asText(options.placeholder) ?? '0.0.0-development'
      const files = asTexts(options.files ?? 'version.js').slice(0, 64)
      const run = ["node -e '", replacing.trim(), "' ", [placeholder, version, ...files].map(quoted).join(' ')].join('')
      return [{ run, cwd, from, says: `The release writes the version in the place of ${placeholder}.` }]
    }
    if (name !== '@semantic-release/exec') return []
    return ['verifyReleaseCmd', 'prepareCmd'].flatMap((key) => {
      const text = asText(options[key])?.replaceAll(/\$\{\s*nextRelease\.version\s*\}/g, version)
      if (text === undefined || text.includes('${')) return []
      const parts = buildingParts(text, own.manifest.scripts) ?? []
      const run = withPrograms(parts.join(' && '), cwd)
      return parts.length === 0 ? [] : [{ run, cwd, from, says: `The release runs "${text}" with the version.` }]
    })
  })
}
