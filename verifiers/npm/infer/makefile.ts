/** Targets that need targets; a person would be lost long before. */
const mostTargets = 64

/**
 * The command lines that `make TARGET` runs: those of the targets that it needs first, each once, without the marks that
 * are make's own. Variables and patterns are not expanded. https://www.gnu.org/software/make/manual/make.html#Rules
 */
export function makeCommands(makefile: string, target: string): string[] {
  const rules = readRules(makefile)
  const done = new Set<string>()
  const linesOf = (name: string): string[] => {
    const rule = rules.get(name)
    if (rule === undefined || done.has(name) || done.size >= mostTargets) return []
    done.add(name)
    return [...rule.needs.flatMap(linesOf), ...rule.lines]
  }
  return linesOf(target)
}

/** All command lines of a Makefile, in its order; none of them is known to be run. */
export function linesOfMakefile(makefile: string): string[] {
  return [...readRules(makefile).values()].flatMap(({ lines }) => lines)
}

/** Whether a Makefile has a target that does something or needs others, of which some may be known to make alone. */
export function isTarget(makefile: string, target: string): boolean {
  const rule = readRules(makefile).get(target)
  return rule !== undefined && rule.lines.length + rule.needs.length > 0
}

/** `make prepublish` as it only builds, where a Makefile has a target for that: `make prepublish-build`. */
export function buildingTarget(makefile: string, words: string[]): string[] {
  const [make = 'make', target, ...others] = words
  const named = [`${target}-build`, `build-${target}`].find((name) => isTarget(makefile, name))
  return named === undefined || others.length > 0 ? words : [make, named]
}

/** Of one line, and no more than anybody writes on one. */
function namesIn(text = ''): string[] {
  return text
    .slice(0, 65_536)
    .split(/[\s|]+/)
    .filter((name) => name !== '')
    .slice(0, mostTargets)
}

type Rule = { needs: string[]; lines: string[] }

function readRules(makefile: string): Map<string, Rule> {
  const rules = new Map<string, Rule>()
  let current: Rule[] = []
  for (const line of makefile.replaceAll('\\\n', ' ').split('\n')) {
    if (line.startsWith('\t')) {
      const command = line.trim().replace(/^[@+-]+\s*/, '')
      if (command !== '') for (const rule of current) rule.lines.push(command)
      continue
    }
    if (line.trim() === '' || line.startsWith('#')) continue
    const [, targets, needs] = /^([^\s:=#][^:=#]*):(?![:=])([^=]*)$/.exec(line.replace(/\s#.*/s, '')) ?? []
    const needed = namesIn(needs)
    current = namesIn(targets).map((name) => {
      const rule = rules.get(name) ?? { needs: [], lines: [] }
      rule.needs.push(...needed)
      rules.set(name, rule)
      return rule
    })
  }
  return rules
}
