import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { renderCheckMarkdown } from '../cli/render/check-markdown.ts'
import { checkSarif, placeOf } from '../cli/render/check-sarif.ts'
import type { Checked } from './check.ts'
import { outputFolder } from './outputs.ts'
import { tellPullRequest } from './pull-request.ts'
import type { World } from './world.ts'

/** Says what two builds of the checkout showed. @param report as the command printed it */
export async function tellChecked(checked: Checked, report: string, folder: string, world: World): Promise<void> {
  const { runner, inputs } = world
  const place = await outputFolder(world)
  const paths = { report: join(place, 'check.json'), sarif: join(place, 'reproof.sarif') }
  await writeFile(paths.report, report)
  await writeFile(paths.sarif, `${JSON.stringify(checkSarif(checked, folder), null, 2)}\n`)
  await runner.output('verdict', checked.verdict ?? 'undecided')
  await runner.output('report-path', paths.report)
  await runner.output('sarif-path', paths.sarif)
  runner.log(`${checked.subject}: ${checked.verdict ?? 'undecided'}`)
  for (const finding of checked.findings) {
    const where = placeOf(finding, folder)
    const text = `${finding.title} ${finding.advice}`
    runner.annotate({
      level: checked.met ? 'warning' : 'error',
      title: `reproof: ${checked.subject}`,
      message: text,
      ...where,
    })
  }
  const { problem } = checked
  if (problem) {
    const text = `${problem.message} ${problem.hint ?? ''}`
    runner.annotate({ level: 'error', title: `reproof: ${problem.code}`, message: text })
  }
  const overview = renderCheckMarkdown(checked)
  if (inputs['show-summary']) await runner.summary(overview)
  await tellPullRequest(world, { kind: 'check', text: overview, needed: !checked.met })
}
