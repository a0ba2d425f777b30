import { compareVersions } from './version.ts'

/** One package that would do: `libc6 (>= 2.36)`. */
export type Relation = { name: string; constraint?: { operator: Operator; version: string } }

type Operator = '<<' | '<=' | '=' | '>=' | '>>'

/** `a (>= 1) | b, c`: every group must hold, one relation of each is enough (Debian Policy 7.1). */
export function parseRelations(text: string | undefined): Relation[][] {
  if (!text) return []
  return text
    .split(',')
    .map((group) => group.split('|').flatMap((one) => parseRelation(one.trim())))
    .filter((group) => group.length > 0)
}

// The architecture qualifier (`:any`) says which of several installed architectures will do; a root has only one.
const relationPattern =
  /^(?<name>[a-z0-9][a-z0-9+.-]+)(?::[a-z0-9-]+)?\s*(?:\(\s*(?<operator><<|<=|=|>=|>>)\s*(?<version>[^\s)]+)\s*\))?/

function parseRelation(text: string): Relation[] {
  const groups = relationPattern.exec(text)?.groups
  if (!groups?.name) return []
  const { name, operator, version } = groups
  return [operator && version ? { name, constraint: { operator: operator as Operator, version } } : { name }]
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
