import type { Wanted } from './merge.ts'
import type { Dependency, Finding } from './model.ts'
import type { Observed } from './observed.ts'

export type Facts = {
  uri: string
  declared: Wanted | undefined
  observed: Observed[]
  /** What was merged of the two. */
  entries: Dependency[]
  hasLockfile: boolean
}

type Rule = (facts: Facts) => Omit<Finding, 'uri'> | undefined

/** What a reviewer should look at in one package. Each rule says at most one thing. */
export function packageFindings(facts: Facts): Finding[] {
  return rules.flatMap((rule) => {
    const finding = rule(facts)
    return finding ? [{ ...finding, uri: facts.uri }] : []
  })
}

export function deprecatedFinding(deprecated: string): Omit<Finding, 'uri'> {
  const summary = `Its authors deprecated it: ${deprecated.slice(0, 1024)}`
  return { id: 'DEP_DEPRECATED', severity: 'low', summary }
}

const rules: Rule[] = [
  function differentDigests({ declared, observed, entries }) {
    const isPackage = declared !== undefined || observed.some(({ isPackage }) => isPackage)
    if (!isPackage || entries.length < 2) return undefined
    return {
      id: 'DEP_DIGEST_MISMATCH',
      severity: 'critical',
      summary: `There are ${entries.length} different files of this one version: what was declared and what was fetched do not agree.`,
    }
  },
  function undeclared({ declared, observed, hasLockfile }) {
    if (declared || !observed.some(({ isPackage }) => isPackage)) return undefined
    return hasLockfile
      ? {
          id: 'FETCH_UNDECLARED',
          severity: 'high',
          summary: 'The build fetched it, and the lockfile does not have it.',
        }
      : {
          id: 'FETCH_UNDECLARED',
          severity: 'medium',
          summary: 'The build fetched it; the source has no lockfile that is read here and could declare it.',
        }
  },
  function notFetched({ declared, observed }) {
    if (!declared || observed.length > 0 || declared.bundled) return undefined
    const why = declared.skippable ? 'an optional one, which other platforms need' : 'nothing in the build asked for it'
    return {
      id: 'DECLARED_NOT_FETCHED',
      severity: declared.skippable ? 'info' : 'low',
      summary: `It is declared and was not fetched: ${why}.`,
    }
  },
  function withoutIntegrity({ declared }) {
    // What is bundled comes with the bytes of the package that carries it.
    if (!declared || declared.bundled || declared.origin === 'git') return undefined
    const { sha256, sha384, sha512, sha1 } = declared.digests
    if (sha256 ?? sha384 ?? sha512) return undefined
    if (declared.repacked !== undefined) {
      return {
        id: 'DEP_NO_INTEGRITY',
        severity: 'low',
        summary: 'The lockfile declares the checksum of an archive that yarn makes of it, and none of the file itself.',
      }
    }
    return {
      id: 'DEP_NO_INTEGRITY',
      severity: 'high',
      summary: sha1 ? 'The lockfile declares nothing of it but a SHA-1.' : 'The lockfile declares no digest of it.',
    }
  },
  function exotic({ declared }) {
    if (!declared || declared.origin === 'registry') return undefined
    return {
      id: 'DEP_EXOTIC',
      severity: declared.direct ? 'medium' : 'high',
      summary: `It does not come from a registry but from ${declared.origin === 'git' ? 'a git repository' : 'an address'}.`,
    }
  },
  function installScript({ entries }) {
    const withScripts = entries.find(({ installScripts }) => installScripts && installScripts.length > 0)
    if (!withScripts) return undefined
    const names = withScripts.installScripts?.join(', ')
    return withScripts.scriptsRan === 'allowed'
      ? {
          id: 'DEP_INSTALL_SCRIPT',
          severity: 'high',
          summary: `It runs code when it is installed (${names}), and was let to.`,
        }
      : {
          id: 'DEP_INSTALL_SCRIPT',
          severity: 'low',
          summary: `It would run code when it is installed (${names}); here it was not let to.`,
        }
  },
  function deprecated({ declared }) {
    if (declared?.deprecated === undefined) return undefined
    return deprecatedFinding(declared.deprecated)
  },
]
