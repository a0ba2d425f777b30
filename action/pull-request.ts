import { Problem } from '../verifiers/model/problem.ts'
import { keepComment } from './comment.ts'
import type { World } from './world.ts'

/** A comment of GitHub’s has room for 65,536 characters. */
const longest = 65_000

/** One comment of each kind; where none can be written, as on a pull request from a fork, the summary has it all the same. */
export async function tellPullRequest(
  { inputs, job, github, runner }: World,
  { kind, text, needed }: { kind: string; text: string; needed: boolean },
): Promise<void> {
  if (!inputs.comment || !job.pullRequest) return
  const { number: pullRequest, isFork } = job.pullRequest
  const short =
    text.length > longest ? `${text.slice(0, text.lastIndexOf('\n<tr>', longest))}\n</table>\n</details>\n` : text
  try {
    await keepComment(github, { pullRequest, kind, text: short, needed })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const fork = isFork ? ' It comes from a fork, whose jobs may not write.' : ''
    const message = `No comment was written: ${error.message} ${error.hint ?? ''}${fork} The summary of the job says the same.`
    runner.annotate({ level: 'notice', title: 'reproof: no comment', message })
  }
}
