import type { RecipeEvidence } from '../../model/recipe.ts'
import { homeFolder, sandboxPath } from './layout.ts'

/** What every step gets, and where it is documented that it keeps a program from what a sandbox cannot do. */
const fixed: Record<string, { value: string; says?: string; from?: string }> = {
  PATH: { value: sandboxPath, says: 'The pinned Node and npm, then the image.' },
  HOME: { value: homeFolder },
  USER: { value: 'builder' },
  LOGNAME: { value: 'builder' },
  SHELL: { value: '/bin/sh' },
  TZ: { value: 'UTC', says: 'One time zone, so that no date depends on where it is built.' },
  LANG: { value: 'C.UTF-8', says: 'One locale, so that no order depends on where it is built.' },
  LC_ALL: { value: 'C.UTF-8' },
  TERM: { value: 'dumb' },
  COLUMNS: { value: '80' },
  LINES: { value: '24' },
  CI: { value: 'true', says: 'Builds may ask whether they run in CI, and that is where releases are made.' },
  NO_UPDATE_NOTIFIER: { value: '1' },
  npm_config_audit: {
    value: 'false',
    from: 'npm documentation of config',
    says: 'No question to the registry but for packages.',
  },
  npm_config_fund: { value: 'false' },
  npm_config_update_notifier: { value: 'false' },
  npm_config_progress: { value: 'false' },
  npm_config_cache: { value: '/tmp/npm-cache', says: 'A cache of this step alone.' },
  HUSKY: { value: '0', from: 'husky documentation', says: 'Sets up no git hooks.' },
  HUSKY_SKIP_INSTALL: { value: '1', from: 'husky documentation, before version 9' },
  PUPPETEER_SKIP_DOWNLOAD: { value: 'true', from: 'Puppeteer documentation', says: 'Downloads no browser.' },
  PUPPETEER_SKIP_CHROMIUM_DOWNLOAD: { value: 'true', from: 'Puppeteer documentation, before version 20' },
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: { value: '1', from: 'Playwright documentation', says: 'Downloads no browser.' },
  CYPRESS_INSTALL_BINARY: { value: '0', from: 'Cypress documentation', says: 'Downloads no browser.' },
  ELECTRON_SKIP_BINARY_DOWNLOAD: { value: '1', from: 'Electron documentation', says: 'Downloads no Electron.' },
  CHROMEDRIVER_SKIP_DOWNLOAD: { value: 'true', from: 'chromedriver documentation', says: 'Downloads no driver.' },
  GECKODRIVER_SKIP_DOWNLOAD: { value: 'true', from: 'geckodriver documentation', says: 'Downloads no driver.' },
  SENTRYCLI_SKIP_DOWNLOAD: { value: '1', from: 'Sentry CLI documentation', says: 'Downloads no program.' },
  DISABLE_OPENCOLLECTIVE: { value: 'true' },
  ADBLOCK: { value: 'true' },
  DO_NOT_TRACK: { value: '1' },
}

/** A CI file may set what a build reads; not what the sandbox depends on, and nothing that has to do with a secret. */
const withheld =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LD_.*|SOURCE_DATE_EPOCH|TMPDIR|GITHUB_.*|ACTIONS_.*|NODE_AUTH.*|npm_.*|NPM_.*)$|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|_KEY$/i

export function withoutSecrets(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !withheld.test(name) && !Object.hasOwn(fixed, name)),
  )
}

/**
 * @param builtAt time of the commit, or of the newest file of an archive
 * @param md4 whether the build needs a hash that Node 17 and later have only on request
 * @param job what the job that publishes sets by a literal value; used only where something is built
 */
export function variablesFor(options: {
  builtAt: string
  job: { from: string; variables: Record<string, string> } | undefined
  md4: boolean
}): { variables: Record<string, string>; evidence: RecipeEvidence[] } {
  const { builtAt, job, md4 } = options
  const epoch = String(Math.floor(Date.parse(builtAt) / 1000))
  const variables: Record<string, string> = {}
  const evidence: RecipeEvidence[] = [
    {
      line: '/variables/SOURCE_DATE_EPOCH',
      from: 'commit time',
      says: `Builds that record a time take this one, ${builtAt}. https://reproducible-builds.org/specs/source-date-epoch/`,
    },
  ]
  for (const [name, value] of Object.entries(withoutSecrets(job?.variables ?? {}))) {
    variables[name] = value
    evidence.push({ line: `/variables/${name}`, from: job?.from ?? '', says: 'The job that publishes sets it.' })
  }
  if (md4 && variables.NODE_OPTIONS === undefined) {
    variables.NODE_OPTIONS = '--openssl-legacy-provider'
    const says = 'webpack before 5.61 hashes with MD4, which Node 17 and later have only with this option.'
    evidence.push({ line: '/variables/NODE_OPTIONS', from: 'webpack version', says })
  }
  for (const [name, { value, from, says }] of Object.entries(fixed)) {
    variables[name] = value
    if (says !== undefined) evidence.push({ line: `/variables/${name}`, from: from ?? 'reproof', says })
  }
  variables.SOURCE_DATE_EPOCH = epoch
  return { variables, evidence }
}
