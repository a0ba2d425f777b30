import { expect, test } from 'vitest'
import { finishedRun } from '../../fixtures/runs/finished-run.ts'
import { renderRecipe } from './recipe.ts'

test('what is left out of the steps is listed before them, with the reason', async () => {
  const { recipe, source } = await finishedRun()
  if (recipe === undefined || source === undefined) throw new Error('It has no recipe.')
  const says = '"postpublish" is left out: it tells somebody of the release.'
  const evidence = [...recipe.evidence, { line: '/steps', from: 'package.json', says }]
  const lines = renderRecipe({ ...recipe, evidence }, source, { color: false }).split('\n')
  const at = lines.indexOf(`             ← package.json: ${says}`)
  expect(lines[at - 1]).toBe('steps')
  expect(lines.findIndex((line) => line.startsWith('pack '))).toBeGreaterThan(at)
})

test('a build step that installs something by itself says so', async () => {
  const { recipe, source } = await finishedRun()
  if (recipe === undefined || source === undefined) throw new Error('It has no recipe.')
  const steps = [{ phase: 'build' as const, run: 'make tools', cwd: 'lib', installs: true as const }, ...recipe.steps]
  expect(renderRecipe({ ...recipe, steps }, source, { color: false })).toContain(
    'build        make tools   (in lib)   (installs by itself)\n',
  )
})
