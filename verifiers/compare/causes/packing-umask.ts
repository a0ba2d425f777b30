import type { Tracer } from './tracer.ts'

/** As people and CI systems have it. */
const umasks = ['022', '002', '077', '027', '007', '000']

/** Suggests the umask under which a file that is executable on both sides gets the published mode. */
export const packingUmask: Tracer = {
  id: 'umask',
  async trace(difference, { recipe }) {
    if (difference.cause !== 'mode' || difference.kind !== 'changed') return undefined
    const [published, rebuilt] = [modeOf(difference.evidence.published), modeOf(difference.evidence.rebuilt)]
    if ((published & 0o111) === 0 || (rebuilt & 0o111) === 0) return undefined
    const value = umasks.find((umask) => published === (0o777 & ~Number.parseInt(umask, 8)))
    if (value === undefined || Number.parseInt(recipe.umask, 8) === Number.parseInt(value, 8)) return undefined
    return {
      ...difference,
      suggestion: {
        lines: [{ line: '/umask', value }],
        reason: `Under the umask ${value} an executable file gets the published mode ${published.toString(8)}; the recipe has ${recipe.umask}.`,
      },
    }
  },
}

function modeOf(facts: unknown): number {
  const mode = typeof facts === 'object' && facts !== null && 'mode' in facts ? facts.mode : undefined
  return typeof mode === 'string' ? Number.parseInt(mode, 8) & 0o777 : 0
}
