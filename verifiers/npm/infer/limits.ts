import type { Limits } from '../../model/recipe.ts'

const gibibyte = 1024 ** 3

/** Generous for the builds of packages, and an end to those that never do. */
const usual: Limits = { seconds: 3600, memory: 8 * gibibyte, processes: 4096, disk: 24 * gibibyte }

/** What the machines of CI services have for public projects, and a step on the way there. */
const larger = [16, 12].map((size) => size * gibibyte)

/** What is left to everything else on the machine. */
const spare = 2 * gibibyte

/**
 * @param options.roomy whether a build has shown that it needs more memory than is usual: it gets as much as the machine
 * can spare
 * @param options.available memory that nothing uses, in bytes
 */
export function limitsFor({ roomy, available }: { roomy: boolean; available: number }): Limits {
  const memory = roomy ? larger.find((size) => size + spare <= available) : undefined
  return memory === undefined ? usual : { ...usual, memory }
}
