import type { Recipe, Step } from '../model/recipe.ts'
import { hasEditedLockfile } from '../npm/infer/edited-install.ts'
import { lowestEdit } from '../npm/infer/lowest-install.ts'
import { quoted } from '../npm/infer/shell.ts'

/** Where a lockfile decides, no release that the registry shows counts. */
export function isLocked({ steps }: Pick<Recipe, 'steps'>): boolean {
  const install = steps.filter(({ phase }) => phase === 'install')
  return install.length === 0 || install.some(({ run }) => /\bnpm ci\b|--frozen-lockfile|--immutable\b/.test(run))
}

/** Whether an installation takes a release that the registry's tag leads to: one with edited ranges or lockfile may not. */
export function followsRegistry(recipe: Pick<Recipe, 'steps'>): boolean {
  const mayNot = (run: string) => hasEditedLockfile(run) || run.includes(lowestEdit)
  return !isLocked(recipe) && !recipe.steps.some(({ phase, run }) => phase === 'install' && mayNot(run))
}

/**
 * The steps with one after the installation that puts other releases in place of those that were installed: whoever
 * published may have had those. Every copy of the same release is exchanged, and no other.
 */
export function withExchanged(steps: readonly Step[], releases: Readonly<Record<string, string>>): Step[] {
  const before = steps.filter(({ run }) => !run.startsWith(marker))
  const last = before.findLastIndex(({ phase }) => phase === 'install')
  const cwd = before[last]?.cwd ?? ''
  const each = Object.entries(releases).map(
    ([name, version], index) => `exchange ${index} ${quoted(name)} ${quoted(version)}`,
  )
  const step: Step = { phase: 'install', run: `${marker}\n${exchange}\n${each.join('\n')}`, cwd }
  return [...before.slice(0, last + 1), step, ...before.slice(last + 1)]
}

const marker = '# other releases than were installed'

/** How a release is fetched into a folder below the home folder, where no packer finds it. */
export function fetchRelease(folder: string, release: string): string {
  const flags = '--no-save --no-package-lock --ignore-scripts --no-audit --no-fund --legacy-peer-deps'
  return `mkdir -p ${folder} && cd ${folder} && echo '{"private":true}' >package.json && npm install ${flags} ${release}`
}

const exchange = `exchange() {
  at="$HOME/.other-releases/$1"
  (${fetchRelease('"$at"', '"$2@$3"')})
  version=$(sed -n 's/^ *"version": *"\\(.*\\)".*/\\1/p' "node_modules/$2/package.json" 2>/dev/null | head -n 1)
  find . -path "*/node_modules/$2" -prune >"$at.places"
  while read -r place; do
    [ -z "$version" ] || grep -qF "\\"$version\\"" "$place/package.json" || continue
    rm -rf "$place" && ln -s "$at/node_modules/$2" "$place"
  done <"$at.places"
}`
