import type { NotVaried, VariationId, Varied } from '../model/check.ts'
import type { Recipe } from '../model/recipe.ts'
import { type Surroundings, usualSurroundings } from '../run-recipe.ts'

/** All that a build is given and a recipe's result should not depend on. */
export type Conditions = Surroundings & {
  variables: Record<string, string>
  umask: string
  workFolder: string
  /** When the build begins by its own clock, in milliseconds. */
  startsAt: number
  /** Makes the files of each folder in the opposite order, where that shows. */
  reversed: boolean
}

export type Variation = Varied & { apply: (conditions: Conditions) => Conditions }

/** What decides which variations can be made. */
export type Machine = {
  processors: number
  /** Why no folder can be had that lists its entries in another order, where that is so. */
  orderFixed?: string | undefined
  /** Why the clock cannot be set. */
  clockFixed?: string | undefined
}

/** A year, a month and some days and hours later: every field of a date is another, the day of the week included. */
const laterBy = ((397 * 24 + 9) * 3600 + 41 * 60 + 31) * 1000

export function usualConditions(recipe: Recipe, startsAt: number): Conditions {
  const { variables, umask, workFolder } = recipe
  return { ...usualSurroundings, variables, umask, workFolder, startsAt, reversed: false }
}

type Kind = Omit<Variation, 'from' | 'to'> & {
  describe: (conditions: Conditions, machine: Machine) => string
  /** Variables that it changes: a recipe of the project's own that sets one of them decides it. */
  sets?: string[]
}

const otherHome = '/home/somebody-who-builds-it-elsewhere'
const otherFolder = '/srv/another/and/much/longer/path/to/build/in/checkout'

const kinds: Kind[] = [
  {
    id: 'clock',
    title: 'clock',
    describe: ({ startsAt }) => new Date(startsAt).toISOString(),
    apply: (conditions) => ({ ...conditions, startsAt: conditions.startsAt + laterBy }),
    sets: ['LD_PRELOAD', 'FAKETIME'],
  },
  {
    id: 'timezone',
    title: 'time zone',
    describe: variable('TZ'),
    // Fourteen hours ahead, where at noon the next day has begun.
    apply: withVariables({ TZ: 'Pacific/Kiritimati' }),
    sets: ['TZ'],
  },
  {
    id: 'locale',
    title: 'locale',
    describe: variable('LC_ALL'),
    // z comes before t, and numbers are written otherwise.
    apply: withVariables({ LANG: 'et_EE.UTF-8', LC_ALL: 'et_EE.UTF-8' }),
    sets: ['LANG', 'LC_ALL'],
  },
  {
    id: 'umask',
    title: 'umask',
    describe: ({ umask }) => umask,
    // npm takes writing from the group when it packs, so that what still shows is the build's own.
    apply: (conditions) => ({ ...conditions, umask: conditions.umask === '002' ? '022' : '002' }),
  },
  {
    id: 'user',
    title: 'user',
    describe: ({ user }) => `${user.name} (${user.uid})`,
    apply: (conditions) => ({
      ...withVariables({ USER: 'somebody', LOGNAME: 'somebody' })(conditions),
      user: { name: 'somebody', uid: 1717, gid: 1717 },
    }),
    sets: ['USER', 'LOGNAME'],
  },
  {
    id: 'home',
    title: 'home folder',
    describe: variable('HOME'),
    apply: withVariables({ HOME: otherHome }),
    sets: ['HOME'],
  },
  {
    id: 'hostname',
    title: 'host name',
    describe: ({ hostName }) => hostName,
    apply: (conditions) => ({ ...conditions, hostName: 'another-machine' }),
  },
  {
    id: 'path',
    title: 'folder that is built in',
    describe: ({ workFolder }) => workFolder,
    apply: (conditions) => ({ ...conditions, workFolder: otherFolder }),
  },
  {
    id: 'processors',
    title: 'number of processors',
    describe: ({ oneProcessor }, { processors }) => (oneProcessor ? '1' : String(processors)),
    apply: (conditions) => ({ ...conditions, oneProcessor: true }),
  },
  {
    id: 'order',
    title: 'order of directory entries',
    describe: ({ reversed }) => (reversed ? 'made the other way round' : 'as the disk has it'),
    apply: (conditions) => ({ ...conditions, reversed: true }),
  },
  {
    id: 'terminal',
    title: 'terminal',
    describe: ({ variables }) => `${variables.TERM ?? ''} ${variables.COLUMNS ?? 80}×${variables.LINES ?? 24}`.trim(),
    apply: withVariables({ TERM: 'xterm-256color', COLUMNS: '173', LINES: '51' }),
    sets: ['TERM', 'COLUMNS', 'LINES'],
  },
  {
    id: 'ci',
    title: 'CI',
    describe: ({ variables }) => (variables.CI === undefined ? 'not set' : `CI=${variables.CI}`),
    apply: (conditions) => {
      const { CI, ...variables } = conditions.variables
      return { ...conditions, variables: CI === undefined ? { ...variables, CI: 'true' } : variables }
    },
    sets: ['CI'],
  },
  {
    id: 'variables',
    title: 'other variables',
    describe: ({ variables }) =>
      Object.keys(otherVariables)
        .filter((name) => Object.hasOwn(variables, name) && variables[name] === otherVariables[name])
        .map((name) => `${name}=${variables[name]}`)
        .join(' ') || 'not set',
    apply: (conditions) => withVariables(otherVariables)(conditions),
  },
]

