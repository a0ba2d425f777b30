import type { ContainerPass } from '../pass.ts'

export const entryHeaders: ContainerPass = {
  kind: 'container',
  id: 'entry-headers',
  version: 2,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['entry-headers'],
  changes:
    'Which version and system made an entry, whether its sizes stand before or behind it, and whether it is said to be text.',
  safe: 'Programs that read the entry at all get the same content.',
  never: 'Flags and sizes on which the two headers of an entry disagree, and modes that only some systems heed.',
  entry: { noun: 'version, system or flags in its header', noteOf: ({ notes }) => notes?.header ?? '' },
}
