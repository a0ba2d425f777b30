import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectOutput } from './collect-output.ts'
import { Problem } from './model/problem.ts'
import type { Recipe, Step } from './model/recipe.ts'
import { inTurn, quoted } from './npm/infer/shell.ts'
import { fetchRelease } from './releases/exchanged-releases.ts'
import { beginSteps, type RunRecipeOptions, runSteps, usualSurroundings } from './run-recipe.ts'
import { openLog } from './store/log.ts'
import { removeTree } from './store/remove.ts'

/** A release of a package, in place of the one that a recipe installs. */
export type TriedRelease = { name: string; built: string; version: string }

/** No build with another release begins after so many seconds. */
const longest = 240

/**
 * Installs once as a recipe does, then builds with one release after the other in place of the one that was installed, and gives
 * what each of them packs, where that could be built. Only whoever rebuilds by a recipe with such a release knows what it gives.
 *
 * @param options.folder of its own; `build.log` and what was packed stay in it
 * @returns paths of the packed files
 * @throws {Problem} as `runRecipe`
 */
export async function tryReleases(
  releases: readonly TriedRelease[],
  options: RunRecipeOptions,
): Promise<{ release: TriedRelease; path: string }[]> {
  const { recipe, folder, signal, now } = options
  const [work, home, into] = ['work', 'home', 'packed'].map((name) => join(folder, name)) as [string, string, string]
  await Promise.all([work, home, into].map(removeTree))
  await mkdir(folder, { recursive: true })
  await using log = openLog(join(folder, 'build.log'))
  const context = { ...options, ...usualSurroundings, work, home, log }
  const installs = recipe.steps.filter(({ phase }) => phase === 'install')
  const rest = recipe.steps.filter(({ phase }) => phase !== 'install')
  const [first] = installs
  if (first === undefined || first !== recipe.steps[0]) return []
  await beginSteps(context, { work, home, manifests: join(folder, 'manifests') })
  await runSteps(installs.slice(1), context)
  // What is tried is named exactly, whatever the registry showed at the recipe's moment.
  const today = { ...recipe, network: { registryTime: now().toISOString() } }
  await runSteps([{ phase: 'install', run: fetching(releases), cwd: first.cwd }], { ...context, recipe: today })
  await runSteps([{ phase: 'build', run: building(releases, rest, recipe), cwd: first.cwd }], context)
  const packed: { release: TriedRelease; path: string }[] = []
  for (const [index, release] of releases.entries()) {
    const name = `${index}.tgz`
    try {
      await collectOutput({ work: home, path: `${tried}/${name}`, into, name, signal })
      packed.push({ release, path: join(into, name) })
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'STEP_OUTPUT_MISSING') throw error
    }
  }
  return packed
}

/** Below the home folder, where no packer finds it. */
const tried = '.tried-releases'

/** One at a time, so that one which cannot be had does not keep the others away. */
function fetching(releases: readonly TriedRelease[]): string {
  const each = releases.map(
    ({ name, version }, index) =>
      `(${fetchRelease(`"$HOME"/${tried}/${index}`, quoted(`${name}@${version}`))}) || true`,
  )
  return each.join('\n')
}

/** Every copy of the release that was installed is exchanged for a link to the other one, and put back after it. */
function building(releases: readonly TriedRelease[], steps: readonly Step[], recipe: Recipe): string {
  const run = inTurn(steps.map((step) => stepText(step, recipe)))
  const left = recipe.output.includes('/') ? recipe.output.slice(0, recipe.output.indexOf('/')) : recipe.output
  const each = releases.map(
    ({ name, built, version }, index) => `try ${index} ${quoted(name)} ${quoted(built)} ${quoted(version)}`,
  )
  return `began=$(date +%s)
top=${quoted(recipe.workFolder)}
try() {
  [ -d "$HOME/${tried}/$1/node_modules/$2" ] || return 0
  [ $(( $(date +%s) - began )) -lt ${longest} ] || return 0
  echo "# $2 $4 in place of $3"
  find "$top" -path "*/node_modules/$2" -prune >"$HOME/${tried}/places"
  while read -r place; do
    grep -q "\\"version\\": *\\"$3\\"" "$place/package.json" || continue
    mv "$place" "$place.installed" && ln -s "$HOME/${tried}/$1/node_modules/$2" "$place"
  done <"$HOME/${tried}/places"
  rm -rf "$top"/${quoted(left)}
  if (cd "$top" && built); then mv "$top"/${quoted(recipe.output)} "$HOME/${tried}/$1.tgz"; fi
  while read -r place; do
    if [ -e "$place.installed" ]; then rm "$place" && mv "$place.installed" "$place"; fi
  done <"$HOME/${tried}/places"
}
built() {
${run}
}
${each.join('\n')}
`
}

function stepText({ run, cwd, variables = {} }: Step, { workFolder }: Recipe): string {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`)
  const into = cwd === '' ? quoted(workFolder) : `${quoted(workFolder)}/${quoted(cwd)}`
  return `(cd ${into} && ${['env', ...set].join(' ')} /bin/sh -eu -c ${quoted(run)})`
}
