import { Problem } from '../../model/problem.ts'
import { compareVersions } from './version.ts'

/** One package that would do: `libc6 (>= 2.36)`. */
export type Relation = { name: string; constraint?: { operator: Operator; version: string } }

type Operator = '<<' | '<=' | '=' | '>=' | '>>'

/**
 * `a (>= 1) | b, c`: every group must hold, one relation of each is enough (Debian Policy 7.1).
 *
 * @throws {Problem} LOCK_INVALID
 */
export function parseRelations(text: string | undefined): Relation[][] {
  if (!text) return []
  return text
    .split(',')
    .filter((group) => group.trim() !== '')
    .map((group) => group.split('|').map((one) => parseRelation(one.trim())))
}

// The architecture qualifier (`:any`) says which of several installed architectures will do; a root has only one.
const relationPattern =
  /^(?<name>[a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>)\s*(?<version>[^\s)]+)\s*\))?$/

function parseRelation(text: string): Relation {
  const { name, operator, version } = relationPattern.exec(text)?.groups ?? {}
  if (!name)
    throw new Problem('LOCK_INVALID', `The package index has a relation that is none: "${text.slice(0, 200)}".`)
  return operator && version ? { name, constraint: { operator: operator as Operator, version } } : { name }
}

/** Whether `version` is one that the relation allows; a virtual package without a version satisfies no constraint. */
export function satisfies(version: string | undefined, { constraint }: Relation): boolean {
  if (!constraint) return true
  if (version === undefined) return false
  const difference = compareVersions(version, constraint.version)
  switch (constraint.operator) {
    case '<<':
      return difference < 0
    case '<=':
      return difference <= 0
    case '=':
      return difference === 0
    case '>=':
      return difference >= 0
    case '>>':
      return difference > 0
  }
}
