import type { RecipeEvidence } from '../../model/recipe.ts'
import { homeFolder, sandboxPath } from './layout.ts'
import type { ManagerName } from './managers.ts'

/** What every step gets, and where it is documented that it keeps a program from what a sandbox cannot do. */
const fixed: Record<string, { value: string; says?: string; from?: string }> = {
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

/**
 * What keeps a package manager from putting another version in its own place, or from asking for what only is of today.
 * pnpm reads the first spelling up to version 10 and the second one later.
 */
const ofManagers: Record<ManagerName, (major: number) => Record<string, string>> = {
  pnpm: () => ({
    npm_config_manage_package_manager_versions: 'false',
    npm_config_package_manager_strict: 'false',
    npm_config_verify_deps_before_run: 'false',
    pnpm_config_manage_package_manager_versions: 'false',
    pnpm_config_pm_on_fail: 'ignore',
    pnpm_config_verify_deps_before_run: 'false',
  }),
  // Yarn ends where it does not know a variable of its own.
  yarn: (major) => ({ YARN_IGNORE_PATH: '1', ...(major >= 3 && { YARN_ENABLE_TELEMETRY: '0' }) }),
  bun: () => ({ BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0' }),
}

/** A CI file may set what a build reads; not what the sandbox depends on, and nothing that has to do with a secret. */
const withheld =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LD_.*|SOURCE_DATE_EPOCH|TMPDIR|GITHUB_.*|ACTIONS_.*|NODE_AUTH.*|npm_.*|NPM_.*|pnpm_.*|YARN_.*REGISTRY.*|YARN_IGNORE_PATH|BUN_CONFIG_.*)$|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|_KEY$/i

export function withoutSecrets(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !withheld.test(name) && !Object.hasOwn(fixed, name)),
  )
}

/** Of a recipe's variables those that the project itself sets. */
export function projectVariables(variables: Record<string, string>): Record<string, string> {
  const ours = new Set(['PATH', 'SOURCE_DATE_EPOCH', 'YARN_ENABLE_GLOBAL_CACHE', ...Object.keys(fixed)])
  for (const of of Object.values(ofManagers)) for (const name of Object.keys(of(3))) ours.add(name)
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !ours.has(name)))
}

/**
 * @param builtAt time of the commit, or of the newest file of an archive
 * @param managers package managers besides npm
 * @param md4 whether the build needs a hash that Node 17 and later have only on request
 * @param outsideCi the file that asks for CI, where the build is not to be told that it is in it
 * @param job what the job that publishes sets by a literal value; used only where something is built
 */
export function variablesFor(options: {
  builtAt: string
  job: { from: string; variables: Record<string, string> } | undefined
  md4: boolean
  managers: { name: ManagerName; version: string }[]
  outsideCi?: string | undefined
}): { variables: Record<string, string>; evidence: RecipeEvidence[] } {
  const { builtAt, job, md4, managers, outsideCi } = options
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
  for (const { name: manager, version } of managers) {
    for (const [name, value] of Object.entries(ofManagers[manager](Number.parseInt(version, 10)))) {
      variables[name] = value
      const says = `Keeps ${manager} from being another version than this one, or from asking the network.`
      evidence.push({ line: `/variables/${name}`, from: `${manager} documentation`, says })
    }
  }
  variables.PATH = sandboxPath(managers.map(({ name }) => name))
  const tools = [...managers.map(({ name }) => name), 'npm', 'Node'].join(', ')
  evidence.push({ line: '/variables/PATH', from: 'reproof', says: `The pinned ${tools}, then the image.` })
  for (const [name, { value, from, says }] of Object.entries(fixed)) {
    if (name === 'CI' && outsideCi !== undefined) continue
    variables[name] = value
    if (says !== undefined) evidence.push({ line: `/variables/${name}`, from: from ?? 'reproof', says })
  }
  if (outsideCi !== undefined) {
    const says = 'It asks whether it runs in CI, and the package may have been built elsewhere: CI is not set.'
    evidence.push({ line: '/variables', from: outsideCi, says })
  }
  variables.SOURCE_DATE_EPOCH = epoch
  return { variables, evidence }
}
