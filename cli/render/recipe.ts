import { releasesLine, releasesText } from '../../verifiers/changed-recipe.ts'
import type { Recipe } from '../../verifiers/model/recipe.ts'
import type { Source, SourceEvidence } from '../../verifiers/model/source.ts'
import { oneLine } from '../context.ts'
import { describeCompressor, describeSource } from './foundations.ts'
import { bold, dim, green, red, type Style, yellow } from './style.ts'

/** A recipe line by line, each with what it was read from. */
export function renderRecipe(recipe: Recipe, source: Source, style: Style): string {
  const lines = [bold(oneLine(recipe.artifact.purl), style), '']
  lines.push(`source       ${oneLine(describeSource(source))}`, ...renderSourceEvidence(source.evidence, style), '')
  const evidenceOf = (isMeant: (line: string) => boolean) =>
    recipe.evidence
      .filter(({ line }) => isMeant(line))
      .map(({ from, says }) => dim(`             ← ${oneLine(from)}: ${oneLine(says)}`, style))
  const row = (title: string, value: string, pointer: string) => {
    lines.push(`${title.padEnd(12)} ${oneLine(value)}`)
    lines.push(...evidenceOf((line) => line === pointer || line.startsWith(`${pointer}/`)))
  }
  const { image, toolchains } = recipe.environment
  row('image', `${image.variant} ${image.architecture} ${image.digest}`, '/environment/image')
  toolchains.forEach(({ name, version, purl }, index) => {
    row(name, `${version}  ${purl}`, `/environment/toolchains/${index}`)
  })
  row('time', recipe.network.registryTime, '/network/registryTime')
  if (recipe.network.releases) row('releases', releasesText(recipe.network.releases), releasesLine)
  row('umask', recipe.umask, '/umask')
  if (recipe.owner) row('owner', `${recipe.owner.uid}:${recipe.owner.gid}`, '/owner')
  row('folder', recipe.workFolder, '/workFolder')
  for (const [name, value] of Object.entries(recipe.variables))
    row('variable', `${name}=${value}`, `/variables/${name}`)
  if (recipe.setVersion !== undefined) row('version', recipe.setVersion, '/setVersion')
  // What is left out has no step of its own.
  const ofAll = evidenceOf((line) => line === '/steps')
  if (ofAll.length > 0) lines.push('steps', ...ofAll)
  recipe.steps.forEach((step, index) => {
    const where = step.cwd ? `   (in ${step.cwd})` : ''
    const installs = step.installs ? '   (installs by itself)' : ''
    row(step.phase, `${step.run}${where}${installs}`, `/steps/${index}`)
  })
  row('output', recipe.output, '/output')
  if (recipe.compressor) row('compressor', describeCompressor(recipe.compressor), '/compressor')
  for (const sentence of recipe.assisted) lines.push(yellow(`Assisted: ${oneLine(sentence)}`, style))
  return `${lines.join('\n')}\n`
}

const marks: Record<SourceEvidence['result'], [string, (text: string, style: Style) => string]> = {
  accepted: ['✓', green],
  agrees: ['✓', green],
  rejected: ['✗', dim],
  disagrees: ['✗', red],
  unavailable: ['–', dim],
}

/** What was tried to find the source, and what became of it. */
export function renderSourceEvidence(evidence: SourceEvidence[], style: Style): string[] {
  return evidence.map(({ locator, candidate, result, reason }) => {
    const [mark, paint] = marks[result]
    return `             ${paint(mark, style)} ${locator} ${oneLine(candidate)}: ${oneLine(reason)}`
  })
}