/** What builds read without being told to. NODE_ENV and SOURCE_DATE_EPOCH are for builds to read, and stay. */
const otherVariables: Record<string, string> = {
  // npm itself says vi where nobody has chosen.
  EDITOR: 'nano',
  VISUAL: 'nano',
  PAGER: 'less',
  SHELL: '/bin/bash',
  HOSTNAME: 'another-machine',
  BUILD_NUMBER: '1717',
  BUILD_ID: '1717',
  XDG_RUNTIME_DIR: '/tmp',
  NO_COLOR: '1',
}

function variable(name: string): Kind['describe'] {
  return ({ variables }) => variables[name] ?? 'not set'
}

function withVariables(changed: Record<string, string>): Variation['apply'] {
  return (conditions) => ({ ...conditions, variables: { ...conditions.variables, ...changed } })
}

/**
 * What is varied for a recipe on a machine, and what is not and why.
 *
 * @param options.decided what the project's own recipe sets: names of variables, `umask`, `workFolder`
 * @param options.except what the user wants left as it is
 */
export function variationsFor(options: {
  usual: Conditions
  machine: Machine
  decided: ReadonlySet<string>
  except: readonly VariationId[]
}): { variations: Variation[]; notVaried: NotVaried[] } {
  const { usual, machine, decided, except } = options
  const variations: Variation[] = []
  const notVaried: NotVaried[] = []
  for (const { describe, sets, ...kind } of kinds) {
    const { id, title } = kind
    const why = except.includes(id) ? 'It was to be left as it is (--except).' : whyNot(id, sets, decided, machine)
    if (why !== undefined) notVaried.push({ id, title, why })
    else variations.push({ ...kind, from: describe(usual, machine), to: describe(kind.apply(usual), machine) })
  }
  return { variations, notVaried }
}

function whyNot(
  id: VariationId,
  sets: string[] = [],
  decided: ReadonlySet<string>,
  { processors, orderFixed, clockFixed }: Machine,
): string | undefined {
  const own = [...sets, ...(id === 'umask' ? ['umask'] : id === 'path' ? ['workFolder'] : [])]
  const set = own.find((name) => decided.has(name))
  if (set !== undefined) return `The project’s recipe sets ${set}.`
  if (id === 'processors' && processors < 2) return 'This machine lets it use one.'
  if (id === 'order') return orderFixed
  return id === 'clock' ? clockFixed : undefined
}
