import type { LeftOut } from './build-steps.ts'
import { isCleaning } from './ci/github.ts'
import type { PublishingJob } from './ci.ts'

/** What checks out, sets up, keeps, tells or publishes, and leaves the files that are published as they are. */
const harmless =
  /^(?:actions|github|docker|step-security|aws-actions|google-github-actions|codecov|coverallsapp|sigstore)\/|setup|install|cache|checkout|harden|token|slack|discord|notify|notif|telegram|release|publish|changesets|pnpm\/|bun|codecov|sonar|import-gpg|git-auto-commit|create-pull-request|comment/i

const foreignWorkflow = /\/\.github\/workflows\//

const mostListed = 8

/**
 * Actions of others that the publishing job runs before it publishes and that are not run here: one may have changed what
 * was published, which is then seen as a difference.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses
 */
export function foreignActions(
  job: Pick<PublishingJob, 'from' | 'actions' | 'before' | 'cleaning'> | undefined,
): LeftOut[] {
  const { from = '', actions = [], before = [], cleaning } = job ?? {}
  const names = actions.filter(
    ({ name, after }) => after <= before.length && (foreignWorkflow.test(name) || !harmless.test(name)),
  )
  const left = names.filter(({ name }) => cleaning === undefined || !isCleaning(name))
  return [...new Set(left.map(({ name }) => name.slice(0, 200)))].slice(0, mostListed).map((name) => ({
    from,
    says: `"${name}" is left out: actions of others are not run, and this one may have changed what was published.`,
  }))
}
